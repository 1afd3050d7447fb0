// SPDX-License-Identifier: BSD-2-Clause
/*
 * glib mutex|condition|bit SECONDS: four threads at a lock of GLib's, or three that wait for a
 * signal of the fourth. Its headers need not be there; without the library it ends with 77.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "timed.h"

#define THREADS 4
#define BIT     3

/* Of GMutex and of GCond, a pointer and two words, which is waited for at the first of these. */
static struct {
	void *pointer;
	unsigned int words[2];
} mutex, condition;
static int bits, turn;
static uint64_t until_ns;

static struct {
	void (*lock)(void *mutex);
	void (*unlock)(void *mutex);
	void (*wait)(void *condition, void *mutex);
	void (*broadcast)(void *condition);
	void (*bit_lock)(int *word, int bit);
	void (*bit_unlock)(int *word, int bit);
} glib;

static __attribute__((noinline)) void take_mutex(void)
{
	TIMED(glib.lock(&mutex));
}

static __attribute__((noinline)) void take_bit(void)
{
	TIMED(glib.bit_lock(&bits, BIT));
}

static void *at_mutex(void *nothing)
{
	while (timed_now() < until_ns) {
		take_mutex();
		timed_sleep(2000);
		glib.unlock(&mutex);
		timed_sleep(200);
	}
	return nothing;
}

static void *at_bit(void *nothing)
{
	while (timed_now() < until_ns) {
		take_bit();
		timed_sleep(2000);
		glib.bit_unlock(&bits, BIT);
		timed_sleep(200);
	}
	return nothing;
}

static void *signals(void *nothing)
{
	while (turn >= 0) {
		timed_sleep(2000);
		glib.lock(&mutex);
		turn = timed_now() < until_ns ? turn + 1 : -1;
		glib.broadcast(&condition);
		glib.unlock(&mutex);
	}
	return nothing;
}

static void *at_condition(void *number)
{
	if (!number)
		return signals(NULL);
	glib.lock(&mutex);
	for (int last = turn; last >= 0; last = turn)
		while (turn == last)
			TIMED(glib.wait(&condition, &mutex));
	glib.unlock(&mutex);
	return NULL;
}

static bool find(void)
{
	void *library = dlopen("libglib-2.0.so.0", RTLD_NOW);

	if (!library)
		return false;
	*(void **)&glib.lock = dlsym(library, "g_mutex_lock");
	*(void **)&glib.unlock = dlsym(library, "g_mutex_unlock");
	*(void **)&glib.wait = dlsym(library, "g_cond_wait");
	*(void **)&glib.broadcast = dlsym(library, "g_cond_broadcast");
	*(void **)&glib.bit_lock = dlsym(library, "g_bit_lock");
	*(void **)&glib.bit_unlock = dlsym(library, "g_bit_unlock");
	return glib.bit_unlock && glib.broadcast && glib.unlock;
}

int main(int count, char **words)
{
	const char *what = count == 3 ? words[1] : "mutex";
	void *(*run)(void *) = !strcmp(what, "mutex") ? at_mutex
			       : !strcmp(what, "bit") ? at_bit
						      : at_condition;
	pthread_t threads[THREADS];

	if (!find())
		return 77;
	until_ns = timed_now() + (uint64_t)(strtod(words[count - 1], NULL) * 1e9);
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, run, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	timed_print("glib");
	return 0;
}
