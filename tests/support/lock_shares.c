// SPDX-License-Identifier: BSD-2-Clause
/* Who waited for a lock and who held it meanwhile, beside the truth. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/owned.h"
#include "tests/support/command.h"
#include "tests/support/locks.h"
#include "tests/support/rows.h"

/* Sum of a figure over the rows of that lock's lists that are of this thread. */
static double figure_of(const json_t *report, const json_t *lock, const char *list,
			const char *figure, double tid)
{
	const json_t *row, *thread;
	double sum = 0;
	size_t i, j;

	json_array_foreach (json_at(report, "locks"), i, row) {
		if (!lock_is_row(row, lock))
			continue;
		json_array_foreach (json_at(row, list), j, thread)
			if (number_at(thread, "tid") == tid)
				sum += number_at(thread, figure);
	}
	return sum;
}

#define WHY 4000 /* bytes of a sentence */

/* What a thread may differ by whatever its wait: its share of the last wake-ups. */
#define WAITER_SLACK_NS 3e6

/*
 * The kernel lets the first waiter for a PI mutex spin while the owner is on a CPU: that part of
 * its wait is running time, which no switch tells from any other.
 */
#define PI_SPIN_SHARE 0.12

static bool is_priority_inheriting(const struct lock_run *run, const json_t *lock)
{
	return !strcmp(json_string_value(json_at(lock_row(run->report, lock), "kind")), "pi-mutex");
}

/* Why the wait is not within `share` of the truth; false: it is. */
static bool wait_differs(const struct lock_run *run, const char *name, double share, char why[WHY])
{
	const json_t *lock = truth_lock(run->truth, name), *waiter;
	double want = number_at(lock, "wait_ns"), got = lock_wait_ns(run->report, lock);
	size_t i;

	cr_assert_gt(want, 1e8, "%s was hardly waited for: %.0f ns", name, want);
	if (is_priority_inheriting(run, lock))
		share += PI_SPIN_SHARE;
	snprintf(why, WHY, "%s: wait is %.0f, the truth %.0f", name, got, want);
	if (fabs(got - want) > share * want)
		return true;
	json_array_foreach (json_at(lock, "waiters"), i, waiter) {
		double its = number_at(waiter, "wait_ns");

		got = figure_of(run->report, lock, "waiters", "wait_ns", number_at(waiter, "tid"));
		snprintf(why, WHY, "%s: %s waited %.0f, the truth %.0f", name,
			 json_string_value(json_at(waiter, "name")), got, its);
		if (fabs(got - its) > fmax(share * its, WAITER_SLACK_NS))
			return true;
	}
	return false;
}

void assert_wait(struct lock_run *run, const char *name, double share)
{
	char why[WHY];

	while (wait_differs(run, name, share, why))
		cr_assert(lock_run_again(run), "%s", why);
}

/* Of the blocked time, how much is blamed on the right holder; `scale`: how much of it was seen. */
static double right_ns(const struct lock_run *run, const json_t *lock, double scale)
{
	const json_t *holder;
	double right = 0;
	size_t i;

	json_array_foreach (json_at(lock, "holders"), i, holder)
		right += fmin(scale * number_at(holder, "blocked_others_ns"),
			      figure_of(run->report, lock, "holders", "blocked_others_ns",
					number_at(holder, "tid")));
	return right;
}

/* Of a program's life, what was watched: a daemon on a busy machine takes its time to begin. */
static double part_watched(const struct lock_run *run)
{
	return number_at(run->report, "window.duration_ns") / number_at(run->truth, "elapsed_ns");
}

static bool holders_differ(const struct lock_run *run, const char *name, double share, bool whole,
			   char why[WHY])
{
	const json_t *lock = truth_lock(run->truth, name), *row;
	double want = sum_at(json_at(lock, "holders"), "blocked_others_ns"), got = 0, right;
	_cleanup_free_ char *found = NULL, *truth = NULL;
	size_t i;

	json_array_foreach (json_at(run->report, "locks"), i, row)
		if (lock_is_row(row, lock))
			got += sum_at(json_at(row, "holders"), "blocked_others_ns") +
			       number_at(row, "unattributed_ns");
	snprintf(why, WHY, "%s: holders blocked others for %.0f, the truth %.0f", name, got, want);
	if (got <= 0.85 * (whole ? 1 : part_watched(run)) * want)
		return true;
	right = right_ns(run, lock, whole ? 1 : got / want) / got;
	found = json_dumps(json_at(lock_row(run->report, lock), "holders"), JSON_COMPACT);
	truth = json_dumps(json_at(lock, "holders"), JSON_COMPACT);
	snprintf(why, WHY, "%s: the right holder in %.4f of the time: %s, the truth: %s", name,
		 right, found, truth);
	return right < share;
}

static void check_holders(struct lock_run *run, const char *name, double share, bool whole)
{
	char why[WHY];

	while (holders_differ(run, name, share, whole, why))
		cr_assert(lock_run_again(run), "%s", why);
}

/* Wrong: what a holder is blamed for above the truth, and the time that nobody is blamed for. */
void assert_holders(struct lock_run *run, const char *name, double share)
{
	check_holders(run, name, share, true);
}

void assert_holders_of_part(struct lock_run *run, const char *name, double share)
{
	check_holders(run, name, share, false);
}

static double total_of(const json_t *states)
{
	const char *key;
	json_t *value;
	double sum = 0;

	json_object_foreach ((json_t *)states, key, value)
		sum += json_number_value(value);
	return sum;
}

static bool states_differ(const struct lock_run *run, const char *name, char why[WHY])
{
	const json_t *lock = truth_lock(run->truth, name);
	const json_t *want = json_at(lock, "holder_state_ns");
	const json_t *got = json_at(lock_row(run->report, lock), "holder_state_ns");
	const char *state;
	json_t *value;

	cr_assert_gt(total_of(got), 0, "%s: nothing is known of its holder", name);
	json_object_foreach ((json_t *)want, state, value) {
		double share = json_number_value(value) / total_of(want);
		_cleanup_free_ char *found = NULL, *truth = NULL;

		if (fabs(number_at(got, state) / total_of(got) - share) <= 0.05)
			continue;
		found = json_dumps(got, JSON_COMPACT);
		truth = json_dumps(want, JSON_COMPACT);
		snprintf(why, WHY, "%s: %s is %s, the truth %s", name, state, found, truth);
		return true;
	}
	return false;
}

void assert_holder_states(struct lock_run *run, const char *name)
{
	char why[WHY];

	while (states_differ(run, name, why))
		cr_assert(lock_run_again(run), "%s", why);
}

void assert_holder_states_of_part(const struct lock_run *run, const char *name)
{
	const json_t *lock = truth_lock(run->truth, name);
	const json_t *want = json_at(lock, "holder_state_ns");
	const json_t *got = json_at(lock_row(run->report, lock), "holder_state_ns");
	double outside_ns = total_of(want) - total_of(got), error_ns = 0.02 * total_of(want);
	const char *state;
	json_t *value;

	cr_assert_gt(total_of(got), 0, "%s: nothing is known of its holder", name);
	json_object_foreach ((json_t *)want, state, value) {
		double least_ns = json_number_value(value) - outside_ns;

		cr_assert(number_at(got, state) <= json_number_value(value) + error_ns &&
				  number_at(got, state) >= least_ns - error_ns,
			  "%s: %s is %s, the truth %s", name, state, json_dumps(got, JSON_COMPACT),
			  json_dumps(want, JSON_COMPACT));
	}
}
