// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/wait_moves.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/owned.h"

#define FUTEX_ROW(cause) WAIT_KEY((uint32_t)(cause), FILE_NONE, SYS_futex)
#define OTHER_ROW(cause) WAIT_KEY((uint32_t)(cause), FILE_PIPE, SYS_read)

static const struct wait_move to_lock = {
	.from = WAIT_CONDITION, .to = WAIT_LOCK, .count = 3, .time_ns = 500, .ready_ns = 20
};

static struct wait_move back(const struct wait_move *move)
{
	struct wait_move ret = *move;

	ret.from = move->to;
	ret.to = move->from;
	return ret;
}

static struct report_wait sum_of(const struct report_figures *figures)
{
	struct report_wait sum = { 0 };

	for (size_t i = 0; i < WAIT_COUNT; i++) {
		sum.count += figures->waits[i].count;
		sum.time_ns += figures->waits[i].time_ns;
		sum.ready_ns += figures->waits[i].ready_ns;
	}
	return sum;
}

Test(wait_moves, a_threads_moves_are_found_by_its_tid)
{
	struct wait_move moves[] = { { .tid = 9 }, { .tid = 4 }, { .tid = 7 }, { .tid = 4 } };
	const struct wait_move *found;
	size_t count;

	wait_moves_sort(moves, ARRAY_LEN(moves));
	found = wait_moves_of(moves, ARRAY_LEN(moves), 4, &count);
	cr_assert_eq(count, 2);
	cr_assert_eq(found, moves);
	found = wait_moves_of(moves, ARRAY_LEN(moves), 9, &count);
	cr_assert_eq(count, 1);
	cr_assert_eq(found->tid, 9);
	for (uint64_t tid = 3; tid <= 10; tid++) {
		wait_moves_of(moves, ARRAY_LEN(moves), tid, &count);
		cr_assert_eq(count, tid == 4 ? 2 : tid == 7 || tid == 9, "thread %lu", tid);
	}
}

Test(wait_moves, in_no_moves_nobody_has_any)
{
	size_t count = 1;

	wait_moves_sort(NULL, 0);
	wait_moves_of(NULL, 0, 4, &count);
	cr_assert_eq(count, 0);
}

Test(wait_moves, figures_go_from_one_cause_to_the_other_and_back)
{
	struct report_figures figures = { .waiting_ns = 900 };
	struct wait_move again = back(&to_lock);

	figures.waits[WAIT_CONDITION] = (struct report_wait){ 5, 800, 30, NULL, 0 };
	figures.waits[WAIT_LOCK] = (struct report_wait){ 1, 100, 1, NULL, 0 };
	wait_move_figures(&figures, &to_lock);
	cr_assert_eq(figures.waits[WAIT_CONDITION].count, 2);
	cr_assert_eq(figures.waits[WAIT_CONDITION].time_ns, 300);
	cr_assert_eq(figures.waits[WAIT_CONDITION].ready_ns, 10);
	cr_assert_eq(figures.waits[WAIT_LOCK].count, 4);
	cr_assert_eq(figures.waits[WAIT_LOCK].time_ns, 600);
	cr_assert_eq(figures.waits[WAIT_LOCK].ready_ns, 21);
	wait_move_figures(&figures, &again);
	cr_assert_eq(figures.waits[WAIT_CONDITION].time_ns, 800);
	cr_assert_eq(figures.waits[WAIT_LOCK].time_ns, 100);
	cr_assert_eq(sum_of(&figures).time_ns, figures.waiting_ns);
}

Test(wait_moves, no_more_than_there_is_is_moved)
{
	struct report_figures figures = { 0 };
	struct report_wait sum;

	figures.waits[WAIT_CONDITION] = (struct report_wait){ 1, 800, 0, NULL, 0 };
	figures.waits[WAIT_IO] = (struct report_wait){ 7, 70, 7, NULL, 0 };
	wait_move_figures(&figures, &to_lock);
	cr_assert_eq(figures.waits[WAIT_CONDITION].count, 0);
	cr_assert_eq(figures.waits[WAIT_CONDITION].time_ns, 300);
	cr_assert_eq(figures.waits[WAIT_LOCK].count, 1);
	cr_assert_eq(figures.waits[WAIT_LOCK].ready_ns, 0);
	sum = sum_of(&figures);
	cr_assert_eq(sum.count, 8);
	cr_assert_eq(sum.time_ns, 870);
	cr_assert_eq(sum.ready_ns, 7);
}

Test(wait_moves, rows_of_futex_calls_follow_and_others_stay)
{
	struct wait_sum rows[SYSCALL_ROWS] = { { OTHER_ROW(WAIT_CONDITION), 9, 9000 },
					       { FUTEX_ROW(WAIT_CONDITION), 5, 800 },
					       { FUTEX_ROW(WAIT_IO), 5, 800 } };
	size_t count = 3;

	wait_move_rows(rows, &count, SYSCALL_ROWS, &to_lock);
	cr_assert_eq(count, 4);
	cr_assert_eq(rows[0].time_ns, 9000);
	cr_assert_eq(rows[1].count, 2);
	cr_assert_eq(rows[1].time_ns, 300);
	cr_assert_eq(rows[2].time_ns, 800);
	cr_assert_eq(rows[3].key, FUTEX_ROW(WAIT_LOCK));
	cr_assert_eq(rows[3].count, 3);
	cr_assert_eq(rows[3].time_ns, 500);
}

