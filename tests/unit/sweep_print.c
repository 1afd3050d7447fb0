// SPDX-License-Identifier: BSD-2-Clause
/* Sweeps that were never run, as tables, document and CSV. */
#include "cli/sweep/print.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/owned.h"
#include "cli/sweep/document.h"
#include "cli/sweep/svg.h"
#include "cli/verbs/schema.h"

static struct sweep_axes axes;
static struct sweep_result result;

/* Amdahl's law with a serial share of 10 %, and an account that agrees with it. */
static void make_run(struct sweep_run *run, const struct sweep_curve *curve, unsigned int workers,
		     uint64_t order)
{
	double work = 2e9,
	       time = work * (0.1 + 0.9 / workers) * (1 + ((double)(order % 3) - 1) / 1000);

	run->order = order;
	run->elapsed_ns = (uint64_t)time;
	run->report = json_pack("{s:s}", "schema", "partrace.report/1");
	run->account = (struct sweep_account){
		.known = curve->name.workload != NULL,
		.probed = true,
		.ns = { [ACCOUNT_RUNNING] = (uint64_t)work, [ACCOUNT_READY] = 1000000 },
		.elapsed_ns = (uint64_t)time,
		.tasks = 100,
		.parallelism = work / time,
		.memory_bytes = 11u << 20,
		.lock = "queue_lock"
	};
	run->account.ns[ACCOUNT_LOCK] = (uint64_t)(workers * time - work);
	run->account.whole_ns = (uint64_t)(workers * time);
	run->account.predict = (struct predict_account){ .running_ns = work,
							 .useful_ns = work,
							 .hindered_ns = workers * time - work,
							 .alone_ns = 0.1 * work,
							 .workers = workers };
}

static void make_result(const char *command, unsigned int cpus)
{
	uint64_t order = 0;

	axes = (struct sweep_axes){ .cpus = { cpus }, .cpus_count = 1, .repeat = 3 };
	if (!command) {
		axes.workloads[0] = workload_find("cpu");
		axes.workload_count = 1;
		axes.modes[1] = WORKER_PROCESSES;
		axes.mode_count = 2;
	}
	for (unsigned int n = 1; n <= 8; n++)
		axes.workers[axes.workers_count++] = n;
	result = (struct sweep_result){ .axes = &axes,
					.command = command,
					.seed = 1,
					.tasks = 100,
					.task_time_ns = 20000000,
					.taken_ns = 52000000000,
					.planned = 48,
					.probed = true,
					.started_at = "2026-01-01T00:00:00Z" };
	result.count = axes_curves(&axes);
	result.curves = calloc(result.count, sizeof(*result.curves));
	for (size_t c = 0; c < result.count; c++) {
		struct sweep_curve *curve = &result.curves[c];

		cr_assert_eq(curve_init(curve, &axes, c), 0);
		for (size_t i = 0; i < curve->count; i++)
			for (unsigned int k = 0; k < 3; k++)
				make_run(&curve->points[i].runs[k], curve, curve->points[i].workers,
					 ++order);
	}
}

static void finish_result(void)
{
	for (size_t c = 0; c < result.count; c++)
		cr_assert_eq(curve_finish(&result.curves[c]), 0);
}

static void release_result(void)
{
	for (size_t c = 0; c < result.count; c++)
		curve_release(&result.curves[c]);
	free(result.curves);
}

static char *print(unsigned int columns, bool unicode)
{
	struct report_style style = { .columns = columns, .unicode = unicode };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert_eq(sweep_print(out, &result, &style), 0);
	fclose(out);
	return text;
}

static void assert_fits(const char *text, unsigned int columns)
{
	wchar_t wide[2048];

	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		_cleanup_free_ char *copy = strndup(line, strcspn(line, "\n"));
		size_t length = mbstowcs(wide, copy, ARRAY_LEN(wide));

		cr_assert_neq(length, (size_t)-1, "not valid text: %s", copy);
		cr_assert_leq(wcswidth(wide, length), (int)columns, "%s", copy);
	}
}

static void assert_says(const char *text, const char *what)
{
	cr_assert(strstr(text, what), "no \"%s\" in\n%s", what, text);
}

/* Words can be wrapped anywhere. */
static char *unwrapped(char *text)
{
	size_t at = 0;

	for (const char *from = text; *from; from++) {
		char next = *from == '\n' ? ' ' : *from;

		if (next != ' ' || !at || text[at - 1] != ' ')
			text[at++] = next;
	}
	text[at] = '\0';
	return text;
}

