/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of the picture: waits that end by work from a thread that nobody asks, as a queue's producer. Who
 * holds a lock in such a wait holds it for work, as one that reads a pipe.
 */
#include <math.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/diagnose/picture_parts.h"
#include "daemon/diagnose/thresholds.h"

/* Waits by which others may ask it for something; who sleeps or waits for clients is not asked. */
static double asked(const struct report_figures *figures)
{
	static const enum wait_cause causes[] = { WAIT_LOCK, WAIT_CONDITION, WAIT_POLL, WAIT_IO,
						  WAIT_IPC };
	double count = 0;

	for (size_t i = 0; i < ARRAY_LEN(causes); i++) {
		const struct report_wait *wait = &figures->waits[causes[i]];

		count += picture_known(wait->count);
		for (size_t j = 0; j < wait->syscalls_count; j++)
			if (picture_is_for_next(&wait->syscalls[j]))
				count -= picture_known(wait->syscalls[j].count);
	}
	return fmax(count, 0);
}

/* Whose answers the others wait for is asked about once for each, whoever is answered. */
static bool is_unasked(const struct picture *picture, const struct report_holder *giver)
{
	const struct thread_facts *facts = picture_thread(picture, giver->tid);

	return facts && asked(&facts->row->figures) <= threshold(THRESHOLD_UNASKED) * facts->gives;
}

static bool is_a_wait_for_others(const struct report_lock *lock)
{
	static const enum lock_kind others[] = { LOCK_JOIN, LOCK_BARRIER };

	for (size_t i = 0; lock->kind && i < ARRAY_LEN(others); i++)
		if (!strcmp(lock->kind, lock_kind_names[others[i]]))
			return false;
	return !lock->contended;
}

static double part_given(const struct picture *picture, const struct report_lock *lock)
{
	double sum = 0, all = 0;

	for (size_t i = 0; i < picture_holders(lock); i++) {
		double blocked = (double)lock->holders[i].blocked_others_ns;

		all += blocked;
		sum += is_unasked(picture, &lock->holders[i]) ? blocked : 0;
	}
	return share(sum, all);
}

/* Each who waits may do so on a word of its own, as in Python. */
static void fill_gives(struct picture *picture)
{
	const struct report *report = picture->report;

	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];

		if (!is_a_wait_for_others(lock))
			continue;
		for (size_t j = 0; j < picture_holders(lock); j++) {
			struct thread_facts *facts =
				picture_thread_mutable(picture, lock->holders[j].tid);

			if (facts)
				facts->gives += (double)lock->holders[j].releases;
		}
	}
}

void picture_fill_given(struct picture *picture)
{
	const struct report *report = picture->report;

	fill_gives(picture);
	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];
		double part = is_a_wait_for_others(lock) ? part_given(picture, lock) : 0;

		for (size_t j = 0; part > 0 && j < picture_waiters(lock); j++) {
			struct thread_facts *facts =
				picture_thread_mutable(picture, lock->waiters[j].tid);

			if (facts && facts->row)
				facts->given += part * (double)lock->waiters[j].wait_ns;
		}
	}
}
