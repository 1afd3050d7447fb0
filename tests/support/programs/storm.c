// SPDX-License-Identifier: BSD-2-Clause
/*
 * storm THREADS ROUNDS SHAPE: each thread takes one mutex ROUNDS times, for a short section.
 *
 * plain: a microsecond or two with it, then as long on average without, at random. Two CPUs are
 * just enough for that: threads seldom sleep, but whatever delays one makes the others sleep more.
 * brief: some 0.3 us with it, as long without. packed: a microsecond or two with it, none without.
 * convoy: each section lets others run, as that of `sysbench threads` does, so nearly every taking
 * waits: a fixed amount of work has the same number of waits however fast it goes.
 *
 * All threads are there before it begins: on SIGUSR1. Says on one line how many seconds it took by
 * its own clock, and how often its threads blocked (a yield is no block).
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define THREADS_MAX 64

struct shape {
	const char *name;
	unsigned long outside; /* steps without the mutex */
	int inside;            /* and with it */
	bool is_random;        /* `outside` is the most */
	bool yields;
};

static const struct shape shapes[] = {
	{ "plain", .outside = 2000, .inside = 1000, .is_random = true },
	{ "brief", .outside = 200, .inside = 200 },
	{ "packed", .inside = 1000 },
	{ "convoy", .yields = true },
};

pthread_mutex_t storm_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t begin;
static long rounds;
static const struct shape *shape;
static volatile unsigned long shared_steps;
static long blocked[THREADS_MAX];

__attribute__((noinline)) static void take_turn(void)
{
	pthread_mutex_lock(&storm_lock);
	if (shape->yields)
		sched_yield();
	for (int i = 0; i < shape->inside; i++)
		shared_steps++;
	pthread_mutex_unlock(&storm_lock);
}

static unsigned long next_random(unsigned long *seed)
{
	*seed = *seed * 6364136223846793005ul + 1442695040888963407ul;
	return *seed >> 33;
}

static void stay_outside(unsigned long *seed)
{
	volatile unsigned long steps = shape->outside;

	if (shape->is_random)
		steps = next_random(seed) % shape->outside;

	while (steps)
		steps--;
}

static void *work(void *number)
{
	unsigned long seed = (unsigned long)number;
	struct rusage from, to;

	pthread_barrier_wait(&begin);
	getrusage(RUSAGE_THREAD, &from);
	for (long round = 0; round < rounds; round++) {
		take_turn();
		stay_outside(&seed);
	}
	getrusage(RUSAGE_THREAD, &to);
	blocked[(long)number] = to.ru_nvcsw - from.ru_nvcsw;
	return NULL;
}

static const struct shape *shape_called(const char *name)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (!strcmp(shapes[i].name, name))
			return &shapes[i];
	return NULL;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	long threads = argc == 4 ? atol(argv[1]) : 0, waits = 0;
	pthread_t workers[THREADS_MAX];
	double from;
	sigset_t go;
	int number;

	if (threads < 1 || threads > THREADS_MAX)
		return 2;
	rounds = atol(argv[2]);
	shape = shape_called(argv[3]);
	if (!shape)
		return 2;
	sigemptyset(&go);
	sigaddset(&go, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &go, NULL);
	pthread_barrier_init(&begin, NULL, (unsigned int)threads + 1);
	for (long i = 0; i < threads; i++)
		if (pthread_create(&workers[i], NULL, work, (void *)i))
			return 1;
	sigwait(&go, &number);
	from = seconds();
	pthread_barrier_wait(&begin);
	for (long i = 0; i < threads; i++) {
		pthread_join(workers[i], NULL);
		waits += blocked[i];
	}
	printf("%.6f %ld\n", seconds() - from, waits);
	return 0;
}