static void use_locale(void)
{
	setlocale(LC_ALL, "C.UTF-8");
}

TestSuite(sweep_print, .init = use_locale);

Test(sweep_print, fits_any_terminal_with_and_without_unicode)
{
	static const unsigned int widths[] = { 60, 80, 120, 200 };

	make_result(NULL, 8);
	finish_result();
	for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
		_cleanup_free_ char *text = print(widths[i], true);
		_cleanup_free_ char *plain = print(widths[i], false);

		assert_fits(text, widths[i]);
		assert_fits(plain, widths[i]);
		for (const char *at = plain; *at; at++)
			cr_assert((unsigned char)*at < 0x80, "%s", at);
	}
	release_result();
}

Test(sweep_print, shows_times_the_law_with_its_formula_and_the_measured_share_beside_it)
{
	_cleanup_free_ char *text = NULL;

	make_result(NULL, 8);
	finish_result();
	text = print(80, true);
	assert_says(text, "2.00 s");
	assert_says(text, "4.71×");
	unwrapped(text);
	assert_says(text, "cpu threads gains up to 4.71× (8 workers)");
	assert_says(text, "T(N) = T(1) × (s + (1 - s) / N) fits, with s = 10.0 %");
	assert_says(text, "Serial share as measured at 8 workers: 10.0 % (lock queue_lock), which "
			  "agrees with the fit.");
	release_result();
}

Test(sweep_print, on_two_cpus_fits_no_law_and_says_so_once)
{
	_cleanup_free_ char *text = NULL;
	const char *first;

	make_result(NULL, 2);
	finish_result();
	text = unwrapped(print(80, true));
	first = strstr(text, "too few to fit a law");
	cr_assert(first, "%s", text);
	cr_assert_null(strstr(first + 1, "too few to fit a law"));
	assert_says(text, "by Amdahl's law (at most 1 / s) 10.0× at most");
	release_result();
}

Test(sweep_print, shows_a_failed_point_and_leaves_the_rest_standing)
{
	_cleanup_free_ char *text = NULL;

	make_result("pigz -p {n}", 8);
	for (int k = 0; k < 3; k++)
		result.curves[0].points[3].runs[k].failure = strdup("exit status 3: no\033[2J");
	finish_result();
	cr_assert_eq(result.curves[0].fit.points, 7);
	text = unwrapped(print(80, true));
	assert_says(text, "4 failed");
	assert_says(text, "with 4 workers, 3 of 3 runs: exit status 3: no?[2J.");
	assert_says(text, "24 runs, 3 failed");
	assert_says(text, "pigz -p {n} gains up to 4.71×");
	release_result();
}

Test(sweep_print, of_an_interrupted_sweep_says_how_far_it_came)
{
	_cleanup_free_ char *text = NULL;

	make_result(NULL, 8);
	result.interrupted = true;
	for (size_t i = 1; i < 8; i++)
		for (int k = 0; k < 3; k++)
			result.curves[1].points[i].runs[k].order = 0;
	finish_result();
	text = unwrapped(print(80, true));
	assert_says(text, "It was ended when 27 of 48 runs were made.");
	assert_says(text, "not run");
	assert_says(text, "cpu procs succeeded with 1 worker only");
	release_result();
}

Test(sweep_print, of_a_sweep_in_which_all_failed_still_says_why)
{
	_cleanup_free_ char *text = NULL;

	make_result("nothing {n}", 8);
	for (int i = 0; i < 8; i++)
		for (int k = 0; k < 3; k++)
			result.curves[0].points[i].runs[k].failure = strdup("exit status 127");
	finish_result();
	cr_assert_eq(result.curves[0].fit.refusal, SCALING_NO_POINTS);
	text = print(80, true);
	assert_says(text, "never succeeded");
	assert_says(text, "exit status 127");
	release_result();
}

Test(sweep_curve, takes_the_report_of_the_run_with_the_lower_median_time)
{
	struct sweep_point *point;

	make_result(NULL, 8);
	point = &result.curves[0].points[0];
	point->runs[0].elapsed_ns = 30;
	point->runs[1].elapsed_ns = 10;
	point->runs[2].elapsed_ns = 20;
	finish_result();
	cr_assert_eq(point_median_run(point), &point->runs[2]);
	point->runs[2].failure = strdup("it failed");
	finish_result();
	cr_assert_eq(point_median_run(point), &point->runs[1]);
	release_result();
}