Test(wait_moves, a_row_that_is_there_is_added_to)
{
	struct wait_sum rows[2] = { { FUTEX_ROW(WAIT_LOCK), 1, 100 },
				    { FUTEX_ROW(WAIT_CONDITION), 2, 200 } };
	struct wait_move again = back(&to_lock);
	size_t count = 2;

	wait_move_rows(rows, &count, 2, &to_lock);
	cr_assert_eq(count, 2);
	cr_assert_eq(rows[0].count, 3);
	cr_assert_eq(rows[0].time_ns, 300, "no more than there is");
	cr_assert_eq(rows[1].count, 0);
	cr_assert_eq(rows[1].time_ns, 0);
	again.count = 2;
	again.time_ns = 200;
	wait_move_rows(rows, &count, 2, &again);
	cr_assert_eq(rows[0].time_ns, 100);
	cr_assert_eq(rows[1].time_ns, 200);
}

Test(wait_moves, several_futex_calls_give_until_it_is_enough)
{
	struct wait_sum rows[8] = { { FUTEX_ROW(WAIT_CONDITION), 2, 200 },
				    { WAIT_KEY(WAIT_CONDITION, FILE_NONE, SYS_futex_waitv), 5,
				      900 } };
	size_t count = 2;

	wait_move_rows(rows, &count, ARRAY_LEN(rows), &to_lock);
	cr_assert_eq(count, 4);
	cr_assert_eq(rows[0].time_ns, 0);
	cr_assert_eq(rows[1].count, 4);
	cr_assert_eq(rows[1].time_ns, 600);
	cr_assert_eq(rows[2].time_ns, 200);
	cr_assert_eq(rows[3].time_ns, 300);
	cr_assert_eq(rows[3].key, WAIT_KEY(WAIT_LOCK, FILE_NONE, SYS_futex_waitv));
}

Test(wait_moves, in_rows_without_a_futex_nothing_is_moved)
{
	struct wait_sum rows[] = { { OTHER_ROW(WAIT_CONDITION), 9, 9000 },
				   { WAIT_KEY(WAIT_CONDITION, FILE_NONE, WAIT_NO_SYSCALL), 1,
				     10 } };
	size_t count = 2, none = 0;

	wait_move_rows(rows, &count, ARRAY_LEN(rows), &to_lock);
	cr_assert_eq(count, 2);
	cr_assert_eq(rows[0].time_ns + rows[1].time_ns, 9010);
	wait_move_rows(rows, &none, ARRAY_LEN(rows), &to_lock);
	cr_assert_eq(none, 0);
}

/* What rows lack of their cause is told as others: they must never have more than it. */
Test(wait_moves, without_room_for_another_row_the_first_one_gives_all_the_same)
{
	struct wait_sum rows[2] = { { FUTEX_ROW(WAIT_CONDITION), 5, 800 },
				    { OTHER_ROW(WAIT_IO), 1, 10 } };
	size_t count = 2;

	wait_move_rows(rows, &count, 2, &to_lock);
	cr_assert_eq(count, 2);
	cr_assert_eq(rows[0].count, 2);
	cr_assert_eq(rows[0].time_ns, 300);
	cr_assert_eq(rows[1].time_ns, 10);
}

Test(wait_moves, what_a_thread_cannot_give_the_sums_do_not_give_either)
{
	struct wait_move moves[] = { to_lock, to_lock, to_lock };
	struct report_figures thread = { 0 }, sums = { 0 };

	moves[1].pid = 5;
	thread.waits[WAIT_CONDITION] =
		(struct report_wait){ .count = 4, .time_ns = 700, .ready_ns = 30 };
	sums.waits[WAIT_CONDITION] =
		(struct report_wait){ .count = 9, .time_ns = 9000, .ready_ns = 900 };
	wait_moves_cut(moves, ARRAY_LEN(moves), 0, &thread);
	cr_assert_eq(moves[1].count, 3, "of another process");
	for (size_t i = 0; i < ARRAY_LEN(moves); i += 2) {
		wait_move_figures(&thread, &moves[i]);
		wait_move_figures(&sums, &moves[i]);
	}
	cr_assert_eq(thread.waits[WAIT_LOCK].count, 4);
	cr_assert_eq(thread.waits[WAIT_LOCK].time_ns, 700);
	cr_assert_eq(thread.waits[WAIT_LOCK].ready_ns, 30);
	cr_assert_eq(sums.waits[WAIT_LOCK].count, 4);
	cr_assert_eq(sums.waits[WAIT_LOCK].time_ns, 700);
	cr_assert_eq(sums.waits[WAIT_LOCK].ready_ns, 30);
}
