// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/worker.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/units.h"
#include "tests/support/frozen.h"

static struct symbol_worker *worker;
static struct frozen frozen;

static void set_up(void)
{
	cr_assert_eq(symbol_worker_new(&worker), 0);
}

static void tear_down(void)
{
	symbol_worker_free(worker);
	frozen_kill(&frozen);
}

TestSuite(symbol_worker, .init = set_up, .fini = tear_down, .timeout = 60);

static void start(void)
{
	const char *arguments[] = { "main", NULL };

	frozen_start(&frozen, "stacks-nofp", arguments);
	frozen_copy(&frozen, 4096);
}

static struct symbol_answer next(void)
{
	struct pollfd ready = { .fd = symbol_worker_fd(worker), .events = POLLIN };
	struct symbol_answer answer = { 0 };

	while (!symbol_worker_next(worker, &answer))
		cr_assert_eq(poll(&ready, 1, 10000), 1, "an answer comes");
	return answer;
}

Test(symbol_worker, answers_in_order_with_the_ticket_of_the_job)
{
	struct symbol_answer answer;

	start();
	cr_assert_eq(symbol_worker_stack(worker, 7, frozen.pid, &frozen.stack), 0);
	cr_assert_eq(
		symbol_worker_place(worker, 8, frozen.pid, frozen_address(&frozen, "queue_lock")),
		0);
	answer = next();
	cr_assert_eq(answer.ticket, 7);
	cr_assert_eq(answer.kind, ANSWER_STACK);
	cr_assert_eq(answer.pid, frozen.pid);
	cr_assert_eq(answer.error, 0);
	cr_assert(answer.whole && answer.frames_count > 5);
	symbol_answer_release(&answer);
	answer = next();
	cr_assert_eq(answer.ticket, 8);
	cr_assert_eq(answer.kind, ANSWER_PLACE);
	cr_assert_str_eq(answer.place.symbol, "queue_lock");
	cr_assert_eq(symbol_worker_pending(worker), 0);
}

Test(symbol_worker, is_readable_only_while_there_are_answers)
{
	struct pollfd ready = { .fd = symbol_worker_fd(worker), .events = POLLIN };
	struct symbol_answer answer;

	start();
	cr_assert_eq(poll(&ready, 1, 0), 0);
	cr_assert_not(symbol_worker_next(worker, &answer));
	symbol_worker_place(worker, 1, frozen.pid, 0);
	symbol_worker_place(worker, 2, frozen.pid, 0);
	while (symbol_worker_pending(worker) == 2)
		if (symbol_worker_next(worker, &answer))
			break;
	cr_assert_eq(poll(&ready, 1, 10000), 1);
	next();
	cr_assert_eq(poll(&ready, 1, 0), 0);
}

Test(symbol_worker, wakes_its_caller_once_for_answers_that_stand_together)
{
	struct symbolizer_stats stats = { 0 };
	eventfd_t wakes = 0;

	start();
	for (unsigned int i = 0; i < 5; i++)
		symbol_worker_place(worker, i, frozen.pid, 1u << 31);
	/* The last one is known by its being about another process. */
	symbol_worker_place(worker, 5, getpid(), 0);
	while (stats.processes < 2) {
		usleep(1000);
		symbol_worker_stats(worker, &stats);
	}
	cr_assert_eq(eventfd_read(symbol_worker_fd(worker), &wakes), 0);
	cr_assert_eq(wakes, 1);
}

Test(symbol_worker, refuses_more_than_there_is_room_for)
{
	unsigned int taken = 0;

	start();
	while (symbol_worker_stack(worker, taken, frozen.pid, &frozen.stack) == 0)
		taken++;
	cr_assert_eq(taken, SYMBOL_JOBS_MAX);
	cr_assert_eq(symbol_worker_place(worker, 0, frozen.pid, 0), -EAGAIN);
	for (unsigned int i = 0; i < taken; i++) {
		struct symbol_answer answer = next();

		cr_assert_eq(answer.ticket, i);
		cr_assert_eq(answer.error, 0);
		symbol_answer_release(&answer);
	}
	cr_assert_eq(symbol_worker_pending(worker), 0);
	cr_assert_eq(symbol_worker_place(worker, 0, frozen.pid, 0), 0);
}

Test(symbol_worker, says_why_there_is_no_answer)
{
	struct symbol_answer answer;

	start();
	cr_assert_eq(symbol_worker_stack(worker, 1, 1 << 30, &frozen.stack), 0);
	answer = next();
	cr_assert_eq(answer.error, -ESRCH);
	cr_assert(!answer.frames && !answer.frames_count);
}

Test(symbol_worker, forgets_in_turn_and_without_an_answer)
{
	struct symbolizer_stats stats;
	struct symbol_answer answer;

	start();
	cr_assert_eq(symbol_worker_place(worker, 1, frozen.pid, 0), 0);
	answer = next();
	cr_assert_eq(answer.ticket, 1);
	symbol_worker_stats(worker, &stats);
	cr_assert_eq(stats.processes, 1);
	cr_assert(stats.modules >= 3, "program, loader and library: %zu", stats.modules);
	cr_assert_eq(symbol_worker_forget(worker, frozen.pid), 0);
	for (int i = 0; i < 5000 && symbol_worker_pending(worker); i++) {
		cr_assert_not(symbol_worker_next(worker, &answer));
		usleep(1000);
	}
	cr_assert_eq(symbol_worker_pending(worker), 0);
	symbol_worker_stats(worker, &stats);
	cr_assert_eq(stats.processes, 0);
}

Test(symbol_worker, ends_at_once_however_much_is_left_to_do)
{
	uint64_t begin_ns;

	start();
	while (symbol_worker_stack(worker, 0, frozen.pid, &frozen.stack) == 0)
		;
	begin_ns = monotonic_ns();
	symbol_worker_free(worker);
	worker = NULL;
	cr_assert_lt(monotonic_ns() - begin_ns, NSEC_PER_SEC);
}
