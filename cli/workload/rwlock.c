// SPDX-License-Identifier: BSD-2-Clause
#include "base/units.h"
#include "cli/workload/sync.h"

#define PIECES_PER_WRITE 8

enum { READS, WRITES, READ_WAIT_NS, WRITE_WAIT_NS };

static pthread_rwlock_t table_rwlock;

static int rwlock_prepare_state(struct arena *arena)
{
	return rwlock_prepare(arena, arena->state);
}

static void read_lock(struct worker *worker, pthread_rwlock_t *lock)
{
	worker->truth->own[READS]++;
	if (pthread_rwlock_tryrdlock(lock) == 0)
		return;
	lock_wait_begins(worker);
	pthread_rwlock_rdlock(lock);
	worker->truth->own[READ_WAIT_NS] += lock_wait_ends(worker);
}

static void write_lock(struct worker *worker, pthread_rwlock_t *lock)
{
	worker->truth->own[WRITES]++;
	if (pthread_rwlock_trywrlock(lock) == 0)
		return;
	lock_wait_begins(worker);
	pthread_rwlock_wrlock(lock);
	worker->truth->own[WRITE_WAIT_NS] += lock_wait_ends(worker);
}

static int rwlock_task(struct worker *worker)
{
	struct arena *arena = worker->arena;
	pthread_rwlock_t *lock = arena->state;
	uint64_t ns = arena->plan.task_time_ns;
	uint64_t inside_ns = (uint64_t)((double)SLICE_NS * arena->plan.lock_share);

	for (uint64_t done_ns = 0; done_ns < ns && !arena->stop; done_ns += SLICE_NS) {
		uint64_t pieces = worker->truth->own[READS] + worker->truth->own[WRITES], from_ns;

		if (pieces % PIECES_PER_WRITE)
			read_lock(worker, lock);
		else
			write_lock(worker, lock);
		from_ns = monotonic_ns();
		cpu_work(arena, inside_ns);
		worker->truth->locked_ns += monotonic_ns() - from_ns;
		pthread_rwlock_unlock(lock);
		cpu_work(arena, SLICE_NS - inside_ns);
	}
	return 0;
}

const struct workload workload_rwlock = {
	.name = "rwlock",
	.summary = "seven reads and one write of a table under one reader-writer lock",
	.details =
		"Each millisecond of work does --lock-share of it (default 70 %) inside a "
		"reader-writer lock: seven times to read, the eighth time to write. Readers "
		"share the lock; a writer is alone, and with glibc it waits until no reader is "
		"left. So many run at once, and CPUs limit before the lock does: two workers on "
		"two CPUs scale well; with more workers than CPUs the report says cpu-saturated, "
		"then lock-bound with what that would give back; with a CPU for each of many "
		"workers, lock-bound comes first. The truth tells whose wait it is: with many "
		"workers, nearly all the writers'.\n"
		"Try next: sudo partrace run lock --threads 8, where all work under one lock is "
		"serial",
	.knows = OPTION_TASKS | OPTION_TASK_TIME | OPTION_LOCK_SHARE,
	.figures = { [READS] = { "reads", FIGURE_ADDS },
		     [WRITES] = { "writes", FIGURE_ADDS },
		     [READ_WAIT_NS] = { "read_wait_ns", FIGURE_ADDS },
		     [WRITE_WAIT_NS] = { "write_wait_ns", FIGURE_ADDS } },
	.state_size = sizeof(table_rwlock),
	.symbol = &table_rwlock,
	.prepare = rwlock_prepare_state,
	.task = rwlock_task,
};
