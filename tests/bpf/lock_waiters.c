// SPDX-License-Identifier: BSD-2-Clause
/* How many wait for a lock: whatever happens at the same time on other CPUs, nobody for ever. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/probe/probe.h"

TestSuite(lock_waiters, .timeout = 60);

#define THREADS  4
#define ROUNDS   3
#define STORM_NS (100 * NSEC_PER_MSEC)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool is_over;
static uint64_t section_ns = 2000;

static void spin(uint64_t ns)
{
	uint64_t until_ns = clock_now_ns(CLOCK_MONOTONIC) + ns;

	while (clock_now_ns(CLOCK_MONOTONIC) < until_ns)
		;
}

/* Short enough for a wake to come while its thread is still on the way to sleep. */
static void *take_and_release(void *number)
{
	unsigned int seed = (unsigned int)(uintptr_t)number;

	while (!atomic_load(&is_over)) {
		pthread_mutex_lock(&lock);
		spin(section_ns);
		pthread_mutex_unlock(&lock);
		spin((uint64_t)rand_r(&seed) % (4 * section_ns));
	}
	return NULL;
}

static struct probe *open_probe(void)
{
	struct probe_options options = { .max_threads = 64 };
	struct probe *probe = NULL;
	char why[256] = "";

	cr_assert_eq(probe_open(&options, &probe, why, sizeof(why)), 0, "%s", why);
	cr_assert_eq(probe_watch_wakes(probe, true), 0);
	cr_assert_eq(probe_want(probe, getpid(), WANT_PID), 0);
	return probe;
}

static uint64_t waiters_left(struct probe *probe, uint64_t *waits)
{
	const uint64_t *keys = probe_lock_keys(probe);
	uint64_t left = 0;

	for (uint32_t i = 0; i < LOCK_ROWS; i++) {
		if (keys[i] <= LOCK_BUSY)
			continue;
		left += probe_lock(probe, i)->word >> SET_TIME_BITS;
		*waits += probe_lock(probe, i)->sums[0].waits;
	}
	return left;
}

static void storm(struct probe *probe, uint64_t ns)
{
	pthread_t threads[THREADS];
	uint64_t marked;

	atomic_store(&is_over, false);
	for (uintptr_t i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, take_and_release, (void *)(i + 1)),
			     0);
	cr_assert_eq(probe_mark(probe, 0, true, false, &marked), 0);
	usleep((useconds_t)(ns / 1000));
	atomic_store(&is_over, true);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* Else the lock would be blamed on its holders for as long as the session lasts. */
Test(lock_waiters, are_none_when_all_have_got_what_they_waited_for)
{
	uint64_t waits = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct probe *probe = open_probe();

		storm(probe, STORM_NS);
		cr_assert_eq(waiters_left(probe, &waits), 0, "in round %d", round);
		probe_close(probe);
	}
	cr_assert_gt(waits, 0);
}

/* What is blamed on the holders of the lock, or on nobody, and how long it was blocked. */
static void sum_blame(struct probe *probe, uint64_t *blamed_ns, uint64_t *blocked_ns)
{
	const struct lock_edge *edges = probe_edges(probe);
	uint32_t at = 0;

	while (at < LOCK_ROWS && probe_lock_keys(probe)[at] != (uintptr_t)&lock)
		at++;
	cr_assert_lt(at, LOCK_ROWS, "nobody has waited for it");
	*blocked_ns = probe_lock(probe, at)->sums[0].blocked_ns;
	*blamed_ns = probe_lock(probe, at)->sums[0].unattributed_ns;
	for (uint32_t i = 0; i < EDGE_ROWS; i++)
		if (probe_edge_keys(probe)[i] && edges[i].lock == at + 1)
			*blamed_ns += edges[i].blocked_others_ns;
}

/* Who was woken on the way to sleep counts as a waiter until it runs: its run queue is no holder's.
 */
Test(lock_waiters, that_wait_for_a_cpu_are_blamed_on_no_holder)
{
	struct probe *probe = open_probe();
	uint64_t blamed_ns, blocked_ns;

	section_ns = 100;
	storm(probe, 10 * STORM_NS);
	sum_blame(probe, &blamed_ns, &blocked_ns);
	cr_assert_lt((double)blamed_ns, 1.02 * (double)blocked_ns,
		     "%.1f ms blamed, %.1f ms blocked", 1e-6 * (double)blamed_ns,
		     1e-6 * (double)blocked_ns);
	probe_close(probe);
}
