// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/report_text.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "cli/client/document.h"
#include "tests/support/golden.h"
#include "tests/support/printed.h"

char *print_view(const struct report *report, const json_t *workload,
		 const struct report_style *style, enum report_view view)
{
	return PRINTED(out, cr_assert_eq(report_print_view(out, report, workload, style, view), 0));
}

char *print_locks(const struct report *report, const struct report_style *style,
		  const struct report_lock *lock, bool all)
{
	struct report_locks_choice choice = { .lock = lock, .all = all };

	return PRINTED(out, cr_assert_eq(report_print_locks(out, report, style, &choice), 0));
}

char *print_snapshot(const struct report *report, const struct report_style *style)
{
	return PRINTED(out, cr_assert_eq(report_print_snapshot(out, report, style), 0));
}

const struct report *golden_report(const char *name)
{
	static struct report report;
	static json_t *document;
	char why[200] = "";

	if (document)
		report_release(&report);
	json_decref(document);
	document = golden_document(name);
	cr_assert_eq(report_decode(document, &report, why, sizeof(why)), 0, "%s", why);
	return &report;
}

void golden_take(const char *name, char *text)
{
	golden_assert(name, text);
	free(text);
}

json_t *made_truth(void)
{
	return json_pack("{s:i,s:I,s:{s:I,s:I,s:i,s:i,s:i,s:I,s:I,s:i,s:I}}", "tasks", 100,
			 "elapsed_ns", (json_int_t)5070000000, "truth", "running_ns",
			 (json_int_t)10025000000, "ready_ns", (json_int_t)30190000000, "voluntary",
			 21, "involuntary", 2498, "lock_waits", 1200, "lock_wait_ns",
			 (json_int_t)8450000000, "locked_ns", (json_int_t)5000000, "io_waits", 100,
			 "io_wait_ns", (json_int_t)10020000000);
}

const struct report *golden_with_a_crowd(struct report_lock *crowd)
{
	static struct report copy;
	struct report *report = &copy;

	copy = *golden_report("contended.json");
	*crowd = report->locks[0];
	crowd->id = "4242:LWLockAcquire";
	crowd->name = "LWLockAcquire";
	crowd->kind = "semaphore";
	crowd->members = 2;
	crowd->stackless_ns += report->locks[1].stackless_ns;
	crowd->waits += report->locks[1].waits;
	crowd->wait_ns += report->locks[1].wait_ns;
	report->locks[0].crowd = crowd->id;
	report->locks[1].crowd = crowd->id;
	report->lock_crowds = crowd;
	report->lock_crowds_count = 1;
	return report;
}
