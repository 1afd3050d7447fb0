// SPDX-License-Identifier: BSD-2-Clause
/* Look-alikes among the threads of one process, with a mutex or two, or a rwlock. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "alike.h"

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;

/* Takes the lock it is given for a moment, again and again. */
static void *visitor(void *lock)
{
	for (;;) {
		pthread_mutex_lock(lock);
		alike_step();
		pthread_mutex_unlock(lock);
		alike_sleep_ms(5);
	}
	return NULL;
}

static void *long_holder(void *nothing)
{
	pthread_mutex_lock(&first);
	poll(NULL, 0, 60000);
	pthread_mutex_unlock(&first);
	return nothing;
}

static void long_hold(void)
{
	alike_thread("holder", long_holder, NULL);
	alike_sleep_ms(50);
	alike_thread("visitor-0", visitor, &first);
	alike_thread("visitor-1", visitor, &first);
}

static void *sleeping_holder(void *nothing)
{
	for (;;) {
		pthread_mutex_lock(&first);
		alike_sleep_ms(400);
		pthread_mutex_unlock(&first);
		alike_sleep_ms(20);
	}
	return nothing;
}

static void holder_sleeps(void)
{
	alike_thread("holder", sleeping_holder, NULL);
	alike_thread("visitor", visitor, &first);
}

/* Each has its own and tries the other's, gives up, and begins again. */
static void *polite(void *other)
{
	pthread_mutex_t *own = other == &first ? &second : &first;

	for (;;) {
		pthread_mutex_lock(own);
		alike_sleep_ms(3);
		if (pthread_mutex_trylock(other) == 0)
			pthread_mutex_unlock(other);
		pthread_mutex_unlock(own);
		alike_step();
		alike_sleep_ms(1);
	}
	return NULL;
}

static void livelock(void)
{
	alike_thread("polite-0", polite, &first);
	alike_thread("polite-1", polite, &second);
}

/* A cycle as long as it lasts: both give up after their time. */
static void *patient(void *other)
{
	pthread_mutex_t *own = other == &first ? &second : &first;
	struct timespec until;

	for (;;) {
		pthread_mutex_lock(own);
		alike_sleep_ms(20);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 2;
		if (pthread_mutex_timedlock(other, &until) == 0)
			pthread_mutex_unlock(other);
		pthread_mutex_unlock(own);
		alike_step();
		alike_sleep_ms(20);
	}
	return NULL;
}

static void timed_cycle(void)
{
	alike_thread("patient-0", patient, &first);
	alike_thread("patient-1", patient, &second);
}

static void *trying(void *nothing)
{
	for (;;) {
		if (pthread_mutex_trylock(&first) == 0)
			pthread_mutex_unlock(&first);
		alike_step();
		alike_sleep_ms(1);
	}
	return nothing;
}

static void try_loop(void)
{
	alike_thread("holder", long_holder, NULL);
	alike_sleep_ms(50);
	alike_thread("trying", trying, NULL);
}

static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;

static void *reader(void *nothing)
{
	for (;;) {
		pthread_rwlock_rdlock(&table);
		alike_sleep_ms(100);
		pthread_rwlock_unlock(&table);
		alike_step();
	}
	return nothing;
}

static void *writer(void *nothing)
{
	for (;;) {
		pthread_rwlock_wrlock(&table);
		alike_sleep_ms(100);
		pthread_rwlock_unlock(&table);
		alike_step();
		alike_sleep_ms(5);
	}
	return nothing;
}

static void rwlock_handover(void)
{
	pthread_rwlockattr_t attributes;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&table, &attributes);
	alike_thread("reader-0", reader, NULL);
	alike_thread("reader-1", reader, NULL);
	alike_thread("writer", writer, NULL);
}

static pthread_mutex_t again = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static void *twice(void *nothing)
{
	for (;;) {
		pthread_mutex_lock(&again);
		pthread_mutex_lock(&again);
		alike_sleep_ms(300);
		pthread_mutex_unlock(&again);
		pthread_mutex_unlock(&again);
		alike_sleep_ms(5);
	}
	return nothing;
}

static void recursive(void)
{
	alike_thread("twice", twice, NULL);
	alike_thread("visitor", visitor, &again);
}

/* It takes a mutex that it has, and another thread unlocks it: used like a semaphore. */
static void *signalled(void *nothing)
{
	for (;;) {
		pthread_mutex_lock(&first);
		alike_step();
	}
	return nothing;
}

static void *signaller(void *nothing)
{
	for (;;) {
		alike_sleep_ms(300);
		pthread_mutex_unlock(&first);
	}
	return nothing;
}

static void signal_mutex(void)
{
	alike_thread("signalled", signalled, NULL);
	alike_thread("signaller", signaller, NULL);
}

/* Its owner has ended without giving it up. The rest hangs, but in no cycle. */
static void *leaver(void *nothing)
{
	pthread_mutex_lock(&first);
	return nothing;
}

static void abandoned(void)
{
	alike_thread("leaver", leaver, NULL);
	alike_sleep_ms(50);
	alike_thread("visitor-0", visitor, &first);
	alike_thread("visitor-1", visitor, &first);
}

const struct alike thread_alikes[] = {
	{ "long-hold", long_hold }, { "holder-sleeps", holder_sleeps },
	{ "livelock", livelock },   { "timed-cycle", timed_cycle },
	{ "try-loop", try_loop },   { "rwlock-handover", rwlock_handover },
	{ "recursive", recursive }, { "signal-mutex", signal_mutex },
	{ "abandoned", abandoned },
};
const size_t thread_alikes_count = sizeof(thread_alikes) / sizeof(thread_alikes[0]);
