// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/patience.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/units.h"

TestSuite(symbol_patience, .timeout = 30);

/* Processes that do not exist: who is asked about is only a name. */
#define STUCK 4000001
#define OTHER 4000002

struct sum {
	int a, b, sum;
};

static void add(pid_t pid, void *data)
{
	struct sum *sum = data;

	(void)pid;
	sum->sum = sum->a + sum->b;
}

static void wait_for_event(pid_t pid, void *data)
{
	eventfd_t count;

	(void)pid;
	eventfd_read(*(int *)data, &count);
	*(int *)data = -1;
}

static void work_for_half_a_second(pid_t pid, void *data)
{
	uint64_t until_ns = clock_now_ns(CLOCK_THREAD_CPUTIME_ID) + 500 * NSEC_PER_MSEC;

	(void)pid;
	while (clock_now_ns(CLOCK_THREAD_CPUTIME_ID) < until_ns)
		;
	*(int *)data = 1;
}

static void check_sum(pid_t pid)
{
	struct sum sum = { 2, 3, 0 };

	cr_assert_eq(patience_ask(pid, add, &sum, sizeof(sum)), 0);
	cr_assert_eq(sum.sum, 5);
}

/* The descriptor that ends the question. */
static int leave_one(pid_t pid)
{
	int fd = eventfd(0, EFD_CLOEXEC), data = fd;

	cr_assert_eq(patience_ask(pid, wait_for_event, &data, sizeof(data)), -EBUSY);
	cr_assert_eq(data, fd, "what was not answered is what it was");
	return fd;
}

Test(symbol_patience, takes_what_the_question_made_of_the_data)
{
	check_sum(OTHER);
	check_sum(OTHER);
}

Test(symbol_patience, ends_where_there_is_no_answer)
{
	uint64_t before_ns = monotonic_ns(), took_ns;

	leave_one(STUCK);
	took_ns = monotonic_ns() - before_ns;
	cr_assert_geq(took_ns, PATIENCE_NS);
	cr_assert_leq(took_ns, 10 * PATIENCE_NS);
	check_sum(OTHER);
}

Test(symbol_patience, does_not_wait_for_the_same_process_again)
{
	struct sum sum = { 0 };
	uint64_t before_ns;

	leave_one(STUCK);
	before_ns = monotonic_ns();
	for (int i = 0; i < 100; i++)
		cr_assert_eq(patience_ask(STUCK, add, &sum, sizeof(sum)), -EBUSY);
	cr_assert_not(patience_answers(STUCK, 0));
	cr_assert_lt(monotonic_ns() - before_ns, PATIENCE_NS);
}

Test(symbol_patience, asks_again_once_there_was_an_answer)
{
	struct sum sum = { 2, 3, 0 };
	int fd = leave_one(STUCK);

	eventfd_write(fd, 1);
	for (int i = 0; i < 500 && patience_ask(STUCK, add, &sum, sizeof(sum)); i++)
		usleep(10000);
	cr_assert_eq(sum.sum, 5);
}

Test(symbol_patience, waits_for_who_works)
{
	uint64_t before_ns = patience_spent_ns();
	int data = 0;

	cr_assert_eq(patience_ask(OTHER, work_for_half_a_second, &data, sizeof(data)), 0);
	cr_assert_eq(data, 1);
	cr_assert_geq(patience_spent_ns() - before_ns, 500 * NSEC_PER_MSEC,
		      "bounds of work count it");
}

Test(symbol_patience, leaves_so_many_threads_behind_and_no_more)
{
	int fds[PATIENCE_HELPERS_MAX];
	struct sum sum = { 2, 3, 0 };

	for (size_t i = 0; i < PATIENCE_HELPERS_MAX; i++)
		fds[i] = leave_one(STUCK + (pid_t)i);
	cr_assert_eq(patience_ask(1, add, &sum, sizeof(sum)), -EBUSY);
	eventfd_write(fds[0], 1);
	for (int i = 0; i < 500 && patience_ask(1, add, &sum, sizeof(sum)); i++)
		usleep(10000);
	cr_assert_eq(sum.sum, 5);
}

Test(symbol_patience, is_answered_by_ourselves_and_by_nobody)
{
	cr_assert(patience_answers(getpid(), 0));
	cr_assert(patience_answers(STUCK, 0));
}
