// SPDX-License-Identifier: BSD-2-Clause
/*
 * idle_pool [SECONDS]: 64 threads wait for work on one condition variable, and none comes; one
 * thread computes. Nobody ever finds queue_lock taken, and the program ends without waking anybody.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../truth.h"

#define POOL 64

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_ready = PTHREAD_COND_INITIALIZER;
static volatile unsigned int waiting, found_taken;

static void take(void)
{
	while (pthread_mutex_trylock(&queue_lock)) {
		found_taken++;
		usleep(100);
	}
}

__attribute__((noinline)) static void await_work(void)
{
	take();
	waiting++;
	for (;;)
		pthread_cond_wait(&work_ready, &queue_lock);
}

static void *idle(void *nothing)
{
	truth_thread("idle");
	await_work();
	return nothing;
}

static void *busy(void *nothing)
{
	truth_thread("busy");
	while (!truth_stopped())
		truth_compute_cpu(1000000);
	return nothing;
}

/* The next begins when this one has given the mutex up again, that is, waits. */
static void start_idle(unsigned int number)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, idle, NULL))
		exit(1);
	for (;;) {
		unsigned int now;

		take();
		now = waiting;
		pthread_mutex_unlock(&queue_lock);
		if (now > number)
			return;
		usleep(100);
	}
}

int main(int argc, char **argv)
{
	pthread_t thread;

	truth_begin("idle_pool");
	truth_set_seconds(argc > 1 ? atof(argv[1]) : 0);
	truth_lock("queue_lock", "normal", &queue_lock, sizeof(queue_lock));
	truth_lock("work_ready", "condition", &work_ready, sizeof(work_ready));
	for (unsigned int i = 0; i < POOL; i++)
		start_idle(i);
	if (pthread_create(&thread, NULL, busy, NULL))
		return 1;
	pthread_join(thread, NULL);
	truth_print();
	_exit(0);
}
