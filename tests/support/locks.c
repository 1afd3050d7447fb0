// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/locks.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

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
	run.script = strdup(script);
	run.made = 1;
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

/* The program numbers its tasks as its namespace does; the report, as we do. */
static void renumber(json_t *truth, const json_t *numbers)
{
	const char *key;
	json_t *value;
	size_t i;

	json_array_foreach (truth, i, value)
		renumber(value, numbers);
	json_object_foreach (truth, key, value) {
		char number[32];

		renumber(value, numbers);
		if (strcmp(key, "pid") != 0 && strcmp(key, "tid") != 0 &&
		    strcmp(key, "held_by_tid") != 0)
			continue;
		snprintf(number, sizeof(number), "%.0f", json_number_value(value));
		cr_assert(json_object_get(numbers, number), "the namespace has no %s", number);
		json_integer_set(value, json_integer_value(json_object_get(numbers, number)));
	}
}

static void note_number(json_t *numbers, const json_t *its, const json_t *ours, const char *key)
{
	char number[32];

	snprintf(number, sizeof(number), "%.0f", number_at(its, key));
	json_object_set(numbers, number, json_object_get(ours, key));
}

#define IN_NAMESPACE "unshare --pid --fork --kill-child --mount-proc $PROGRAMS/locks/"

static void cannot_be_made_again(struct lock_run *run)
{
	free(run->script);
	run->script = NULL;
}

/* Which thread is which, their names tell. */
struct lock_run lock_run_in_namespace(const char *command)
{
	json_t *numbers = json_object(), *its, *ours;
	struct lock_run run;
	char script[512];
	size_t i, k;

	snprintf(script, sizeof(script),
		 "r=$(mktemp); $P exec -q --json -o $r -- " IN_NAMESPACE "%s; s=$?; cat $r; rm $r; "
		 "exit $s",
		 command);
	run = lock_run_script(script);
	json_array_foreach (json_at(run.truth, "threads"), i, its)
		json_array_foreach (json_at(run.report, "threads"), k, ours)
			if (json_equal(json_at(its, "name"), json_at(ours, "name"))) {
				note_number(numbers, its, ours, "tid");
				note_number(numbers, its, ours, "pid");
			}
	renumber(run.truth, numbers);
	json_decref(numbers);
	cannot_be_made_again(&run);
	return run;
}

/* It hangs, so there is time to ask the kernel: {"its number": ours} of all tasks. */
struct lock_run lock_hang_in_namespace(const char *command)
{
	struct lock_run run;
	char script[1024];

	snprintf(
		script, sizeof(script),
		"d=$(mktemp -d); " IN_NAMESPACE "%s >$d/t & u=$!; until [ -s $d/t ]; do sleep "
		"0.05; done; k=$(pgrep -P $u); k=\"$k $(pgrep -P $k)\"; for i in $k; do cat "
		"/proc/$i/task/*/status; done | awk 'BEGIN { printf \"{\" } /^NSpid:/ { printf "
		"\"%%s\\\"%%s\\\":%%s\", s, $NF, $2; s = \",\" } END { print \"}\" }' >$d/m; $P "
		"attach -q --json -d 1s -o $d/r -p $(echo $k | tr ' ' ,); s=$?; kill -KILL $k; cat "
		"$d/t $d/m $d/r; rm -r $d; exit $s",
		command);
	run = lock_run_script(script);
	renumber(run.truth, run.more);
	cannot_be_made_again(&run);
	return run;
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

#define RUNS_MOST 3
/* Of all CPUs: one preemption of 20 ms in each second is as much on two of them. */
#define DISTURBED_RUN 0.01

static bool is_disturbed(const json_t *report)
{
	const json_t *cpus = json_at(report, "cpus");
	double taken_ns = sum_at(cpus, "other_ns") + sum_at(cpus, "stolen_ns");

	return taken_ns > DISTURBED_RUN * number_at(report, "window.duration_ns") *
				  (double)json_array_size(cpus);
}

bool lock_run_again(struct lock_run *run)
{
	unsigned int made = run->made;

	if (!run->script || made >= RUNS_MOST || !is_disturbed(run->report))
		return false;
	*run = lock_run_script(run->script);
	run->made = made + 1;
	return true;
}

void lock_run_release(struct lock_run *run)
{
	free(run->script);
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

bool lock_is_row(const json_t *row, const json_t *lock)
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
		if (lock_is_row(row, lock) &&
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
		sum += lock_is_row(row, lock) ? number_at(row, "wait_ns") : 0;
	return sum;
}

bool ends_with(const char *text, const char *end)
{
	size_t length = text ? strlen(text) : 0, wanted = strlen(end);

	return text && length >= wanted && !strcmp(text + length - wanted, end);
}
