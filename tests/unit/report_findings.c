/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings in print, on the wire, and compared. */
#include "cli/report/diff.h"
#include "cli/report/print.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/owned.h"
#include "cli/client/document.h"
#include "daemon/server/writer.h"
#include "tests/unit/report_text.h"

static struct report_evidence evidence[] = {
	{ .name = "lock_wait_share", .value = 0.543 },
	{ .name = "lock_wait_ns", .value = 54300000123.0 },
	{ .name = "lock", .text = "index \"lock\"\033[31m" },
	{ .name = "nothing", .value = NAN },
};

static struct report_finding findings[] = {
	{ .id = "lock-bound",
	  .severity = "problem",
	  .confidence = 0.97,
	  .title = "54 % of all thread time is lock wait.",
	  .detail = "Without it: at most 2.8×.",
	  .advice = "Move it out.",
	  .evidence = evidence,
	  .evidence_count = ARRAY_LEN(evidence) },
	{ .id = "io-bound", .severity = "notice", .title = "Some I/O.", .detail = "In read." },
	{ .id = "scales-well", .severity = "ok", .title = "Well." },
};

static struct report some_report(size_t count)
{
	return (struct report){ .completeness.complete = true,
				.verdict = findings[0].id,
				.findings = findings,
				.findings_count = count };
}

static char *printed(const struct report *report, enum report_view view)
{
	struct report_style style = { .columns = 80 };

	return print_view(report, NULL, &style, view);
}

Test(findings, verdict_is_the_first_one_with_its_confidence_at_the_right_edge)
{
	struct report report = some_report(1);
	_cleanup_free_ char *text = printed(&report, VIEW_SUMMARY);

	cr_assert_eq(strncmp(text,
			     "LOCK-BOUND  54 % of all thread time is lock wait. Without it: "
			     "at most 2.8x.\n",
			     76),
		     0, "%s", text);
	cr_assert_eq(strcspn(text + 76, "\n"), 80, "%s", text);
	cr_assert_eq(strncmp(text + 76 + 65, "confidence 0.97\n", 16), 0, "%s", text);
	cr_assert(strstr(text, "\nDo    Move it out.\n"));
}

Test(findings, others_are_told_shortly_and_what_is_not_wrong_not_at_all)
{
	struct report report = some_report(3);
	_cleanup_free_ char *text = printed(&report, VIEW_SUMMARY);

	cr_assert(strstr(text, "\nIO-BOUND  Some I/O."));
	cr_assert_null(strstr(text, "In read."));
	cr_assert_null(strstr(text, "SCALES-WELL"));
}

Test(findings, view_has_every_figure_in_its_unit)
{
	struct report report = some_report(3);
	_cleanup_free_ char *text = printed(&report, VIEW_FINDINGS);

	cr_assert(strstr(text, "  lock wait share                     54.3 %\n"), "%s", text);
	cr_assert(strstr(text, "  lock wait                          54.30 s\n"), "%s", text);
	cr_assert(strstr(text, "SCALES-WELL"));
	cr_assert_null(strchr(text, '\033'), "names are a stranger's");
}

Test(findings, view_says_so_when_there_are_none)
{
	struct report report = some_report(0);
	_cleanup_free_ char *text = printed(&report, VIEW_FINDINGS);

	cr_assert(strstr(text, "Findings  none"));
}

Test(findings, withheld_verdict_says_what_remains_possible)
{
	struct report_finding lost[] = {
		{ .id = "incomplete",
		  .severity = "notice",
		  .title = "12 % of what happened was not seen.",
		  .detail = "lock-bound and cpu-saturated both remain possible." },
		findings[0],
	};
	struct report report = { .findings = lost, .findings_count = 2 };
	_cleanup_free_ char *text = printed(&report, VIEW_SUMMARY);

	cr_assert_eq(strncmp(text, "INCOMPLETE  ", 12), 0);
	cr_assert(strstr(text, "\nWITHHELD  12 % of what happened was not seen. lock-bound"));
	cr_assert_null(strstr(text, "LOCK-BOUND"));
}

