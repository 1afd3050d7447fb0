// SPDX-License-Identifier: BSD-2-Clause
#include "cli/workload/sync.h"

#include "base/units.h"

static int sharing(const struct arena *arena)
{
	return arena->plan.mode == WORKER_PROCESSES && !arena->plan.workload->private_state
		       ? PTHREAD_PROCESS_SHARED
		       : PTHREAD_PROCESS_PRIVATE;
}

int mutex_prepare(const struct arena *arena, pthread_mutex_t *ret)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, sharing(arena));
	return -pthread_mutex_init(ret, &attributes);
}

int condition_prepare(const struct arena *arena, pthread_cond_t *ret)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setpshared(&attributes, sharing(arena));
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	return -pthread_cond_init(ret, &attributes);
}

int rwlock_prepare(const struct arena *arena, pthread_rwlock_t *ret)
{
	pthread_rwlockattr_t attributes;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setpshared(&attributes, sharing(arena));
	return -pthread_rwlock_init(ret, &attributes);
}

int barrier_prepare(const struct arena *arena, pthread_barrier_t *ret, unsigned int parties)
{
	pthread_barrierattr_t attributes;

	pthread_barrierattr_init(&attributes);
	pthread_barrierattr_setpshared(&attributes, sharing(arena));
	return -pthread_barrier_init(ret, &attributes, parties);
}

void lock_wait_begins(struct worker *worker)
{
	worker->truth->lock_waits++;
	worker->truth->waiting_since_ns = monotonic_ns();
}

uint64_t lock_wait_ends(struct worker *worker)
{
	uint64_t ns = monotonic_ns() - worker->truth->waiting_since_ns;

	worker->truth->waiting_since_ns = 0;
	worker->truth->lock_wait_ns += ns;
	return ns;
}

void mutex_lock_timed(struct worker *worker, pthread_mutex_t *mutex)
{
	if (pthread_mutex_trylock(mutex) == 0)
		return;
	lock_wait_begins(worker);
	pthread_mutex_lock(mutex);
	lock_wait_ends(worker);
}

int ticket_prepare(const struct arena *arena, struct ticket_lock *ret)
{
	int r = mutex_prepare(arena, &ret->guard);

	for (size_t i = 0; !r && i < TICKET_TURNS; i++)
		r = condition_prepare(arena, &ret->turn[i]);
	return r;
}

uint64_t ticket_lock_timed(struct ticket_lock *lock)
{
	uint64_t mine, from_ns, waited_ns = 0;

	pthread_mutex_lock(&lock->guard);
	mine = lock->next++;
	if (mine != lock->serving) {
		from_ns = monotonic_ns();
		while (mine != lock->serving)
			pthread_cond_wait(&lock->turn[mine % TICKET_TURNS], &lock->guard);
		waited_ns = monotonic_ns() - from_ns;
	}
	pthread_mutex_unlock(&lock->guard);
	return waited_ns;
}

void ticket_unlock(struct ticket_lock *lock)
{
	pthread_mutex_lock(&lock->guard);
	lock->serving++;
	pthread_cond_broadcast(&lock->turn[lock->serving % TICKET_TURNS]);
	pthread_mutex_unlock(&lock->guard);
}
