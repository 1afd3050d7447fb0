// SPDX-License-Identifier: BSD-2-Clause
/*
 * many_paths COUNT: COUNT threads wait for one mutex, each of them at the end of a call path of its
 * own: at every step of it, a bit of the thread's number says which of two functions is called. On
 * SIGUSR1 the mutex goes from thread to thread, each holds it for PACE_NS. Says "ready" once all
 * are on their way to the mutex; ends when all have had it.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BITS        13
#define THREADS_MAX (1 << BITS)
#define STACK_BYTES (64 << 10)
#define PACE_NS     2000000

pthread_mutex_t crossroads = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t ready;
static pthread_t threads[THREADS_MAX];

static int step(unsigned int number, int bits);

__attribute__((noinline)) static int go_left(unsigned int number, int bits)
{
	return step(number, bits) + 1;
}

__attribute__((noinline)) static int go_right(unsigned int number, int bits)
{
	return step(number, bits) + 2;
}

__attribute__((noinline)) static int wait_here(void)
{
	struct timespec pace = { .tv_nsec = PACE_NS };

	pthread_mutex_lock(&crossroads);
	nanosleep(&pace, NULL);
	pthread_mutex_unlock(&crossroads);
	return 0;
}

/* Something is added to each result, so that no call is the last thing that a function does. */
__attribute__((noinline)) static int step(unsigned int number, int bits)
{
	if (!bits)
		return wait_here() + 1;
	return (number & 1 ? go_right(number >> 1, bits - 1) : go_left(number >> 1, bits - 1)) + 1;
}

static void *walk(void *number)
{
	pthread_barrier_wait(&ready);
	return (void *)(long)step((unsigned int)(long)number, BITS);
}

int main(int argc, char **argv)
{
	long count = argc == 2 ? atol(argv[1]) : 0;
	pthread_attr_t small;
	sigset_t go;
	int signal;

	if (count < 1 || count > THREADS_MAX)
		return 2;
	sigemptyset(&go);
	sigaddset(&go, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &go, NULL);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK_BYTES);
	pthread_barrier_init(&ready, NULL, (unsigned int)count + 1);
	pthread_mutex_lock(&crossroads);
	for (long i = 0; i < count; i++)
		if (pthread_create(&threads[i], &small, walk, (void *)i))
			return 1;
	pthread_barrier_wait(&ready);
	puts("ready");
	fflush(stdout);
	sigwait(&go, &signal);
	pthread_mutex_unlock(&crossroads);
	for (long i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
