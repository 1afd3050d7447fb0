/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of the picture: who waits at a condition for a thread that waits for I/O itself, as the workers
 * behind a reader. Without the I/O both would go on.
 */
#include <math.h>

#include "daemon/diagnose/picture_parts.h"

/* Of what its ender does meanwhile, the part that is I/O; a pipe's other end is not. */
static double part_in_io(const struct picture *picture, const struct report_lock *lock)
{
	const struct report_holder_state *state = &lock->holder_state_ns;
	double whole =
		(double)(state->running + state->ready + state->lock + state->io + state->other);
	double sum = 0, all = 0;

	for (size_t i = 0; i < picture_holders(lock); i++) {
		const struct thread_facts *facts = picture_thread(picture, lock->holders[i].tid);
		double blocked = (double)lock->holders[i].blocked_others_ns;

		all += blocked;
		if (facts)
			sum += blocked * share(facts->lost[CAUSE_IO],
					       facts->lost[CAUSE_IO] + facts->lost[CAUSE_IPC]);
	}
	return share((double)state->io, whole) * share(sum, all);
}

void picture_fill_behind(struct picture *picture)
{
	const struct report *report = picture->report;

	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];
		double part = lock->contended ? 0 : part_in_io(picture, lock);

		for (size_t j = 0; part > 0 && j < picture_waiters(lock); j++) {
			struct thread_facts *facts =
				picture_thread_mutable(picture, lock->waiters[j].tid);

			if (facts && !facts->idle)
				facts->behind_io = fmin(
					facts->behind_io + part * (double)lock->waiters[j].wait_ns,
					facts->workless);
		}
	}
	for (size_t i = 0; i < picture->threads_count; i++)
		picture->behind_io += picture->threads[i].behind_io;
}
