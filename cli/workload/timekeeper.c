// SPDX-License-Identifier: BSD-2-Clause
/* Ends the play in time, and what will never end by itself once everybody has looked at it. */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "cli/workload/run.h"

/* Until somebody else sets stop, or the duration is over. */
static void wait_until_time_is_up(struct arena *arena)
{
	uint64_t end_ns = arena->started_ns + arena->plan.duration_ns, now_ns;

	while (!arena->stop && (now_ns = monotonic_ns()) < end_ns) {
		struct timespec left = { .tv_sec = (time_t)((end_ns - now_ns) / NSEC_PER_SEC),
					 .tv_nsec = (long)((end_ns - now_ns) % NSEC_PER_SEC) };

		syscall(SYS_futex, &arena->stop, FUTEX_WAIT, 0, &left, NULL, 0);
	}
	arena->stop = 1;
}

static FILE *open_task_file(const struct worker_truth *truth, const char *name)
{
	char path[80];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", truth->pid, truth->tid, name);
	return fopen(path, "re");
}

/* What a worker that cannot speak any more would have read about itself. */
static void read_account_of(struct worker_truth *truth)
{
	_cleanup_fclose_ FILE *schedstat = open_task_file(truth, "schedstat");
	_cleanup_fclose_ FILE *status = open_task_file(truth, "status");
	struct worker_account *last = &truth->last;
	char line[256];

	if (schedstat && fscanf(schedstat, "%lu %lu", &last->running_ns, &last->ready_ns) == 2)
		last->cpu_ns = last->running_ns;
	while (status && fgets(line, sizeof(line), status)) {
		sscanf(line, "voluntary_ctxt_switches: %lu", &last->voluntary);
		sscanf(line, "nonvoluntary_ctxt_switches: %lu", &last->involuntary);
	}
}

/* The others go on until they are killed, and their reports end here. */
static void close_account(struct worker_truth *truth)
{
	truth->ended_ns = monotonic_ns();
	/* A wait that is still going on counts up to now. */
	if (truth->waiting_since_ns)
		truth->lock_wait_ns += truth->ended_ns - truth->waiting_since_ns;
	read_account_of(truth);
}

static void close_accounts(struct arena *arena)
{
	struct worker_truth *closed = &arena->truth[arena->plan.workers];

	for (unsigned int i = 0; i < arena->plan.workers; i++) {
		closed[i] = arena->truth[i];
		if (!closed[i].ended_ns)
			close_account(&closed[i]);
	}
	arena->closed = closed;
}

/* Threads end with their process, which is this one. */
static void kill_workers(struct arena *arena)
{
	if (arena->plan.mode == WORKER_THREADS)
		_exit(arena->failure ? 1 : 0);
	for (unsigned int i = 0; i < arena->plan.workers; i++)
		kill(arena->tids[i], SIGKILL);
}

static void *timekeeper_main(void *argument)
{
	struct arena *arena = argument;

	while (!arena->go)
		futex_wait(&arena->go, 0);
	wait_until_time_is_up(arena);
	if (!arena->plan.workload->never_ends || arena->plan.fixed)
		return NULL;
	close_accounts(arena);
	eventfd_write(arena->over, 1);
	while (!arena->release)
		futex_wait(&arena->release, 0);
	kill_workers(arena);
	return NULL;
}

int timekeeper_start(struct arena *arena)
{
	pthread_t thread;

	return -pthread_create(&thread, NULL, timekeeper_main, arena);
}
