// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/tracers.h"

#include "daemon/procfs.h"

static void fill(struct report_process *process, char *name, size_t size)
{
	struct process_status status;

	if (procfs_read_status((pid_t)process->pid, &status) < 0 || status.tracer <= 0)
		return;
	process->tracer_pid = (uint64_t)status.tracer;
	if (procfs_read_name(status.tracer, name, size) == 0)
		process->tracer = name;
}

void tracers_fill(struct tracers *tracers, struct report *report)
{
	size_t looked = 0;

	for (size_t i = 0; i < report->processes_count && looked < TRACERS_MAX; i++) {
		struct report_process *process = &report->processes[i];

		if (!process->figures.waits[WAIT_STOPPED].time_ns)
			continue;
		fill(process, tracers->names[looked], sizeof(tracers->names[looked]));
		looked++;
	}
}
