// SPDX-License-Identifier: BSD-2-Clause
/* Look-alikes that wait for work, for each other, or for a thread's end. */
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "alike.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed[3] = { PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER,
				     PTHREAD_COND_INITIALIZER };
static unsigned int items[3];

static void put(int queue)
{
	pthread_mutex_lock(&lock);
	items[queue]++;
	pthread_cond_signal(&changed[queue]);
	pthread_mutex_unlock(&lock);
}

static void get(int queue)
{
	pthread_mutex_lock(&lock);
	while (!items[queue])
		pthread_cond_wait(&changed[queue], &lock);
	items[queue]--;
	pthread_mutex_unlock(&lock);
}

static void *consumer(void *nothing)
{
	for (;;) {
		get(0);
		alike_step();
	}
	return nothing;
}

static void *slow_maker(void *nothing)
{
	for (;;) {
		alike_sleep_ms(700);
		put(0);
	}
	return nothing;
}

static void slow_producer(void)
{
	alike_thread("consumer-0", consumer, NULL);
	alike_thread("consumer-1", consumer, NULL);
	alike_thread("producer", slow_maker, NULL);
}

/* In a ring, as in a deadlock of three, with one item that goes round. */
static void *stage(void *number)
{
	long me = (long)number;

	for (;;) {
		get((int)me);
		alike_sleep_ms(250);
		alike_step();
		put((int)(me + 1) % 3);
	}
	return NULL;
}

static void pipeline(void)
{
	for (long i = 0; i < 3; i++)
		alike_thread("stage", stage, (void *)i);
	put(0);
}

static pthread_barrier_t barrier;

static void *party(void *ms)
{
	for (;;) {
		alike_sleep_ms((unsigned int)(long)ms);
		pthread_barrier_wait(&barrier);
		alike_step();
	}
	return NULL;
}

static void slow_barrier(void)
{
	pthread_barrier_init(&barrier, NULL, 3);
	alike_thread("party-0", party, (void *)1L);
	alike_thread("party-1", party, (void *)1L);
	alike_thread("slow-party", party, (void *)900L);
}

static sem_t ping, pong;

static void *player(void *me)
{
	sem_t *mine = me, *other = me == &ping ? &pong : &ping;

	for (;;) {
		sem_wait(mine);
		alike_sleep_ms(200);
		alike_step();
		sem_post(other);
	}
	return NULL;
}

static void ping_pong(void)
{
	sem_init(&ping, 0, 1);
	sem_init(&pong, 0, 0);
	alike_thread("ping", player, &ping);
	alike_thread("pong", player, &pong);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void initialise_slowly(void)
{
	alike_sleep_ms(60000);
}

static void *initialised(void *nothing)
{
	pthread_once(&once, initialise_slowly);
	return nothing;
}

static void slow_once(void)
{
	for (int i = 0; i < 3; i++)
		alike_thread("initialised", initialised, NULL);
}

static void *timed_waiter(void *nothing)
{
	struct timespec until;

	pthread_mutex_lock(&lock);
	for (;;) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		pthread_cond_timedwait(&changed[0], &lock, &until);
		alike_step();
	}
	return nothing;
}

static void timed_condition(void)
{
	alike_thread("waiter-0", timed_waiter, NULL);
	alike_thread("waiter-1", timed_waiter, NULL);
}

static void *slow_thread(void *nothing)
{
	alike_sleep_ms(700);
	return nothing;
}

/* It joins while it has a lock, but the other one wants none. */
static void *joiner(void *nothing)
{
	for (;;) {
		pthread_t thread;

		pthread_mutex_lock(&lock);
		if (pthread_create(&thread, NULL, slow_thread, NULL))
			abort();
		pthread_join(thread, NULL);
		pthread_mutex_unlock(&lock);
		alike_step();
		alike_sleep_ms(5);
	}
	return nothing;
}

static void *locker(void *nothing)
{
	for (;;) {
		pthread_mutex_lock(&lock);
		pthread_mutex_unlock(&lock);
		alike_step();
		alike_sleep_ms(5);
	}
	return nothing;
}

static void slow_join(void)
{
	alike_thread("joiner", joiner, NULL);
	alike_thread("locker", locker, NULL);
}

/*
 * Waits for a word of its own stack, beside which the way to a mutex lies whose owner waits for one
 * that it has: what glibc does when the kernel has refused a mutex that inherits priority.
 */
static pthread_mutex_t boosted, other_boosted;
static sem_t *_Atomic own_event;

static void *own_waiter(void *nothing)
{
	struct {
		sem_t event;
		pthread_mutex_t *volatile other;
	} own = { .other = &other_boosted };

	for (;;) {
		sem_init(&own.event, 0, 0);
		pthread_mutex_lock(&boosted);
		own_event = &own.event;
		sem_wait(&own.event);
		alike_step();
		pthread_mutex_unlock(&boosted);
		alike_sleep_ms(5);
	}
	return nothing;
}

static void *other_owner(void *nothing)
{
	for (;;) {
		pthread_mutex_lock(&other_boosted);
		pthread_mutex_lock(&boosted);
		pthread_mutex_unlock(&boosted);
		pthread_mutex_unlock(&other_boosted);
		alike_sleep_ms(5);
	}
	return nothing;
}

static void *own_poster(void *nothing)
{
	for (;;) {
		sem_t *event;

		alike_sleep_ms(1100);
		event = atomic_exchange(&own_event, NULL);
		if (event)
			sem_post(event);
	}
	return nothing;
}

static void own_semaphore(void)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&boosted, &attributes);
	pthread_mutex_init(&other_boosted, &attributes);
	alike_thread("own-waiter", own_waiter, NULL);
	alike_thread("other-owner", other_owner, NULL);
	alike_thread("own-poster", own_poster, NULL);
}

const struct alike wait_alikes[] = {
	{ "slow-producer", slow_producer }, { "pipeline", pipeline },
	{ "slow-barrier", slow_barrier },   { "ping-pong", ping_pong },
	{ "slow-once", slow_once },         { "timed-condition", timed_condition },
	{ "slow-join", slow_join },         { "own-semaphore", own_semaphore },
};
const size_t wait_alikes_count = sizeof(wait_alikes) / sizeof(wait_alikes[0]);
