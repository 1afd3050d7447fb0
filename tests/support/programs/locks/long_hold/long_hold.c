// SPDX-License-Identifier: BSD-2-Clause
/*
 * long_hold [SECONDS [BEFORE]]: one thread has a mutex for so long, asleep, while three wait for
 * it, and nothing else happens. Then each takes its turn. BEFORE: seconds that it computes first,
 * while the three sleep.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "../truth.h"

#define VISITORS 3

static pthread_mutex_t quiet_lock = PTHREAD_MUTEX_INITIALIZER;
static int quiet_truth;
static double hold_s = 4, before_s;

static uint64_t ns_of(double seconds)
{
	return (uint64_t)(seconds * 1e9);
}

static void give(void)
{
	truth_releasing(quiet_truth);
	pthread_mutex_unlock(&quiet_lock);
}

static void *hold(void *nothing)
{
	struct truth_account from;

	truth_thread("holder");
	truth_compute(ns_of(before_s));
	pthread_mutex_lock(&quiet_lock);
	truth_acquired(quiet_truth);
	from = truth_account();
	truth_sleep(ns_of(hold_s));
	truth_did(&from, TRUTH_OTHER);
	give();
	return nothing;
}

__attribute__((noinline)) static void visit(void)
{
	uint64_t from_ns = truth_now();

	pthread_mutex_lock(&quiet_lock);
	truth_waited(quiet_truth, __func__, from_ns, false);
	truth_acquired(quiet_truth);
	give();
}

static void *visitor(void *nothing)
{
	truth_thread("visitor");
	truth_sleep(ns_of(before_s + 0.3));
	visit();
	return nothing;
}

int main(int argc, char **argv)
{
	pthread_t threads[1 + VISITORS];

	truth_begin("long_hold");
	if (argc > 1)
		hold_s = atof(argv[1]);
	if (argc > 2)
		before_s = atof(argv[2]);
	quiet_truth = truth_lock("quiet_lock", "normal", &quiet_lock, sizeof(quiet_lock));
	for (int i = 0; i <= VISITORS; i++)
		if (pthread_create(&threads[i], NULL, i ? visitor : hold, NULL))
			return 1;
	for (int i = 0; i <= VISITORS; i++)
		pthread_join(threads[i], NULL);
	truth_print();
	return 0;
}
