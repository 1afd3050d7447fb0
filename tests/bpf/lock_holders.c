// SPDX-License-Identifier: BSD-2-Clause
/* What a holder did while others waited for it, where that was long ago. */
#include <criterion/criterion.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/units.h"
#include "tests/bpf/watched.h"

TestSuite(lock_holders, .timeout = 60);

static int word = 2;

static void *wait_for_word(void *unused)
{
	struct timespec long_enough = { .tv_sec = 5 };

	syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 2, &long_enough, NULL, 0);
	return unused;
}

static struct thread_slot *slot_of_oneself(struct probe *probe)
{
	for (uint32_t i = 0; i < probe_slots_used(probe); i++)
		if (probe_slot(probe, i)->shown_tid == (uint32_t)gettid())
			return probe_slot(probe, i);
	cr_assert_fail("the test itself is no target");
	return NULL;
}

static struct lock_row *row_of_word(struct probe *probe)
{
	for (uint32_t i = 0; i < LOCK_ROWS; i++)
		if (probe_lock_keys(probe)[i] == (uintptr_t)&word)
			return probe_lock(probe, i);
	cr_assert_fail("nobody is seen to wait");
	return NULL;
}

static const struct lock_edge *edge_of_oneself(struct probe *probe)
{
	const struct lock_edge *edges = probe_edges(probe);

	for (uint32_t i = 0; i < EDGE_ROWS; i++)
		if (probe_edge_keys(probe)[i] && edges[i].releases &&
		    edges[i].tid == (uint32_t)gettid())
			return &edges[i];
	cr_assert_fail("the release was not seen");
	return NULL;
}

/* A second, or less on a machine that was started just now: nothing was before that. */
static uint64_t second_at(uint64_t now_ns)
{
	return now_ns / 25 < NSEC_PER_SEC ? now_ns / 25 : NSEC_PER_SEC;
}

/* As if the thread had read a file from 20 s ago until 5 s ago; few switches ago are the entries
 * that would tell it exactly. */
static void pretend_long_io(struct thread_slot *slot, uint64_t now_ns)
{
	uint64_t second = second_at(now_ns);

	slot->past_rounds = 1;
	slot->moments[4] = (struct past_moment){ .at_ns = now_ns - 20 * second };
	slot->moments[5] =
		(struct past_moment){ .at_ns = now_ns - 5 * second, .io_ns = 15 * second };
	slot->waits[WAIT_IO].time_ns += 15 * second;
}

/* Else a product of nanoseconds wraps, and I/O under a lock is told as sleep. */
Test(lock_holders, that_read_a_file_for_many_seconds_are_known_to_have_done_io)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 64 });
	const struct lock_edge *edge;
	pthread_t waiter;
	uint64_t now_ns, second;

	cr_assert_eq(probe_watch_wakes(probe, true), 0);
	watch_process(probe, 0, getpid());
	cr_assert_eq(pthread_create(&waiter, NULL, wait_for_word, NULL), 0);
	usleep(50000);
	now_ns = probe_now(probe);
	second = second_at(now_ns);
	row_of_word(probe)->since_ns = now_ns - 10 * second;
	pretend_long_io(slot_of_oneself(probe), now_ns);
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	pthread_join(waiter, NULL);
	edge = edge_of_oneself(probe);
	cr_assert_float_eq((double)edge->state_ns[HOLDER_IO] / (double)second, 5, 0.05, "%.3f s",
			   1e-9 * (double)edge->state_ns[HOLDER_IO]);
	probe_close(probe);
}
