// SPDX-License-Identifier: BSD-2-Clause
/*
 * unseen: two wait for a lock, one of them gets it after half a second without anybody's call (its
 * wait times out, and it finds the word free), has it for a tenth of a second and wakes the other.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../truth.h"

static int unseen_word = 2;

static void wait_ns(long ns)
{
	struct timespec timeout = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	syscall(SYS_futex, &unseen_word, FUTEX_WAIT_PRIVATE, 2, &timeout, NULL, 0);
}

static void *other(void *nothing)
{
	truth_thread("other");
	wait_ns(5000000000);
	return nothing;
}

static void *getter(void *nothing)
{
	truth_thread("getter");
	wait_ns(500000000);
	truth_sleep(100000000);
	syscall(SYS_futex, &unseen_word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	return nothing;
}

int main(void)
{
	pthread_t threads[2];

	truth_begin("unseen");
	if (pthread_create(&threads[0], NULL, other, NULL) ||
	    pthread_create(&threads[1], NULL, getter, NULL))
		return 1;
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return 0;
}