Test(findings, small_loss_is_said_before_the_verdict_that_stands)
{
	struct report report = some_report(1);
	_cleanup_free_ char *text = NULL;

	report.completeness.complete = false;
	report.completeness.missed_switches = 1;
	text = printed(&report, VIEW_SUMMARY);
	cr_assert_eq(strncmp(text, "INCOMPLETE  1 missed switch.\nLOCK-BOUND", 38), 0, "%s", text);
	cr_assert_null(strstr(text, "WITHHELD"));
}

Test(findings, survive_missing_texts)
{
	struct report_finding empty[2] = { { .confidence = NAN }, { .confidence = 1e300 } };
	struct report report = { .completeness.complete = true,
				 .findings = empty,
				 .findings_count = 2 };
	_cleanup_free_ char *summary = printed(&report, VIEW_SUMMARY);
	_cleanup_free_ char *view = printed(&report, VIEW_FINDINGS);

	cr_assert_null(strstr(summary, "(null)"));
	cr_assert_null(strstr(view, "nan"));
}

/* ---- on the wire ---- */

Test(findings, come_through_the_document_as_they_were)
{
	struct report report = some_report(3), read;
	struct writer writer = { 0 };
	json_t *document, *figures;
	char why[200];

	write_object(&writer, &report, report_fields);
	document = json_loads(writer.text, JSON_REJECT_DUPLICATES, NULL);
	cr_assert(document, "%s", writer.text);
	figures = json_object_get(json_array_get(json_object_get(document, "findings"), 0),
				  "evidence");
	cr_assert_eq(json_integer_value(json_object_get(figures, "lock_wait_ns")), 54300000123);
	cr_assert(json_is_null(json_object_get(figures, "nothing")));
	cr_assert_eq(report_decode(document, &read, why, sizeof(why)), 0, "%s", why);
	cr_assert_eq(read.findings_count, 3);
	cr_assert_str_eq(read.findings[0].advice, "Move it out.");
	cr_assert_eq(read.findings[0].evidence_count, 4);
	for (size_t i = 0; i < 3; i++) {
		const struct report_evidence *got = &read.findings[0].evidence[i];

		cr_assert_str_eq(got->name, evidence[i].name);
		cr_assert_float_eq(got->value, evidence[i].value, 1e-3);
	}
	cr_assert_str_eq(read.findings[0].evidence[2].text, evidence[2].text);
	cr_assert(isnan(read.findings[0].evidence[3].value));
	report_release(&read);
	json_decref(document);
	writer_release(&writer);
}

static void assert_refused(const char *text, const char *expected)
{
	json_t *document = json_loads(text, 0, NULL);
	struct report report;
	char why[200] = "";

	cr_assert(document, "%s", text);
	cr_assert_eq(report_decode(document, &report, why, sizeof(why)), -EBADMSG);
	cr_assert_str_eq(why, expected);
	json_decref(document);
}

Test(findings, with_evidence_of_a_wrong_type_are_refused)
{
	assert_refused("{\"findings\":[{\"evidence\":[]}]}",
		       "findings[0].evidence is not an object");
	assert_refused("{\"findings\":[{},{\"evidence\":{\"a\":1,\"b\":true}}]}",
		       "findings[1].evidence.b is neither a number nor text");
}

/* ---- compared ---- */

static struct report with_wait(uint64_t running_ns, uint64_t lock_ns)
{
	struct report report = { .totals.figures.running_ns = running_ns };

	report.totals.figures.waits[WAIT_LOCK].time_ns = lock_ns;
	return report;
}

Test(diff, tells_the_largest_change_first)
{
	static const uint64_t per_task[2] = { 1000, 1100 };
	struct report before = with_wait(700, 300), after = with_wait(300, 700);
	struct diff diff;

	before.parallelism.mean = 2;
	after.parallelism.mean = 0.5;
	diff_reports(&before, &after, per_task, 0.05, &diff);
	cr_assert_eq(diff.count, 4);
	cr_assert_str_eq(diff.changes[0].what, "parallelism");
	cr_assert_str_eq(diff.changes[0].before.text, "2.00");
	cr_assert_str_eq(diff.changes[1].after.text, "30.0 %");
	cr_assert_str_eq(diff.changes[3].what, "time for each task");
}

