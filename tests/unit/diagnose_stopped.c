// SPDX-License-Identifier: BSD-2-Clause
/* What a signal or a debugger keeps from running has no lack of work. */
#include "tests/unit/diagnose.h"

#include <criterion/criterion.h>
#include <string.h>

#define PID 4242

static const struct report_finding *stopped(double seconds, struct report_process process)
{
	static struct report_process processes[1];
	struct made *made = made_report(2, 10);

	for (int i = 0; i < 2; i++)
		made_wait(made_thread(made, 10 - seconds, 0), WAIT_STOPPED, 1, seconds, 0);
	processes[0] = process;
	made->report.processes = processes;
	made->report.processes_count = 1;
	found(made);
	return &made->report.findings[0];
}

Test(diagnose_stopped, is_told_with_what_continues_it)
{
	const struct report_finding *finding =
		stopped(10, (struct report_process){ .pid = PID, .tracer_pid = NO_VALUE });

	cr_assert_str_eq(finding->id, "idle");
	cr_assert_str_eq(finding->severity, "notice");
	cr_assert(strstr(finding->title, "is stopped"), "%s", finding->title);
	cr_assert(strstr(finding->advice, "kill -CONT 4242"), "%s", finding->advice);
}

Test(diagnose_stopped, is_told_with_who_traces_it)
{
	const struct report_finding *finding = stopped(
		10, (struct report_process){
			    .pid = PID, .name = "orderd", .tracer_pid = 77, .tracer = "gdb" });

	cr_assert(strstr(finding->detail, "gdb (77) traces orderd (4242)"), "%s", finding->detail);
	cr_assert(strstr(finding->advice, "in gdb (77)"), "%s", finding->advice);
	cr_assert_null(strstr(finding->advice, "kill"), "%s", finding->advice);
}

Test(diagnose_stopped, for_a_moment_is_none)
{
	const struct report_finding *finding =
		stopped(1, (struct report_process){ .pid = PID, .tracer_pid = NO_VALUE });

	cr_assert_null(strstr(finding->title, "stopped"), "%s", finding->title);
}
