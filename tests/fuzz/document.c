// SPDX-License-Identifier: BSD-2-Clause
/* Spoiled documents: requests to the daemon, and saved reports and sweeps with all their outputs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/owned.h"
#include "base/units.h"
#include "cli/client/document.h"
#include "cli/page/page.h"
#include "cli/report/print.h"
#include "cli/saved/load.h"
#include "cli/sweep/document.h"
#include "cli/sweep/print.h"
#include "cli/sweep/read.h"
#include "cli/sweep/svg.h"
#include "cli/trace/dot.h"
#include "cli/trace/folded.h"
#include "daemon/server/request.h"
#include "tests/fuzz/mutate.h"
#include "tests/support/golden.h"
#include "tests/support/printed.h"
#include "tests/unit/sweep_scene.h"

TestSuite(document_fuzz, .timeout = 100);

static const struct report_style style = { .columns = 60, .colour = true, .unicode = true };

/* ---- values in the wrong place ---- */

static json_t *some_number(struct mutation *mutation)
{
	static const json_int_t limits[] = {
		0,         1,       -1,         INT64_MAX, INT64_MIN,
		1ll << 32, 1 << 16, UINT32_MAX, 1ll << 53, NSEC_PER_SEC
	};

	return json_integer(limits[mutation_number(mutation, ARRAY_LEN(limits))]);
}

