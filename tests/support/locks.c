// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/locks.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/command.h"

/* The program's line or lines, then the report. */
static json_t *parse_next(const char **text, const char *script)
{
	json_error_t error;
	json_t *value = json_loads(*text, JSON_DISABLE_EOF_CHECK, &error);

	cr_assert(value, "%s: %s at: %.300s", script, error.text, *text);
	*text += error.position;
	*text += strspn(*text, " \n");
	return value;
}

struct lock_run lock_run_script(const char *script)
{
	struct command_result result = command_run(script);
	const char *text = result.out;
	struct lock_run run = { 0 };
	char *report;

	cr_assert_eq(result.status, 0, "%s: exit status %d: %s", script, result.status, result.err);
	run.truth = parse_next(&text, script);
	run.report = parse_next(&text, script);
	if (*text) {
		run.more = run.report;
		run.report = parse_next(&text, script);
	}
	report = json_dumps(run.report, 0);
	assert_valid(report);
	free(report);
	if (json_object_get(run.truth, "dropped"))
		cr_assert_eq(number_at(run.truth, "dropped"), 0, "%s: the truth is not whole",
			     script);
	command_release(&result);
	return run;
}

struct lock_run lock_run(const char *command)
{
	char script[512];

	snprintf(script, sizeof(script),
		 "r=$(mktemp); $P exec -q --json -o $r -- $PROGRAMS/locks/%s; s=$?; cat $r; rm $r; "
		 "exit $s",
		 command);
	return lock_run_script(script);
}

struct lock_run lock_attach(const char *command)
{
	char script[512];

	snprintf(script, sizeof(script),
		 "t=$(mktemp); r=$(mktemp); $PROGRAMS/locks/%s >$t & p=$!; sleep 0.3; "
		 "$P attach -q --json -d 2s -o $r -p $p; s=$?; kill -TERM $p; wait $p; "
		 "cat $t $r; rm $t $r; exit $s",
		 command);
	return lock_run_script(script);
}

void lock_run_release(struct lock_run *run)
{
	json_decref(run->truth);
	json_decref(run->more);
	json_decref(run->report);
}

const json_t *truth_lock(const json_t *truth, const char *name)
{
	const json_t *lock;
	size_t i;

	json_array_foreach (json_at(truth, "locks"), i, lock)
		if (!strcmp(json_string_value(json_at(lock, "name")), name))
			return lock;
	cr_assert_fail("the program has no %s", name);
	return NULL;
}

/* A private lock by process and address; a shared one by where its pages are: the page offset. */
static bool is_of(const json_t *row, const json_t *lock)
{
	const char *id = json_string_value(json_at(row, "id"));
	const json_t *at;
	unsigned long long address, offset;
	size_t i;
	int pid;

	json_array_foreach (json_at(lock, "addresses"), i, at) {
		double from = number_at(at, "address"), size = number_at(lock, "size");

		if (sscanf(id, "%d:0x%llx", &pid, &address) == 2 && pid == number_at(at, "pid") &&
		    (double)address >= from && (double)address < from + size)
			return true;
		if (sscanf(id, "shared:%*[^:]:%*[^:]:0x%llx", &offset) == 1 &&
		    (double)(offset & 4095) >= fmod(from, 4096) &&
		    (double)(offset & 4095) < fmod(from, 4096) + size)
			return true;
	}
	return false;
}

const json_t *lock_row(const json_t *report, const json_t *lock)
{
	const json_t *row, *best = NULL;
	size_t i;

	json_array_foreach (json_at(report, "locks"), i, row)
		if (is_of(row, lock) &&
		    (!best || number_at(row, "wait_ns") > number_at(best, "wait_ns")))
			best = row;
	cr_assert(best, "no row is %s: %.2000s", json_string_value(json_at(lock, "name")),
		  json_dumps(json_at(report, "locks"), JSON_COMPACT));
	return best;
}

double lock_wait_ns(const json_t *report, const json_t *lock)
{
	const json_t *row;
	double sum = 0;
	size_t i;

	json_array_foreach (json_at(report, "locks"), i, row)
		sum += is_of(row, lock) ? number_at(row, "wait_ns") : 0;
	return sum;
}

/* Sum of a figure over the rows of that lock's lists that are of this thread. */
static double figure_of(const json_t *report, const json_t *lock, const char *list,
			const char *figure, double tid)
{
	const json_t *row, *thread;
	double sum = 0;
	size_t i, j;

	json_array_foreach (json_at(report, "locks"), i, row) {
		if (!is_of(row, lock))
			continue;
		json_array_foreach (json_at(row, list), j, thread)
			if (number_at(thread, "tid") == tid)
				sum += number_at(thread, figure);
	}
	return sum;
}

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

void assert_wait(const struct lock_run *run, const char *name, double share)
{
	const json_t *lock = truth_lock(run->truth, name), *waiter;
	double want = number_at(lock, "wait_ns"), got = lock_wait_ns(run->report, lock);
	size_t i;

	cr_assert_gt(want, 1e8, "%s was hardly waited for: %.0f ns", name, want);
	if (is_priority_inheriting(run, lock))
		share += PI_SPIN_SHARE;
	cr_assert(fabs(got - want) <= share * want, "%s: wait is %.0f, the truth %.0f", name, got,
		  want);
	json_array_foreach (json_at(lock, "waiters"), i, waiter) {
		double its = number_at(waiter, "wait_ns");

		got = figure_of(run->report, lock, "waiters", "wait_ns", number_at(waiter, "tid"));
		cr_assert(fabs(got - its) <= fmax(share * its, WAITER_SLACK_NS),
			  "%s: %s waited %.0f, the truth %.0f", name,
			  json_string_value(json_at(waiter, "name")), got, its);
	}
}

