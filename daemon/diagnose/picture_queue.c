/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of the picture: locks that are a queue for work. Who has such a lock waits for the next message
 * (Python's pools, servers that accept in turn, a receiver that threads share), and who waits for
 * the lock waits for work as well.
 */
#include <math.h>
#include <string.h>

#include "daemon/diagnose/picture_parts.h"

static bool is_any_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

bool picture_is_for_next(const struct report_syscall *call)
{
	static const char *const of_clients[] = { "accept", "accept4", NULL };
	static const char *const of_pipes[] = { "read", "readv", NULL };

	if (!call->name)
		return false;
	return is_any_of(call->name, of_clients) ||
	       (is_any_of(call->name, of_pipes) && call->file && !strcmp(call->file, "pipe"));
}

/* For whatever comes next. An answer that was asked for is another thing: sockets bring these. */
static bool is_for_work(const struct report_syscall *call)
{
	static const char *const events[] = { "epoll_wait", "epoll_pwait", "epoll_pwait2", NULL };

	return picture_is_for_next(call) || (call->name && is_any_of(call->name, events));
}

/* Of the time that the thread is blocked, and not for a lock, that for its next work. */
static double time_for_work(const struct report_figures *figures, double *ret_blocked)
{
	double sum = 0, all = 0;

	for (int cause = 0; cause < WAIT_COUNT; cause++) {
		const struct report_wait *wait = &figures->waits[cause];

		if (cause == WAIT_LOCK)
			continue;
		all += picture_known(wait->time_ns);
		for (size_t i = 0; i < wait->syscalls_count; i++)
			if (is_for_work(&wait->syscalls[i]))
				sum += picture_known(wait->syscalls[i].time_ns);
	}
	*ret_blocked = all;
	return fmin(sum, all);
}

static double part_for_work(const struct thread_facts *holder)
{
	double blocked, sum = time_for_work(&holder->row->figures, &blocked);

	return share(fmin(sum + holder->given, blocked), blocked);
}

/*
 * Who waited for the lock did not have it: the last releaser is named for intervals that were
 * another's where that one's own release went unseen. Such a holder says nothing.
 */
static bool may_have_held(const struct report_lock *lock, const struct report_holder *holder,
			  const struct thread_facts *facts)
{
	double own = 0;

	for (size_t i = 0; i < picture_waiters(lock); i++)
		if (lock->waiters[i].tid == holder->tid)
			own += (double)lock->waiters[i].wait_ns;
	return share((double)holder->blocked_others_ns, (double)picture_waiters(lock)) <=
	       facts->life - fmin(own, facts->life);
}

/* Mostly nobody does: then it makes no difference who of thousands had it. */
static bool any_is_for_work(const struct picture *picture, const struct report_lock *lock)
{
	for (size_t i = 0; i < picture_holders(lock); i++) {
		const struct thread_facts *holder = picture_thread(picture, lock->holders[i].tid);

		if (holder && part_for_work(holder) > 0)
			return true;
	}
	return false;
}

double picture_queue_share(const struct picture *picture, const struct report_lock *lock)
{
	const struct report_holder_state *state = &lock->holder_state_ns;
	double asleep = (double)(state->io + state->other);
	double whole = asleep + (double)(state->running + state->ready + state->lock);
	double sum = 0, all = 0;

	if (!asleep || !any_is_for_work(picture, lock))
		return 0;
	for (size_t i = 0; i < picture_holders(lock); i++) {
		const struct thread_facts *holder = picture_thread(picture, lock->holders[i].tid);
		double blocked = (double)lock->holders[i].blocked_others_ns;

		if (holder && !may_have_held(lock, &lock->holders[i], holder))
			continue;
		all += blocked;
		if (holder)
			sum += blocked * part_for_work(holder);
	}
	return share(asleep, whole) * share(sum, all);
}

/* ---- locks of files: nobody sees who has them ---- */

double picture_file_lock_wait(const struct thread_facts *facts)
{
	static const char *const calls[] = { "flock", "fcntl", NULL };
	const struct report_wait *wait = facts->row ? &facts->row->figures.waits[WAIT_LOCK] : NULL;
	double sum = 0;

	for (size_t i = 0; wait && i < wait->syscalls_count; i++)
		if (wait->syscalls[i].name && is_any_of(wait->syscalls[i].name, calls))
			sum += picture_known(wait->syscalls[i].time_ns);
	return sum;
}

/*
 * What they do outside of locks is what the holder may do; who waits for others or for a child is
 * not it.
 */
double picture_file_queue_share(const struct picture *picture, const char *name)
{
	double for_work = 0, other = 0;

	for (size_t i = 0; i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];
		const struct report_figures *figures;
		double blocked, sum;

		if (!facts->row || !facts->row->name || strcmp(facts->row->name, name) != 0)
			continue;
		figures = &facts->row->figures;
		sum = time_for_work(figures, &blocked);
		for_work += sum;
		other += facts->running + facts->ready + blocked - sum -
			 picture_known(figures->waits[WAIT_CONDITION].time_ns) -
			 picture_known(figures->waits[WAIT_CHILD].time_ns);
	}
	return share(for_work, for_work + fmax(other, 0));
}