Test(diff, of_two_whole_programs_tells_how_long_they_took)
{
	struct report before = { .target.kind = "exec", .window.duration_ns = 4000000000 };
	struct report after = { .target.kind = "exec", .window.duration_ns = 2000000000 };
	const uint64_t none[2] = { 0, 0 };
	struct diff diff;

	diff_reports(&before, &after, none, 0.05, &diff);
	cr_assert_eq(diff.count, 1);
	cr_assert_str_eq(diff.changes[0].what, "elapsed");
	cr_assert_str_eq(diff.changes[0].after.text, "2.00 s");
	after.target.kind = "attach";
	diff_reports(&before, &after, none, 0.05, &diff);
	cr_assert_eq(diff.count, 0, "one looks for as long as one wants");
}

Test(diff, leaves_out_what_two_runs_differ_by)
{
	static const uint64_t per_task[2] = { 1000, 1040 };
	struct report before = with_wait(700, 300), after = with_wait(720, 280);
	struct diff diff;

	diff_reports(&before, &after, per_task, 0.05, &diff);
	cr_assert_eq(diff.count, 0);
	diff_reports(&before, &after, per_task, 0.01, &diff);
	cr_assert_eq(diff.count, 3);
}

Test(diff, knows_locks_by_name_whatever_their_address)
{
	static const uint64_t none[2] = { 0 };
	struct report_lock first = {
		.id = "1:0x10", .name = "m", .contended = true, .wait_ns = 300
	};
	struct report_lock second[] = {
		{ .id = "2:0x20", .name = "m", .contended = true, .wait_ns = 20 },
		{ .id = "2:0x30", .name = "m", .contended = true, .wait_ns = 80 },
		{ .id = "2:0x40", .name = "new", .contended = true, .wait_ns = 500 },
	};
	struct report before = with_wait(700, 300), after = with_wait(400, 600);
	struct diff diff;

	before.locks = &first;
	before.locks_count = 1;
	after.locks = second;
	after.locks_count = 3;
	diff_reports(&before, &after, none, 0.05, &diff);
	cr_assert_eq(diff.count, 4);
	cr_assert_str_eq(diff.changes[0].what, "wait for new");
	cr_assert_str_eq(diff.changes[3].what, "wait for m");
	cr_assert_str_eq(diff.changes[3].after.text, "10.0 %");
}

Test(diff, knows_a_crowd_by_its_function_and_not_by_its_rows)
{
	static const uint64_t none[2] = { 0 };
	struct report_lock rows[] = {
		{ .name = "sem+0x10", .crowd = "1:LWLock", .contended = true, .wait_ns = 200 },
		{ .name = "sem+0x20", .crowd = "1:LWLock", .contended = true, .wait_ns = 100 },
	};
	struct report_lock crowd = {
		.id = "1:LWLock", .name = "LWLock", .members = 2, .contended = true, .wait_ns = 300
	};
	struct report before = with_wait(700, 300), after = with_wait(700, 300);
	struct diff diff;

	before.locks = rows;
	before.locks_count = 2;
	before.lock_crowds = &crowd;
	before.lock_crowds_count = 1;
	diff_reports(&before, &after, none, 0.05, &diff);
	cr_assert_eq(diff.count, 1);
	cr_assert_str_eq(diff.changes[0].what, "wait for LWLock");
	cr_assert_str_eq(diff.changes[0].before.text, "30.0 %");
	cr_assert_str_eq(diff.changes[0].after.text, "0.0 %");
}

Test(diff, finds_the_problems_that_are_new)
{
	struct report before = some_report(0), after = some_report(3);

	cr_assert_str_eq(diff_finding(&after, &before, SEVERITY_PROBLEM, 0)->id, "lock-bound");
	cr_assert_null(diff_finding(&after, &before, SEVERITY_PROBLEM, 1));
	cr_assert_str_eq(diff_finding(&after, &before, SEVERITY_OK, 2)->id, "scales-well");
	cr_assert_null(diff_finding(&after, &after, SEVERITY_OK, 0));
}

Test(diff, of_nothing_has_no_changes)
{
	static const uint64_t none[2] = { 0 };
	struct report report = { .parallelism.mean = NAN };
	struct diff diff;

	diff_reports(&report, &report, none, 0, &diff);
	for (size_t i = 0; i < diff.count; i++)
		cr_assert_eq(diff.changes[i].size, 0);
}