static double sum_of(const json_t *list, const char *figure)
{
	const json_t *row;
	double sum = 0;
	size_t i;

	json_array_foreach (list, i, row)
		sum += number_at(row, figure);
	return sum;
}

/* Time that nobody is said to have held counts as wrong. */
void assert_holders(const struct lock_run *run, const char *name, double share)
{
	const json_t *lock = truth_lock(run->truth, name), *row, *holder;
	double want = sum_of(json_at(lock, "holders"), "blocked_others_ns"), got = 0, right = 0;
	size_t i;

	json_array_foreach (json_at(run->report, "locks"), i, row)
		if (is_of(row, lock))
			got += sum_of(json_at(row, "holders"), "blocked_others_ns") +
			       number_at(row, "unattributed_ns");
	cr_assert_gt(got, 0.5 * want, "%s: holders blocked others for %.0f, the truth %.0f", name,
		     got, want);
	json_array_foreach (json_at(lock, "holders"), i, holder)
		right += fmin(number_at(holder, "blocked_others_ns") / want,
			      figure_of(run->report, lock, "holders", "blocked_others_ns",
					number_at(holder, "tid")) /
				      got);
	cr_assert_geq(right, share, "%s: the right holder in %.4f of the time: %s, the truth: %s",
		      name, right,
		      json_dumps(json_at(lock_row(run->report, lock), "holders"), JSON_COMPACT),
		      json_dumps(json_at(lock, "holders"), JSON_COMPACT));
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

void assert_holder_states(const struct lock_run *run, const char *name)
{
	const json_t *lock = truth_lock(run->truth, name);
	const json_t *want = json_at(lock, "holder_state_ns");
	const json_t *got = json_at(lock_row(run->report, lock), "holder_state_ns");
	const char *state;
	json_t *value;

	cr_assert_gt(total_of(got), 0, "%s: nothing is known of its holder", name);
	json_object_foreach ((json_t *)want, state, value) {
		double share = json_number_value(value) / total_of(want);

		cr_assert_float_eq(number_at(got, state) / total_of(got), share, 0.05,
				   "%s: %s is %s, the truth %s", name, state,
				   json_dumps(got, JSON_COMPACT), json_dumps(want, JSON_COMPACT));
	}
}

const char *caller_of(const json_t *frames, const char *const *names)
{
	const json_t *frame;
	size_t i;

	json_array_foreach (frames, i, frame) {
		const char *function = json_string_value(json_at(frame, "function"));

		for (size_t j = 0; function && names[j]; j++)
			if (!strcmp(function, names[j]))
				return names[j];
	}
	return NULL;
}

/*
 * All functions of the programs that can be on such a stack. The innermost of them must be the
 * direct caller: where its frame is missing, its caller's is found here, and that is wrong.
 */
static const char *const own_functions[] = {
	"wal_sync",   "index_get",  "index_put",   "session_check", "session_update",
	"holder_run", "keeper_run", "visitor_run", "user_run",      "take_hot",
	"enter",      "descend",    "enter_deep",  "plugin_enter",  "enter_plugin",
	"contend",    "main",       NULL,
};

static double truth_share(const json_t *lock, const char *function)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_at(lock, "functions"), i, row)
		if (!strcmp(json_string_value(json_at(row, "name")), function))
			return number_at(row, "wait_ns") / number_at(lock, "wait_ns");
	cr_assert_fail("%s never waits for %s", function, json_string_value(json_at(lock, "name")));
	return 0;
}

static double stacks_ns(const json_t *report, const json_t *lock, const char *function)
{
	const json_t *row, *stack;
	double sum = 0;
	size_t i, j;

	json_array_foreach (json_at(report, "locks"), i, row) {
		if (!is_of(row, lock))
			continue;
		json_array_foreach (json_at(row, "stacks"), j, stack) {
			const char *caller;

			if (strcmp(json_string_value(json_at(stack, "role")), "waiter"))
				continue;
			caller = caller_of(json_at(stack, "frames"), own_functions);
			cr_assert(caller, "a waiter without its caller: %s",
				  json_dumps(stack, JSON_COMPACT));
			/* Too short for the program's own clock to call it a wait. */
			if (number_at(stack, "wait_ns") > 1e-3 * number_at(row, "wait_ns"))
				truth_share(lock, caller);
			if (!function || !strcmp(caller, function))
				sum += number_at(stack, "wait_ns");
		}
	}
	return sum;
}

void assert_callers(const struct lock_run *run, const char *name)
{
	const json_t *lock = truth_lock(run->truth, name), *function;
	double all = stacks_ns(run->report, lock, NULL);
	double wait = lock_wait_ns(run->report, lock);
	size_t i;

	cr_assert(all >= 0.9 * wait && all <= 1.001 * wait, "%s: stacks stand for %.0f of %.0f ns",
		  name, all, wait);
	json_array_foreach (json_at(lock, "functions"), i, function) {
		const char *caller = json_string_value(json_at(function, "name"));

		cr_assert_float_eq(
			stacks_ns(run->report, lock, caller) / all, truth_share(lock, caller), 0.05,
			"%s: in %s its waiters are %.3f of the time, the truth %.3f", name, caller,
			stacks_ns(run->report, lock, caller) / all, truth_share(lock, caller));
	}
}

bool ends_with(const char *text, const char *end)
{
	size_t length = text ? strlen(text) : 0, wanted = strlen(end);

	return length >= wanted && !strcmp(text + length - wanted, end);
}
