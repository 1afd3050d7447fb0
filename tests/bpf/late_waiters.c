// SPDX-License-Identifier: BSD-2-Clause
/* How many wait for a lock, when whoever waits becomes a target or is one no longer. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <unistd.h>

#include "tests/bpf/watched.h"

TestSuite(late_waiters, .timeout = 60);

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

static void *wait_for_held(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&held);
	pthread_mutex_unlock(&held);
	return NULL;
}

static pthread_t start_waiter(void)
{
	pthread_t waiter;

	pthread_mutex_lock(&held);
	cr_assert_eq(pthread_create(&waiter, NULL, wait_for_held, NULL), 0);
	usleep(50000);
	return waiter;
}

static void end_waiter(pthread_t waiter)
{
	pthread_mutex_unlock(&held);
	pthread_join(waiter, NULL);
}

static const struct lock_row *row_of_held(struct probe *probe, uint32_t *ret_at)
{
	const struct lock_row *rows = probe_locks(probe);

	for (uint32_t i = 0; i < LOCK_ROWS; i++) {
		*ret_at = i;
		if (probe_lock_keys(probe)[i] == (uintptr_t)&held)
			return &rows[i];
	}
	cr_assert_fail("nobody is seen to wait for it");
	return NULL;
}

/* Else a daemon that lives long would count waiters for ever, and its table would fill. */
Test(late_waiters, who_is_no_target_any_more_waits_for_nothing)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 64 });
	const struct lock_row *row;
	pthread_t waiter;
	uint32_t at;

	waiter = start_waiter();
	watch_process(probe, 0, getpid());
	row = row_of_held(probe, &at);
	cr_assert_eq(row->word >> SET_TIME_BITS, 1);
	cr_assert_eq(probe_unmark(probe, 0), 0);
	cr_assert_eq(row->word >> SET_TIME_BITS, 0);
	probe_lock_free(probe, at);
	cr_assert_eq(probe_lock_keys(probe)[at], 0);
	end_waiter(waiter);
	probe_close(probe);
}

/* Else the first session's holders would be blamed for two, and one of them for ever. */
Test(late_waiters, who_is_marked_for_another_set_while_it_waits_waits_once)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 64 });
	const struct lock_row *row;
	pthread_t waiter;
	uint32_t at;

	waiter = start_waiter();
	for (uint32_t set = 0; set < 2; set++) {
		watch_process(probe, set, getpid());
		row = row_of_held(probe, &at);
		cr_assert_eq(row->word >> SET_TIME_BITS, 1, "after set %u", set);
	}
	cr_assert_eq(row->sets, 3);
	end_waiter(waiter);
	cr_assert_eq(row->word >> SET_TIME_BITS, 0);
	probe_close(probe);
}
