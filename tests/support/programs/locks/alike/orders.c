// SPDX-License-Identifier: BSD-2-Clause
/* Look-alikes among the threads of one process that have a mutex and wait for the next. */
#include "alike.h"

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t third = PTHREAD_MUTEX_INITIALIZER;

/* Everybody in the same order, so each waits for one ahead, and the first for nobody. */
static void *walker(void *nothing)
{
	static pthread_mutex_t nodes[4] = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
					    PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER };

	for (;;) {
		pthread_mutex_lock(&nodes[0]);
		for (int i = 1; i < 4; i++) {
			alike_sleep_ms(80);
			pthread_mutex_lock(&nodes[i]);
			pthread_mutex_unlock(&nodes[i - 1]);
		}
		alike_sleep_ms(80);
		pthread_mutex_unlock(&nodes[3]);
		alike_step();
	}
	return nothing;
}

static void hand_over_hand(void)
{
	for (int i = 0; i < 4; i++)
		alike_thread("walker", walker, NULL);
}

/* Has what the one before wants, wants what the next has; the last one only takes its time. */
static void *link_of(void *number)
{
	static pthread_mutex_t *const chain[] = { &first, &second, &third };
	long me = (long)number;

	for (;;) {
		pthread_mutex_lock(chain[me]);
		if (me < 2)
			pthread_mutex_lock(chain[me + 1]);
		else
			alike_sleep_ms(1500);
		alike_step();
		if (me < 2)
			pthread_mutex_unlock(chain[me + 1]);
		pthread_mutex_unlock(chain[me]);
		alike_sleep_ms(20);
	}
	return NULL;
}

static void chain(void)
{
	for (long i = 2; i >= 0; i--) {
		alike_thread("link", link_of, (void *)i);
		alike_sleep_ms(10);
	}
}

/* In opposite orders, but only ever one of them at a time. */
static void *gated(void *other)
{
	pthread_mutex_t *own = other == &first ? &second : &first;

	for (;;) {
		pthread_mutex_lock(&third);
		pthread_mutex_lock(own);
		alike_sleep_ms(150);
		pthread_mutex_lock(other);
		pthread_mutex_unlock(other);
		pthread_mutex_unlock(own);
		pthread_mutex_unlock(&third);
		alike_step();
		alike_sleep_ms(5);
	}
	return NULL;
}

static void gate(void)
{
	alike_thread("gated-0", gated, &first);
	alike_thread("gated-1", gated, &second);
}

const struct alike order_alikes[] = {
	{ "hand-over-hand", hand_over_hand },
	{ "chain", chain },
	{ "gate", gate },
};
const size_t order_alikes_count = sizeof(order_alikes) / sizeof(order_alikes[0]);
