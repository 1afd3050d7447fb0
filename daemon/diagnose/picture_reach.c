/* SPDX-License-Identifier: BSD-2-Clause */
/* Of the picture: what would be if a cause of waiting vanished. */
#include <math.h>

#include "daemon/diagnose/picture.h"
#include "daemon/diagnose/thresholds.h"

/* A thread's running time if `lost` of its life went on as the rest of it does. */
static double would_run(const struct thread_facts *facts, double lost)
{
	double rest = facts->life - fmin(lost, facts->life);

	if (rest < threshold(THRESHOLD_KNOWN_REST) * facts->life)
		return facts->life;
	return fmin(facts->running * facts->life / rest, facts->life);
}

double picture_unbounded(const struct picture *picture, enum cause cause)
{
	double sum = 0;

	for (size_t i = 0; i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];

		sum += would_run(facts,
				 facts->lost[cause] + (cause == CAUSE_IO ? facts->behind_io : 0));
	}
	return share(sum, picture->window);
}

double picture_reach(const struct picture *picture, enum cause cause)
{
	double reach = picture_unbounded(picture, cause);

	return cause == CAUSE_READY ? reach : fmin(reach, picture->attainable);
}

double picture_reach_without(const struct picture *picture, const struct report_lock *lock)
{
	double sum = picture->parallelism * picture->window;
	double part = 1 - picture_queue_share(picture, lock);

	for (size_t i = 0; i < picture_waiters(lock); i++) {
		const struct thread_facts *facts = picture_thread(picture, lock->waiters[i].tid);

		if (facts)
			sum += would_run(facts, part * (double)lock->waiters[i].wait_ns) -
			       facts->running;
	}
	return fmin(share(sum, picture->window), picture->attainable);
}
