// SPDX-License-Identifier: BSD-2-Clause
/*
 * storm THREADS ROUNDS: each thread takes one mutex ROUNDS times. The section is short, but lets
 * others run, as that of `sysbench threads` does: so nearly every taking waits, and a fixed amount
 * of work has the same number of waits however fast it goes. All threads are there before it
 * begins: on SIGUSR1. Says on one line how many seconds it took by its own clock, and how often
 * its threads blocked.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define THREADS_MAX 64
#define STEPS       100

pthread_mutex_t storm_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t begin;
static long rounds;
static volatile unsigned long shared_steps;
static long blocked[THREADS_MAX];

__attribute__((noinline)) static void take_turn(void)
{
	pthread_mutex_lock(&storm_lock);
	for (int i = 0; i < STEPS; i++)
		shared_steps++;
	sched_yield();
	pthread_mutex_unlock(&storm_lock);
}

static void *work(void *number)
{
	struct rusage from, to;

	pthread_barrier_wait(&begin);
	getrusage(RUSAGE_THREAD, &from);
	for (long round = 0; round < rounds; round++)
		take_turn();
	getrusage(RUSAGE_THREAD, &to);
	blocked[(long)number] = to.ru_nvcsw - from.ru_nvcsw;
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
	long threads = argc == 3 ? atol(argv[1]) : 0, waits = 0;
	pthread_t workers[THREADS_MAX];
	double from;
	sigset_t go;
	int number;

	if (threads < 1 || threads > THREADS_MAX)
		return 2;
	rounds = atol(argv[2]);
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