Test(sweep_curve, expects_twice_the_workers_by_the_account_of_half_of_them)
{
	const struct sweep_point *points;

	make_result(NULL, 8);
	finish_result();
	points = result.curves[0].points;
	cr_assert(isnan(points[0].predicted_ns) && isnan(points[2].predicted_ns));
	cr_assert_eq(points[7].predicted_from, 4);
	cr_assert_float_eq(points[7].predicted_ns, points[7].time.median, 0.01e9);
	release_result();
}

Test(sweep_csv, has_a_line_for_each_run_and_quotes_what_needs_it)
{
	_cleanup_free_ char *text = NULL;
	unsigned int lines = 0;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	make_result("say \"{n}\", twice", 8);
	result.curves[0].points[0].runs[0].failure = strdup("exit status 1");
	finish_result();
	sweep_csv(out, &result);
	fclose(out);
	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	cr_assert_eq(lines, 1 + 8 * 3);
	assert_says(text, "\"say \"\"{n}\"\", twice\",,,8,1,1,1,,");
	release_result();
}

Test(sweep_svg, draws_every_curve_with_its_law_and_lets_no_name_be_markup)
{
	_cleanup_free_ char *text = NULL;
	unsigned int points = 0;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	make_result("x <script>&{n}\001", 8);
	finish_result();
	cr_assert_eq(sweep_svg(out, &result), 0);
	fclose(out);
	for (const char *at = text; (at = strstr(at, "<circle")); at++)
		points++;
	cr_assert_eq(points, 8);
	assert_says(text, "x &lt;script&gt;&amp;{n}?");
	assert_says(text, "stroke-width=\"6\"");
	cr_assert_null(strstr(text, "nan"), "%s", text);
	release_result();
}

Test(sweep_svg, of_one_point_is_still_a_picture)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	make_result(NULL, 1);
	axes.workers_count = 1;
	for (size_t c = 0; c < result.count; c++)
		for (size_t i = 1; i < 8; i++)
			for (int k = 0; k < 3; k++)
				result.curves[c].points[i].runs[k].order = 0;
	finish_result();
	cr_assert_eq(sweep_svg(out, &result), 0);
	fclose(out);
	cr_assert_null(strstr(text, "nan"), "%s", text);
	cr_assert_null(strstr(text, "inf"), "%s", text);
	release_result();
}

/* ---- the document against its schema, key by key; a real one is validated in tests/system ---- */

static const json_t *resolve(const json_t *root, const json_t *node)
{
	const char *reference = json_string_value(json_object_get(node, "$ref"));

	if (!reference)
		return node;
	return json_object_get(json_object_get(root, "$defs"), strrchr(reference, '/') + 1);
}

static void assert_described(const json_t *root, const json_t *schema, const json_t *value)
{
	const json_t *properties, *inner;
	const char *key;
	size_t i;

	schema = resolve(root, schema);
	properties = json_object_get(schema, "properties");
	if (json_is_object(value) && properties)
		json_object_foreach ((json_t *)value, key, inner) {
			const json_t *node = json_object_get(properties, key);

			cr_assert(node, "%s is not in the schema", key);
			cr_assert_gt(json_string_length(json_object_get(node, "description")), 3,
				     "%s", key);
			assert_described(root, node, inner);
		}
	json_array_foreach (value, i, inner)
		assert_described(root, json_object_get(schema, "items"), inner);
}

Test(sweep_document, has_no_key_that_its_schema_does_not_describe)
{
	json_t *root = json_loads(schema_of("sweep"), JSON_REJECT_DUPLICATES, NULL);
	json_t *document;

	cr_assert(root);
	make_result(NULL, 8);
	finish_result();
	document = sweep_document(&result);
	cr_assert(document);
	assert_described(root, root, document);
	cr_assert_eq(json_array_size(json_object_get(document, "curves")), 2);
	json_decref(document);
	json_decref(root);
	release_result();
}

Test(sweep_document, of_no_law_says_why)
{
	json_t *document, *law;

	make_result("true {n}", 1);
	finish_result();
	document = sweep_document(&result);
	cr_assert(document);
	law = json_object_get(json_array_get(json_object_get(document, "curves"), 0), "law");
	cr_assert(json_is_false(json_object_get(law, "fitted")));
	cr_assert_str_eq(json_string_value(json_object_get(law, "refusal")), "too-few-points");
	cr_assert(json_is_null(json_object_get(law, "amdahl")));
	json_decref(document);
	release_result();
}

Test(schema_verb, knows_the_schemas_by_name)
{
	cr_assert(strstr(schema_of("sweep"), "partrace.sweep/1"));
	cr_assert_str_eq(schema_of("report"), schema_text());
	cr_assert_null(schema_of("nothing"));
}
