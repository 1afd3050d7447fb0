// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/life.h"

#include <criterion/criterion.h>

static struct life_clock clock = { .column_ns = 1000 };
static struct life life;
static struct report_figures figures;

static bool column_of(uint64_t running_ns, uint64_t ready_ns, uint64_t waiting_ns)
{
	figures.running_ns += running_ns;
	figures.ready_ns += ready_ns;
	figures.waiting_ns += waiting_ns;
	life_add(&life, &clock, &figures, 1000);
	return life_column_close(&clock, clock.since_ns + 1000);
}

Test(life, a_column_shows_what_share_each_state_had)
{
	column_of(1000, 0, 0);
	column_of(200, 300, 500);
	cr_assert_eq(life.running[0], LIFE_WHOLE);
	cr_assert_eq(life.running[1], 51);
	cr_assert_eq(life.ready[1], 77);
	cr_assert_eq(life.waiting[1], 128);
}

Test(life, a_thread_that_was_not_there_has_empty_columns)
{
	life_column_close(&clock, 1000);
	column_of(500, 0, 0);
	cr_assert_eq(life.running[0], 0);
	cr_assert_eq(life.waiting[0], 0);
	cr_assert_eq(life.running[1], 128);
}

Test(life, full_columns_are_folded_in_pairs_and_twice_as_wide)
{
	for (int i = 0; i < LIFE_COLUMNS - 1; i++)
		cr_assert_not(column_of(i % 2 ? 1000 : 0, 0, i % 2 ? 0 : 1000));
	cr_assert(column_of(1000, 0, 0), "the last column asks for folding");
	life_fold(&life);
	life_clock_fold(&clock);
	cr_assert_eq(clock.columns, LIFE_COLUMNS / 2);
	cr_assert_eq(clock.column_ns, 2000);
	for (int i = 0; i < LIFE_COLUMNS / 2; i++)
		cr_assert(life.running[i] == 127 || life.running[i] == 128);
	cr_assert_eq(life.running[LIFE_COLUMNS / 2], 0, "what comes next is not there yet");
}

Test(life, folding_again_and_again_does_not_drift)
{
	for (int round = 0; round < 20; round++) {
		while (!column_of(300, 0, 700))
			;
		life_fold(&life);
		life_clock_fold(&clock);
	}
	for (int i = 0; i < LIFE_COLUMNS / 2; i++)
		cr_assert(life.running[i] >= 76 && life.running[i] <= 78, "column %d has %u", i,
			  life.running[i]);
}

Test(life, a_column_is_due_within_half_of_the_callers_grid)
{
	cr_assert_not(life_column_due(&clock, 900, 100));
	cr_assert(life_column_due(&clock, 950, 100));
}
