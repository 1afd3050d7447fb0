// SPDX-License-Identifier: BSD-2-Clause
/* Who holds a lock by its memory, and what a holder did long ago while others waited for it. */
#include <criterion/criterion.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
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

static uint32_t index_of_word(struct probe *probe)
{
	for (uint32_t i = 0; i < LOCK_ROWS; i++)
		if (probe_lock_keys(probe)[i] == (uintptr_t)&word)
			return i;
	cr_assert_fail("nobody is seen to wait");
	return 0;
}

static struct lock_row *row_of_word(struct probe *probe)
{
	return probe_lock(probe, index_of_word(probe));
}

static struct lock_edge *edge_of_oneself(struct probe *probe)
{
	struct lock_edge *edges = (struct lock_edge *)(uintptr_t)probe_edges(probe);
	uint32_t row = index_of_word(probe) + 1;

	for (uint32_t i = 0; i < EDGE_ROWS; i++)
		if (probe_edge_keys(probe)[i] && edges[i].lock == row &&
		    edges[i].tid == (uint32_t)gettid())
			return &edges[i];
	cr_assert_fail("neither a wait nor a release was seen");
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

#define WAITS 80

/* How many of so many waits had the lock's memory asked who has it. */
static unsigned int asked_of(struct probe *probe, bool pretend_short)
{
	struct timespec moment = { .tv_nsec = NSEC_PER_MSEC };
	unsigned int asked = 0;

	for (int i = 0; i < WAITS; i++) {
		syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 2, &moment, NULL, 0);
		asked += row_of_word(probe)->owner_asked;
		row_of_word(probe)->owner_asked = 0;
		if (pretend_short)
			edge_of_oneself(probe)->blocked_ns = 0;
	}
	return asked;
}

Test(lock_holders, are_asked_for_at_each_wait_where_waits_are_long)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 64 });

	watch_process(probe, 0, getpid());
	cr_assert_eq(asked_of(probe, false), WAITS);
	probe_close(probe);
}

Test(lock_holders, are_asked_for_at_the_first_sixteen_and_one_in_eight_where_waits_are_short)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 64 });

	watch_process(probe, 0, getpid());
	cr_assert_eq(asked_of(probe, true), 16 + (WAITS - 16) / 8);
	probe_close(probe);
}
