/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tail of a pool: one has the last long task, and the others stay in wait for work that does
 * not come. Nobody ends these waits, so no waker tells; the columns of the timeline do.
 */
#include <math.h>

#include "daemon/diagnose/rules.h"

/* Of one column, 0…1. */
static double wants_to_run(const struct thread_facts *facts, size_t column)
{
	const struct report_life *life = &facts->row->life;
	double percent = 0;

	if (column < life->running.columns)
		percent += life->running.percent[column];
	if (column < life->ready.columns)
		percent += life->ready.percent[column];
	return percent / 100;
}

/* After the last column before that one in which it is at work; 0: in none. */
static size_t end_of_work(const struct thread_facts *facts, size_t before, double least)
{
	size_t column = before;

	for (; column; column--)
		if (wants_to_run(facts, column - 1) > least)
			break;
	return column;
}

/* Worked as it does, and may take the same tasks. */
static bool is_peer(const struct thread_facts *slow, const struct thread_facts *facts)
{
	return facts != slow && facts->row && !facts->idle && rule_are_of_a_kind(slow, facts) &&
	       facts->row->tid != slow->row->pid &&
	       facts->running >= threshold(THRESHOLD_KNOWN_REST) * slow->running;
}

static bool rests_for(const struct thread_facts *facts, double time)
{
	return facts->workless + facts->lost[CAUSE_IPC] >= threshold(THRESHOLD_NEARLY_ALL) * time;
}

double rule_tail(const struct picture *picture, const struct thread_facts *slow,
		 struct tail_peers *ret)
{
	size_t last =
		end_of_work(slow, slow->row->life.running.columns, threshold(THRESHOLD_MAINLY));
	double column_ns = (double)picture->report->timeline.column_ns, time;
	size_t from = 0, at;

	*ret = (struct tail_peers){ 0 };
	if (!last)
		return 0;
	for (size_t i = 0; i < picture->threads_count; i++) {
		if (!is_peer(slow, &picture->threads[i]))
			continue;
		/* In the last one that is at work ends, others may go on with what it made. */
		at = end_of_work(&picture->threads[i], last - 1, threshold(THRESHOLD_TOGETHER));
		from = at > from ? at : from;
		ret->count++;
		ret->ran += picture->threads[i].running;
	}
	time = ret->count ? (double)(last - from) * column_ns : 0;
	for (size_t i = 0; i < picture->threads_count; i++)
		if (is_peer(slow, &picture->threads[i]) && !rests_for(&picture->threads[i], time))
			return 0;
	return time;
}

double rule_rest_at_pipes(const struct picture *picture)
{
	double serial, tail, sum = 0;
	const struct thread_facts *slow = rule_most_critical(picture, &serial);
	struct tail_peers peers;

	if (!slow)
		return 0;
	tail = rule_tail(picture, slow, &peers);
	if (tail < threshold(THRESHOLD_SERIAL) * picture->window)
		return 0;
	for (size_t i = 0; i < picture->threads_count; i++)
		if (is_peer(slow, &picture->threads[i]))
			sum += fmin(picture->threads[i].lost[CAUSE_IPC], tail);
	return sum;
}
