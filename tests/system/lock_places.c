// SPDX-License-Identifier: BSD-2-Clause
/* Locks wherever they lie, however deep they are waited for, and however many there are. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/locks.h"
#include "tests/support/rows.h"

TestSuite(lock_places, .timeout = 60);

/* Wait and callers are right; what is left to look at is the row. */
static const json_t *check(struct lock_run *run, const char *name)
{
	assert_wait(run, name, 0.03);
	assert_holders(run, name, 0.97);
	assert_callers(run, name);
	return lock_row(run->report, truth_lock(run->truth, name));
}

static void check_mapping(const char *where, const char *mapping)
{
	struct lock_run run;
	const json_t *row;
	char command[64];

	snprintf(command, sizeof(command), "places %s 1.5", where);
	run = lock_run(command);
	row = check(&run, where);
	cr_assert_str_eq(text_at(row, "place.mapping"), mapping);
	cr_assert(json_is_null(json_at(row, "place.symbol")));
	cr_assert(text_at(row, "name"), "it has some name all the same");
	lock_run_release(&run);
}

Test(lock_places, on_the_heap)
{
	check_mapping("heap", "heap");
}

Test(lock_places, on_a_stack)
{
	check_mapping("stack", "stack");
}

/* A mutex that is not process-shared is private to whoever maps it. */
Test(lock_places, in_a_mapped_file)
{
	struct lock_run run = lock_run("places file 1.5");
	const json_t *row = check(&run, "file");

	cr_assert_str_eq(text_at(row, "place.mapping"), "file");
	cr_assert(strstr(text_at(row, "place.module"), "/var/tmp/partrace-places-"), "it is in %s",
		  text_at(row, "place.module"));
	cr_assert_eq(number_at(row, "place.offset"), 0x140);
	lock_run_release(&run);
}

static size_t count_of(const json_t *frames, const char *function)
{
	const json_t *frame;
	size_t i, count = 0;

	json_array_foreach (frames, i, frame) {
		const char *its = text_at(frame, "function");

		count += its && !strcmp(its, function);
	}
	return count;
}

/* Deeper than what is copied of a stack: cut off, said so, and right as far as it goes. */
Test(lock_places, at_the_end_of_a_deep_recursion)
{
	struct lock_run run = lock_run("places deep 1.5");
	const json_t *row = check(&run, "deep_lock"), *stack;
	size_t i, shortened = 0;

	json_array_foreach (json_at(row, "stacks"), i, stack) {
		const json_t *frames = json_at(stack, "frames");
		size_t depth = count_of(frames, "descend");

		if (strcmp(text_at(stack, "role"), "waiter"))
			continue;
		cr_assert_geq(depth, 20);
		cr_assert_leq(depth, 256);
		if (!strcmp(text_at(stack, "end"), "root"))
			cr_assert_eq(depth, 256, "a whole stack has %zu of 256", depth);
		else
			shortened++;
	}
	cr_assert(!shortened || number_at(run.report, "completeness.short_stacks") > 0,
		  "stacks are cut off, and nobody counts them");
	lock_run_release(&run);
}

/* When the report is made the library is long gone: its lock was learnt before, or says nothing. */
Test(lock_places, in_a_library_that_is_unloaded)
{
	struct lock_run run = lock_run("places library 3");
	const json_t *row = lock_row(run.report, truth_lock(run.truth, "plugin_lock"));

	assert_wait(&run, "plugin_lock", 0.03);
	assert_holders(&run, "plugin_lock", 0.97);
	if (text_at(row, "place.symbol")) {
		cr_assert_str_eq(text_at(row, "place.symbol"), "plugin_lock");
		cr_assert(ends_with(text_at(row, "place.module"), "/libplugin.so"));
	}
	lock_run_release(&run);
}

Test(lock_places, in_a_library_that_is_there)
{
	struct lock_run run = lock_run_script(
		"t=$(mktemp); r=$(mktemp); $PROGRAMS/locks/places library 6 >$t & p=$!; sleep 0.3; "
		"$P attach -q --json -d 2s -o $r -p $p; s=$?; wait $p; cat $t $r; rm $t $r; "
		"exit $s");
	const json_t *row = lock_row(run.report, truth_lock(run.truth, "plugin_lock"));

	cr_assert_str_eq(text_at(row, "place.symbol"), "plugin_lock");
	cr_assert(ends_with(text_at(row, "place.module"), "/libplugin.so"));
	assert_callers(&run, "plugin_lock");
	lock_run_release(&run);
}

#define LOCKS 1e6

/*
 * More than there is room for: what is lost of them is counted, and the one that matters is there.
 * Those whose patience ended before they came to wait are in the truth, but nobody saw them.
 */
Test(lock_places, of_a_million_the_hot_one_is_right, .timeout = 120)
{
	struct lock_run run = lock_run("many_locks");
	const json_t *hot, *row;
	double blocked, waits = 0;
	size_t i;

	assert_wait(&run, "hot_lock", 0.03);
	hot = lock_row(run.report, truth_lock(run.truth, "hot_lock"));
	blocked = number_at(run.more, "cold_blocked");
	cr_assert_eq(number_at(run.more, "cold_waits"), LOCKS);
	cr_assert_gt(blocked, 0.5 * LOCKS);
	cr_assert_leq(json_array_size(json_at(run.report, "locks")), 1000);
	cr_assert_str_eq(text_at(hot, "place.symbol"), "hot_lock");
	json_array_foreach (json_at(run.report, "locks"), i, row)
		waits += number_at(row, "waits");
	waits += number_at(run.report, "more_locks.waits") +
		 number_at(run.report, "more_locks.lost_waits") - number_at(hot, "waits");
	cr_assert_float_eq(waits, blocked, 0.02 * blocked, "%.0f waits, the truth %.0f", waits,
			   blocked);
	lock_run_release(&run);
}

static void assert_all_named(const json_t *stack)
{
	const json_t *frame;
	size_t i;

	cr_assert_gt(json_array_size(json_at(stack, "frames")), 2, "it is cut off: %s",
		     json_dumps(stack, JSON_COMPACT));
	json_array_foreach (json_at(stack, "frames"), i, frame)
		cr_assert(text_at(frame, "function"), "no name: %s",
			  json_dumps(stack, JSON_COMPACT));
}

/* Its file can be opened for as long as it lives only, which is no time for reading names. */
Test(lock_places, of_a_program_that_is_removed_and_soon_ends)
{
	json_t *report = report_by(
		"d=$(mktemp -d); cp $PROGRAMS/locks/contend $d; $P exec -q --json -o - -- sh -c "
		"\"$d/contend --seconds 0.05 >/dev/null & sleep 0.01; rm -r $d; wait\"");
	const json_t *row = json_array_get(json_at(report, "locks"), 0), *stack;
	size_t i;

	cr_assert_str_eq(text_at(row, "place.symbol"), "index_lock");
	cr_assert_gt(json_array_size(json_at(row, "stacks")), 0);
	json_array_foreach (json_at(row, "stacks"), i, stack)
		assert_all_named(stack);
	json_decref(report);
}
