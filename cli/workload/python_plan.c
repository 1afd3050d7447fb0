// SPDX-License-Identifier: BSD-2-Clause
/* From a plan to the interpreter's command line. Pure. */
#include <errno.h>
#include <stdio.h>

#include "base/units.h"
#include "cli/workload/python.h"
#include "cli/workload/run.h"

#define IPC_TASKS   2000 /* a message of each size through each channel */
#define IPC_WORKERS 2    /* the interpreter's first thread and one worker */

static int refuse_twin(const struct workload *asked, char *why, size_t size)
{
	const struct workload *other;
	const char *between = "";
	size_t used =
		(size_t)snprintf(why, size, "%s has no twin in Python; these have: ", asked->name);

	for (size_t i = 0; (other = workload_at(i)); i++) {
		if (!other->has_python_twin || used >= size)
			continue;
		used += (size_t)snprintf(why + used, size - used, "%s%s", between, other->name);
		between = ", ";
	}
	return -EINVAL;
}

static int refuse(const char *reason, char *why, size_t size)
{
	snprintf(why, size, "%s", reason);
	return -EINVAL;
}

/* Its messages are counted beforehand, and go between two. */
static int settle_ipc(struct workload_plan *plan, char *why, size_t size)
{
	if (plan->duration_ns)
		return refuse("ipc in Python ends after its messages: give --tasks, no --duration",
			      why, size);
	if ((plan->given & OPTION_WORKERS) && plan->workers != IPC_WORKERS)
		return refuse("ipc in Python has one who sends and one who receives: give 2 "
			      "workers",
			      why, size);
	if (!(plan->given & OPTION_TASKS))
		plan->tasks = IPC_TASKS;
	plan->workers = IPC_WORKERS;
	plan->given |= OPTION_WORKERS;
	return 0;
}

int python_settle(struct workload_plan *plan, char *why, size_t size)
{
	if (!plan->workload->has_python_twin)
		return refuse_twin(plan->workload, why, size);
	if (plan->given & OPTION_FIXED)
		return refuse("--fixed is for --runtime native; in Python, see --procs", why, size);
	if ((plan->given & OPTION_KIND) && plan->choice)
		return refuse("in Python, io knows --kind socket only and lock --kind slices only; "
			      "--runtime native knows the others",
			      why, size);
	if ((plan->given & OPTION_START) && plan->mode == WORKER_THREADS)
		return refuse("--start is how processes are started; give --procs with it", why,
			      size);
	if (plan->workload == &workload_ipc)
		return settle_ipc(plan, why, size);
	return 0;
}

/* A flag and its value, at *at. */
static void add(struct python_arguments *arguments, size_t *at, const char *flag, const char *value)
{
	arguments->list[(*at)++] = flag;
	arguments->list[(*at)++] = value;
}

static const char *number(struct python_arguments *arguments, size_t row, double value)
{
	snprintf(arguments->numbers[row], sizeof(arguments->numbers[row]), "%.15g", value);
	return arguments->numbers[row];
}

void python_arguments(const struct workload_plan *plan, const char *script,
		      struct python_arguments *ret)
{
	size_t at = 0;

	*ret = (struct python_arguments){ 0 };
	add(ret, &at, plan->python, script);
	add(ret, &at, plan->workload->name, "--wait");
	add(ret, &at, plan->mode == WORKER_THREADS ? "--threads" : "--procs",
	    number(ret, 0, plan->workers));
	if (plan->duration_ns)
		add(ret, &at, "--duration",
		    number(ret, 1, (double)plan->duration_ns / NSEC_PER_SEC));
	else
		add(ret, &at, "--tasks", number(ret, 1, (double)plan->tasks));
	if (plan->workload->knows & OPTION_TASK_TIME)
		add(ret, &at, "--task-time",
		    number(ret, 2, (double)plan->task_time_ns / NSEC_PER_MSEC));
	if (plan->workload->knows & OPTION_LOCK_SHARE)
		add(ret, &at, "--lock-share", number(ret, 3, plan->lock_share));
	if (plan->given & OPTION_START)
		add(ret, &at, "--start", plan->start);
	if (plan->given & OPTION_WORK)
		add(ret, &at, "--work", plan->work);
}
