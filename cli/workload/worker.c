// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/units.h"
#include "cli/workload/run.h"

static uint64_t timeval_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * NSEC_PER_SEC + (uint64_t)time.tv_usec * NSEC_PER_USEC;
}

uint64_t worker_cpu_ns(const struct rusage *usage)
{
	return timeval_ns(usage->ru_utime) + timeval_ns(usage->ru_stime);
}

/* The kernel's own account of this thread; asking for its CPU clock brings that up to date. */
static void read_account(int schedstat, struct worker_account *ret)
{
	struct rusage usage;
	char text[96];
	ssize_t got;

	clock_now_ns(CLOCK_THREAD_CPUTIME_ID);
	getrusage(RUSAGE_THREAD, &usage);
	got = pread(schedstat, text, sizeof(text) - 1, 0);
	if (got > 0) {
		text[got] = '\0';
		sscanf(text, "%lu %lu", &ret->running_ns, &ret->ready_ns);
	}
	ret->voluntary = (uint64_t)usage.ru_nvcsw;
	ret->involuntary = (uint64_t)usage.ru_nivcsw;
	ret->cpu_ns = worker_cpu_ns(&usage);
}

/* As its leader will be told: with its other threads, and the children that it has waited for. */
static uint64_t process_cpu_ns(void)
{
	struct rusage own, children;

	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &children);
	return worker_cpu_ns(&own) + worker_cpu_ns(&children);
}

static void fail(struct arena *arena, unsigned int index, int error)
{
	int none = 0;

	if (atomic_compare_exchange_strong(&arena->failure, &none, -error))
		arena->failed_worker = (int)index + 1;
	arena->stop = 1;
	futex_wake(&arena->stop, INT32_MAX);
}

/*
 * The first account is taken just before the worker blocks here, and the window opens while it
 * does: so whatever delays its start is in the account, and only the blocking itself is not.
 */
static void wait_at_start_line(struct arena *arena, int schedstat, struct worker_account *first)
{
	if (++arena->ready == arena->plan.workers)
		arena->lined_up_ns = monotonic_ns();
	read_account(schedstat, first);
	while (!arena->go)
		if (syscall(SYS_futex, &arena->go, FUTEX_WAIT, 0, NULL, NULL, 0) == 0)
			first->voluntary++;
}

/* Only the last one wakes the leader: a waker may be preempted by whom it wakes. */
static void cross_finish_line(struct arena *arena)
{
	if (++arena->done == arena->plan.workers)
		futex_wake(&arena->done, 1);
}

int worker_fails(struct worker *worker, const char *doing)
{
	worker->arena->failed_doing = doing;
	return -errno;
}

bool worker_takes_task(struct worker *worker)
{
	struct arena *arena = worker->arena;

	if (arena->stop)
		return false;
	return arena->plan.duration_ns || arena->next_task++ < arena->plan.tasks;
}

static int do_tasks(struct worker *worker)
{
	int r = 0;

	while (r >= 0 && worker_takes_task(worker)) {
		r = worker->arena->plan.workload->task(worker);
		if (!worker->arena->stop)
			worker->truth->tasks++;
	}
	return r;
}

static int open_schedstat(void)
{
	return open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
}

static int prepare(struct worker *worker)
{
	const struct workload_plan *plan = &worker->arena->plan;
	const struct workload *workload = plan->workload;
	char name[16];

	snprintf(name, sizeof(name), "%.9s-%u",
		 workload->role ? workload->role(plan, worker->index) : workload->name,
		 worker->index);
	prctl(PR_SET_NAME, name);
	worker->truth->pid = getpid();
	worker->truth->tid = worker->arena->tids[worker->index] = gettid();
	return workload->begin ? workload->begin(worker) : 0;
}

void worker_run(struct arena *arena, unsigned int index)
{
	struct worker worker = {
		.arena = arena, .index = index, .truth = &arena->truth[index], .fd = -1
	};
	const struct workload *workload = arena->plan.workload;
	int schedstat = open_schedstat(), r = schedstat < 0 ? -errno : prepare(&worker);

	if (r < 0)
		fail(arena, index, r);
	wait_at_start_line(arena, schedstat, &worker.truth->first);

	worker.truth->started_ns = monotonic_ns();
	if (r >= 0)
		r = workload->part ? workload->part(&worker) : do_tasks(&worker);
	if (r < 0)
		fail(arena, index, r);
	/*
	 * What is open ends with the process: closing the connection here would wake the responder
	 * on this CPU.
	 */
	worker.truth->ended_ns = monotonic_ns();
	read_account(schedstat, &worker.truth->last);
	if (arena->plan.mode == WORKER_PROCESSES)
		worker.truth->process_ns = process_cpu_ns();
	cross_finish_line(arena);
}
