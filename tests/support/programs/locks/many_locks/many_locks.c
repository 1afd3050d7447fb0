// SPDX-License-Identifier: BSD-2-Clause
/*
 * many_locks [COUNT]: two threads wait a few microseconds for each of COUNT mutexes (a million when
 * not said), no two of which share an address; beside them two threads contend for hot_lock, whose
 * wait is in the truth. Says how long the cold ones were waited for, too, in all.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "../truth.h"

#define COUNT_MAX   1000000
#define THREADS     2
#define PATIENCE_NS 20000

static pthread_mutex_t cold_locks[COUNT_MAX];
static pthread_mutex_t hot_lock = PTHREAD_MUTEX_INITIALIZER;
static int hot_truth;
static long count = COUNT_MAX;

static struct cold {
	uint64_t waits, wait_ns;
	uint64_t blocked; /* of the waits: some time out before they come to it */
} cold[THREADS];

/* Somebody has each of them, so that all wait in vain, and not for long. */
static void take_cold_locks(void)
{
	for (long i = 0; i < count; i++) {
		pthread_mutex_init(&cold_locks[i], NULL);
		pthread_mutex_lock(&cold_locks[i]);
	}
}

__attribute__((noinline)) static void try_cold(pthread_mutex_t *lock, struct cold *sum)
{
	struct timespec until;
	uint64_t from_ns = truth_now();

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += PATIENCE_NS;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	if (pthread_mutex_timedlock(lock, &until) != ETIMEDOUT)
		abort();
	sum->wait_ns += truth_now() - from_ns;
	sum->waits++;
}

static void *wander(void *number)
{
	long me = (long)number;
	struct rusage usage;

	truth_thread("wanderer");
	prctl(PR_SET_TIMERSLACK, 1);
	for (long i = me; i < count && !truth_stopped(); i += THREADS)
		try_cold(&cold_locks[i], &cold[me]);
	getrusage(RUSAGE_THREAD, &usage);
	cold[me].blocked = (uint64_t)usage.ru_nvcsw;
	return NULL;
}

__attribute__((noinline)) static void take_hot(uint64_t hold_ns)
{
	if (pthread_mutex_trylock(&hot_lock)) {
		uint64_t from_ns = truth_now();

		pthread_mutex_lock(&hot_lock);
		truth_waited(hot_truth, __func__, from_ns, false);
	}
	truth_acquired(hot_truth);
	truth_sleep(hold_ns);
	truth_releasing(hot_truth);
	pthread_mutex_unlock(&hot_lock);
}

static volatile bool wandered;

static void *contend(void *number)
{
	truth_thread((long)number ? "hot-1" : "hot-0");
	while (!wandered) {
		take_hot(4000000);
		truth_sleep(500000);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t wanderers[THREADS], contenders[2];
	struct cold all = { 0 };

	truth_begin("many_locks");
	if (argc > 1)
		count = atol(argv[1]);
	if (count < 1 || count > COUNT_MAX)
		return 2;
	hot_truth = truth_lock("hot_lock", "normal", &hot_lock, sizeof(hot_lock));
	take_cold_locks();
	for (long i = 0; i < 2; i++)
		if (pthread_create(&contenders[i], NULL, contend, (void *)i))
			return 1;
	for (long i = 0; i < THREADS; i++)
		if (pthread_create(&wanderers[i], NULL, wander, (void *)i))
			return 1;
	for (int i = 0; i < THREADS; i++) {
		pthread_join(wanderers[i], NULL);
		all.waits += cold[i].waits;
		all.wait_ns += cold[i].wait_ns;
		all.blocked += cold[i].blocked;
	}
	wandered = true;
	for (int i = 0; i < 2; i++)
		pthread_join(contenders[i], NULL);
	truth_print();
	printf("{\"cold_waits\":%llu,\"cold_blocked\":%llu,\"cold_wait_ns\":%llu}\n",
	       (unsigned long long)all.waits, (unsigned long long)all.blocked,
	       (unsigned long long)all.wait_ns);
	return 0;
}