static json_t *some_text(struct mutation *mutation)
{
	static const char *const texts[] = { "",          "\033[2J\n\t",      "<script>&\"'",
					     "%s%n",      "é\u202e日",        "lock",
					     "gil-bound", "partrace.report/2" };
	char wide[3000];

	if (mutation_number(mutation, 6))
		return json_string(texts[mutation_number(mutation, ARRAY_LEN(texts))]);
	memset(wide, 'x', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	return json_string(wide);
}

static json_t *some_value(struct mutation *mutation)
{
	switch (mutation_number(mutation, 10)) {
	case 0:
		return json_real(1e308);
	case 1:
		return json_real(-0.5);
	case 2:
		return json_null();
	case 3:
		return mutation_number(mutation, 2) ? json_array() : json_object();
	case 4 ... 5:
		return some_text(mutation);
	default:
		return some_number(mutation);
	}
}

/* Most keep their type: what is refused at once is not printed. */
static json_t *other_value(struct mutation *mutation, const json_t *value)
{
	if (mutation_number(mutation, 8) == 0)
		return some_value(mutation);
	if (json_is_string(value))
		return some_text(mutation);
	return json_is_integer(value) ? some_number(mutation)
	       : json_is_real(value)  ? json_real(mutation_number(mutation, 2) ? 1e300 : -1.0)
				      : some_value(mutation);
}

static void change_object(struct mutation *mutation, json_t *object);

static void change_array(struct mutation *mutation, json_t *array)
{
	size_t at = mutation_number(mutation, json_array_size(array));
	json_t *value = json_array_get(array, at);

	if (!value) {
		json_array_append_new(array, some_value(mutation));
	} else if (mutation_number(mutation, 8) == 0) {
		json_array_remove(array, at);
	} else if (mutation_number(mutation, 8) == 0) {
		for (size_t i = mutation_number(mutation, 100); i; i--)
			json_array_append_new(array, json_deep_copy(value));
	} else if (json_is_object(value)) {
		change_object(mutation, value);
	} else {
		json_array_set_new(array, at, other_value(mutation, value));
	}
}

static void change_object(struct mutation *mutation, json_t *object)
{
	size_t left = mutation_number(mutation, json_object_size(object));
	void *at = json_object_iter(object);
	json_t *value;

	while (left--)
		at = json_object_iter_next(object, at);
	if (!at)
		return;
	value = json_object_iter_value(at);
	if (mutation_number(mutation, 24) == 0)
		json_object_del(object, json_object_iter_key(at));
	else if (json_is_object(value))
		change_object(mutation, value);
	else if (json_is_array(value))
		change_array(mutation, value);
	else
		json_object_iter_set_new(object, at, other_value(mutation, value));
}

static json_t *changed(struct mutation *mutation, const json_t *document)
{
	json_t *copy = json_deep_copy(document);

	for (size_t i = 1 + mutation_number(mutation, 8); i; i--)
		change_object(mutation, copy);
	return copy;
}

/* ---- saved reports ---- */

static void print_everything(FILE *out, const json_t *document)
{
	const struct folded_choice waiters = { .role = "waiter", .all = true };
	const struct folded_choice samples = { .on_cpu = true };
	const struct report_locks_choice all = { .all = true };
	struct report report;
	char why[300];

	cr_assert_eq(report_decode(document, &report, why, sizeof(why)), 0, "%s", why);
	for (int view = 0; view < VIEW_COUNT; view++)
		cr_assert_eq(report_print_view(out, &report, json_object_get(document, "workload"),
					       &style, (enum report_view)view),
			     0);
	for (size_t i = 0; i < report.locks_count && i < 4; i++) {
		const struct report_locks_choice one = { .lock = &report.locks[i] };

		cr_assert_eq(report_print_locks(out, &report, &style, &one), 0);
	}
	cr_assert_eq(report_print_locks(out, &report, &style, &all), 0);
	cr_assert_eq(report_print_snapshot(out, &report, &style), 0);
	cr_assert_eq(folded_write(out, &report, &waiters), 0);
	cr_assert_eq(folded_write(out, &report, &samples), 0);
	cr_assert_eq(dot_write(out, &report, true), 0);
	cr_assert_eq(page_write(document, out), 0);
	report_release(&report);
}

/* Whether it was taken for a report; then all that is made of it was made. */
static bool take_saved(const char *text, size_t size)
{
	_cleanup_fclose_ FILE *file = fmemopen((void *)(uintptr_t)text, size, "r");
	_cleanup_free_ char *printed = NULL;
	json_t *document = NULL;
	char why[400] = "";

	if (load_report_from(file, "saved", false, &document, why, sizeof(why)) < 0) {
		cr_assert(*why && strlen(why) < sizeof(why) - 1);
		return false;
	}
	if (load_is_probed(document)) {
		printed = PRINTED(out, print_everything(out, document));
		cr_assert(*printed);
	}
	json_decref(document);
	return true;
}

static void spoil_saved(const char *name, uint64_t seed)
{
	struct mutation mutation = mutation_begin(seed);
	json_t *document = golden_document(name);
	unsigned int rounds = mutation_rounds(300), taken = 0;

	for (unsigned int i = 0; i < rounds; i++) {
		json_t *copy = changed(&mutation, document);
		_cleanup_free_ char *text = json_dumps(copy, 0);

		json_decref(copy);
		cr_assert_not_null(text);
		taken += take_saved(text, strlen(text));
	}
	json_decref(document);
	cr_assert_gt(taken, rounds / 10, "many are printed all the same: %u", taken);
}

Test(document_fuzz, reports_that_were_changed_are_printed_or_refused)
{
	spoil_saved("contended.json", 11);
}

Test(document_fuzz, snapshots_that_were_changed_are_printed_or_refused)
{
	spoil_saved("deadlock.json", 12);
}

Test(document_fuzz, reports_that_were_damaged_are_printed_or_refused)
{
	json_t *document = golden_document("contended.json");
	_cleanup_free_ char *text = json_dumps(document, 0);
	struct mutation mutation = mutation_begin(13);

	json_decref(document);
	for (unsigned int i = 0; i < mutation_rounds(500); i++) {
		_cleanup_free_ char *copy = strdup(text);
		size_t size = mutation_spoil(&mutation, (uint8_t *)copy, strlen(copy));

		if (size)
			take_saved(copy, size);
	}
}

/* ---- sweeps ---- */

static void take_sweep(const json_t *document, unsigned int *taken)
{
	_cleanup_free_ char *printed = NULL, *page = NULL;
	struct sweep_kept kept;
	char why[300] = "";

	if (sweep_read(document, &kept, why, sizeof(why)) < 0) {
		cr_assert(*why);
	} else {
		printed = PRINTED(out, {
			cr_assert_eq(sweep_print(out, &kept.result, &style), 0);
			cr_assert_eq(sweep_svg(out, &kept.result), 0);
			sweep_csv(out, &kept.result);
		});
		page = PRINTED(out, page_write(document, out));
		cr_assert(*printed && page);
		++*taken;
	}
	sweep_kept_release(&kept);
}

Test(document_fuzz, sweeps_that_were_changed_are_printed_or_refused)
{
	struct mutation mutation = mutation_begin(14);
	unsigned int rounds = mutation_rounds(200), taken = 0;
	json_t *document;

	sweep_scene_make(NULL, 8);
	sweep_scene_finish();
	document = sweep_document(&sweep.result);
	for (unsigned int i = 0; i < rounds; i++) {
		json_t *copy = changed(&mutation, document);

		take_sweep(copy, &taken);
		json_decref(copy);
	}
	json_decref(document);
	sweep_scene_free();
	cr_assert_gt(taken, rounds / 10, "many are printed all the same: %u", taken);
}

/* ---- requests ---- */

static const char asked[] =
	"{\"targets\":{\"pids\":[1,4242],\"tids\":[7],\"names\":[\"server\"],\"cgroups\":[\"/a\"],"
	"\"all\":false,\"tree\":true},\"options\":{\"follow\":true,\"ends_with_client\":false,"
	"\"stacks\":true},\"target\":{\"kind\":\"exec\",\"what\":\"w\",\"workload\":\"lock\","
	"\"runtime\":\"native\",\"mode\":\"threads\",\"workers\":8,\"command\":[\"a\",\"-b\"]}}";

static unsigned int ask(const char *text, size_t size)
{
	struct request request;
	char why[256] = "";

	if (request_parse(text, size, &request, why, sizeof(why)) < 0) {
		cr_assert(*why);
		return 0;
	}
	for (size_t i = 0; i < request.session.targets.pids_count; i++)
		cr_assert_gt(request.session.targets.pids[i], 0);
	for (size_t i = 0; i < request.session.targets.names_count; i++)
		cr_assert(*request.session.targets.names[i]);
	request_release(&request);
	return 1;
}

Test(document_fuzz, requests_are_understood_or_refused)
{
	struct mutation mutation = mutation_begin(15);
	json_t *document = json_loads(asked, 0, NULL);
	unsigned int rounds = mutation_rounds(5000), taken = 0;

	for (unsigned int i = 0; i < rounds; i++) {
		json_t *copy = changed(&mutation, document);
		_cleanup_free_ char *text = json_dumps(copy, 0);
		size_t size = strlen(text);

		json_decref(copy);
		if (i % 2)
			size = mutation_spoil(&mutation, (uint8_t *)text, size);
		taken += ask(text, size);
	}
	json_decref(document);
	cr_assert_gt(taken, rounds / 50, "some are right by chance: %u", taken);
}
