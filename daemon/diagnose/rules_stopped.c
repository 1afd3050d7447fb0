/* SPDX-License-Identifier: BSD-2-Clause */
/* Of programs that a signal, a debugger or a freezer keeps from running: who has to let them go. */
#include "daemon/diagnose/rules.h"

static uint64_t stopped_ns(const struct report_process *process)
{
	return process->figures.waits[WAIT_STOPPED].time_ns;
}

static const struct report_process *stopped_longest(const struct report *report)
{
	const struct report_process *longest = &report->processes[0];

	for (size_t i = 1; i < report->processes_count; i++)
		if (stopped_ns(&report->processes[i]) > stopped_ns(longest))
			longest = &report->processes[i];
	return longest;
}

bool rule_is_stopped(const struct picture *picture, struct finding *ret)
{
	const struct report *report = picture->report;
	double part =
		share((double)report->totals.figures.waits[WAIT_STOPPED].time_ns, picture->life);
	const struct report_process *process;

	if (part < threshold(THRESHOLD_IDLE) || !report->processes_count)
		return false;
	process = stopped_longest(report);
	ret->severity = SEVERITY_NOTICE;
	finding_title(ret, "The program is stopped: for %s of all thread time it may not run.",
		      words_share(part).text);
	if (report_is_traced(process)) {
		struct words tracer = words_thread(process->tracer, process->tracer_pid);

		finding_detail(ret, "%s traces %s.", tracer.text,
			       words_thread(process->name, process->pid).text);
		finding_advice(ret, "Continue it in %s, or detach that; then look again.",
			       tracer.text);
	} else {
		finding_detail(ret, "A signal (SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU) or a freezer "
				    "stopped it: nobody traces it now.");
		finding_advice(ret,
			       "`kill -CONT %lu` continues it, where a signal stopped it; a "
			       "freezer's cgroup has to be thawed (cgroup.freeze).",
			       (unsigned long)process->pid);
	}
	finding_figure(ret, "stopped_share", part);
	return true;
}
