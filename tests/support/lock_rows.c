// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/lock_rows.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

bool lock_is_kind(const json_t *row, const char *kind)
{
	return !strcmp(text_at(row, "kind"), kind);
}

/* The longest waited for of a kind; fails the test when there is none. */
const json_t *lock_first_of(const json_t *report, const char *kind)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_at(report, "locks"), i, row)
		if (lock_is_kind(row, kind))
			return row;
	cr_assert_fail("no row is a %s: %.3000s", kind,
		       json_dumps(json_at(report, "locks"), JSON_COMPACT));
	return NULL;
}

/* Wait time of all rows of a kind, contended or not. */
double lock_wait_of(const json_t *report, const char *kind, bool contended)
{
	const json_t *row;
	double sum = 0;
	size_t i;

	json_array_foreach (json_at(report, "locks"), i, row)
		if (lock_is_kind(row, kind) && json_is_true(json_at(row, "contended")) == contended)
			sum += number_at(row, "wait_ns");
	return sum;
}

/* Wait time of what is contended and of another kind. */
double lock_wait_besides(const json_t *report, const char *kind)
{
	const json_t *row;
	double sum = 0;
	size_t i;

	json_array_foreach (json_at(report, "locks"), i, row)
		if (json_is_true(json_at(row, "contended")) && !lock_is_kind(row, kind))
			sum += number_at(row, "wait_ns");
	return sum;
}

/* No other kind is called contended: `kind` is what this program has. */
void assert_only_kind(const json_t *report, const char *kind)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_at(report, "locks"), i, row)
		cr_assert(json_is_false(json_at(row, "contended")) || lock_is_kind(row, kind),
			  "it has no %s but in: %s", text_at(row, "kind"),
			  json_dumps(row, JSON_COMPACT));
}

/* The first frame outside the C library. */
static const json_t *caller_frame(const json_t *stack)
{
	const json_t *frame;
	size_t i;

	json_array_foreach (json_at(stack, "frames"), i, frame) {
		const char *module = text_at(frame, "module");

		if (!module || (!strstr(module, "/libc.so") && !strstr(module, "/libc-")))
			return frame;
	}
	cr_assert_fail("nothing but the C library: %s", json_dumps(stack, JSON_COMPACT));
	return NULL;
}

/* Time of the row's waiter stacks with a function whose name has `part` in it. */
double lock_waits_in(const json_t *row, const char *part)
{
	const json_t *stack, *frame;
	double sum = 0;
	size_t i, j;

	json_array_foreach (json_at(row, "stacks"), i, stack) {
		bool there = false;

		json_array_foreach (json_at(stack, "frames"), j, frame) {
			const char *function = text_at(frame, "function");

			there |= function && strstr(function, part);
		}
		if (there && !strcmp(text_at(stack, "role"), "waiter"))
			sum += number_at(stack, "wait_ns");
	}
	return sum;
}

/* Of all the row's waiter stacks the library was called from this module. */
void assert_called_from(const json_t *row, const char *module)
{
	const json_t *stack;
	size_t i;

	cr_assert_gt(json_array_size(json_at(row, "stacks")), 0);
	json_array_foreach (json_at(row, "stacks"), i, stack)
		if (!strcmp(text_at(stack, "role"), "waiter"))
			cr_assert(ends_with(text_at(caller_frame(stack), "module"), module), "%s",
				  json_dumps(stack, JSON_COMPACT));
}

void assert_lock_kind(const struct lock_run *run, const char *name, const char *kind)
{
	const json_t *row = lock_row(run->report, truth_lock(run->truth, name));

	cr_assert_str_eq(text_at(row, "kind"), kind);
	cr_assert(json_is_true(json_at(row, "contended")), "%s is not contended", name);
	cr_assert(number_at(row, "confidence") > 0 && number_at(row, "confidence") <= 1);
}

void assert_lock_named(const struct lock_run *run, const char *name, const char *module)
{
	const json_t *row = lock_row(run->report, truth_lock(run->truth, name));

	cr_assert_str_eq(text_at(row, "place.symbol"), name);
	cr_assert_str_eq(text_at(row, "name"), name);
	cr_assert(ends_with(text_at(row, "place.module"), module), "%s is in %s", name,
		  text_at(row, "place.module"));
}
