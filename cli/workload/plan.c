// SPDX-License-Identifier: BSD-2-Clause
/* From what was asked for to what will be done, or a sentence why not. Pure. */
#include <errno.h>
#include <string.h>

#include "base/owned.h"
#include "base/units.h"
#include "cli/workload/python.h"
#include "cli/workload/run.h"

#define TASKS_DEFAULT        100
#define TASK_TIME_DEFAULT_NS (100 * NSEC_PER_MSEC)
#define LOCK_SHARE_DEFAULT   0.7

static const struct {
	enum workload_option option;
	const char *name;
} options[] = {
	{ OPTION_TASKS, "--tasks" }, { OPTION_TASK_TIME, "--task-time" },
	{ OPTION_FIXED, "--fixed" }, { OPTION_LOCK_SHARE, "--lock-share" },
	{ OPTION_CYCLE, "--cycle" }, { OPTION_KIND, "--kind" },
	{ OPTION_BY, "--by" },       { OPTION_WORK, "--work" },
};

/* "cpu knows no --cycle; deadlock does" */
static int refuse_option(const struct workload *workload, size_t row, char *why, size_t size)
{
	const struct workload *other;
	unsigned int knowing = 0;
	size_t used =
		(size_t)snprintf(why, size, "%s knows no %s;", workload->name, options[row].name);

	for (size_t i = 0; (other = workload_at(i)); i++)
		if ((other->knows & options[row].option) && used < size) {
			used += (size_t)snprintf(why + used, size - used, "%s %s",
						 knowing ? "," : "", other->name);
			knowing++;
		}
	if (used < size)
		snprintf(why + used, size - used, knowing == 1 ? " does" : " do");
	return -EINVAL;
}

/* Which of the workload's choices `text` is; their first when there is none. */
static int settle_choice(struct workload_plan *plan, const char *option, const char *text,
			 char *why, size_t size)
{
	const char *const *choices = plan->workload->choices;
	size_t used;

	for (plan->choice = 0; text && choices[plan->choice]; plan->choice++)
		if (!strcmp(choices[plan->choice], text))
			break;
	if (choices[plan->choice])
		return 0;
	used = (size_t)snprintf(why, size, "%s %s is not understood; %s takes", option, text,
				plan->workload->name);
	for (size_t i = 0; choices[i] && used < size; i++)
		used += (size_t)snprintf(why + used, size - used, "%s %s", i ? " or" : "",
					 choices[i]);
	return -EINVAL;
}

static int settle_workers(struct workload_plan *plan, unsigned int usable_cpus, char *why,
			  size_t size)
{
	const struct workload *workload = plan->workload;
	bool threads = plan->mode == WORKER_THREADS;

	if (!(plan->given & OPTION_WORKERS)) {
		plan->workers = usable_cpus;
		if (plan->workers < workload->workers_min)
			plan->workers = workload->workers_min;
	}
	if (plan->workers >= workload->workers_min)
		return 0;
	snprintf(why, size, "%s needs at least %u %s; --%s %u is too few", workload->name,
		 workload->workers_min, threads ? "threads" : "processes",
		 threads ? "threads" : "procs", plan->workers);
	return -EINVAL;
}

static void settle_defaults(struct workload_plan *plan)
{
	if (!(plan->given & OPTION_TASKS))
		plan->tasks = TASKS_DEFAULT;
	if (!(plan->given & OPTION_TASK_TIME))
		plan->task_time_ns = TASK_TIME_DEFAULT_NS;
	if (!(plan->given & OPTION_LOCK_SHARE))
		plan->lock_share = LOCK_SHARE_DEFAULT;
	if (!plan->duration_ns)
		plan->duration_ns = plan->workload->duration_default_ns;
	plan->fixed = plan->given & OPTION_FIXED;
	if (plan->fixed && plan->workload->fixed_by_processes)
		plan->mode = WORKER_PROCESSES;
}

/* What only twins know, on a plan for another. */
static int refuse_twins_options(const struct workload_plan *plan, char *why, size_t size)
{
	static const struct {
		enum workload_option option;
		const char *name;
	} twins[] = { { OPTION_WORK, "--work" },
		      { OPTION_START, "--start" },
		      { OPTION_PYTHON, "--python" } };

	for (size_t i = 0; i < ARRAY_LEN(twins); i++)
		if (plan->given & twins[i].option) {
			snprintf(why, size, "%s is for --runtime python", twins[i].name);
			return -EINVAL;
		}
	return 0;
}

static int settle_runtime(struct workload_plan *plan, char *why, size_t size)
{
	return plan->runtime == RUNTIME_PYTHON ? python_settle(plan, why, size)
					       : refuse_twins_options(plan, why, size);
}

int workload_settle(struct workload_plan *plan, unsigned int usable_cpus, char *why, size_t size)
{
	const struct workload *workload = plan->workload;
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (plan->given & options[i].option & ~workload->knows)
			return refuse_option(workload, i, why, size);
	if ((plan->given & OPTION_TASKS) && plan->duration_ns) {
		snprintf(why, size, "--tasks and --duration exclude each other; give one of them");
		return -EINVAL;
	}
	settle_defaults(plan);
	if (workload->choices && (workload->knows & OPTION_KIND))
		r = settle_choice(plan, "--kind", plan->kind, why, size);
	else if (workload->choices)
		r = settle_choice(plan, "--by", plan->by, why, size);
	if (!r)
		r = settle_runtime(plan, why, size);
	if (!r)
		r = settle_workers(plan, usable_cpus, why, size);
	return !r && workload->check ? workload->check(plan, why, size) : r;
}
