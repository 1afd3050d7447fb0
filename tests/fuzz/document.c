// SPDX-License-Identifier: BSD-2-Clause
/* Spoiled documents: requests to the daemon, and saved reports and sweeps with all their outputs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/owned.h"
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
#include "tests/fuzz/change.h"
#include "tests/fuzz/mutate.h"
#include "tests/support/golden.h"
#include "tests/support/printed.h"
#include "tests/unit/sweep_scene.h"

TestSuite(document_fuzz, .timeout = 100);

static const struct report_style style = { .columns = 60, .colour = true, .unicode = true };

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
		json_t *copy = document_change(&mutation, document);
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
		json_t *copy = document_change(&mutation, document);

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
		json_t *copy = document_change(&mutation, document);
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
