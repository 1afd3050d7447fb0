// SPDX-License-Identifier: BSD-2-Clause
/*
 * bystander: two wait for a mutex, with a timeout of some milliseconds, over and over; on the same
 * CPU a third, which never touches it, wakes a word of its own that nobody waits for. So it is
 * nearly always the one that the timer interrupts, in the midst of such a call.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../truth.h"

#define TIMEOUT_NS 4000000

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static int own_word;

static void *visit(void *nothing)
{
	truth_thread("visitor");
	while (!truth_stopped()) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += TIMEOUT_NS;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		if (pthread_mutex_timedlock(&kept_lock, &until) != ETIMEDOUT)
			abort();
	}
	return nothing;
}

static void *wake_nobody(void *nothing)
{
	truth_thread("bystander");
	while (!truth_stopped())
		for (int i = 0; i < 1000; i++)
			syscall(SYS_futex, &own_word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	return nothing;
}

int main(void)
{
	pthread_t threads[3];
	cpu_set_t first;

	truth_begin("bystander");
	truth_set_seconds(1.5);
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);
	pthread_mutex_lock(&kept_lock);
	for (int i = 0; i < 3; i++)
		if (pthread_create(&threads[i], NULL, i < 2 ? visit : wake_nobody, NULL))
			return 1;
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
