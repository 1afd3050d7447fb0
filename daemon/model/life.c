// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/life.h"

#include <string.h>

#include "base/number.h"

bool life_column_due(const struct life_clock *clock, uint64_t now_ns, uint64_t slack_ns)
{
	return now_ns + slack_ns / 2 >= clock->since_ns + clock->column_ns;
}

static uint8_t share_of_column(uint64_t from_ns, uint64_t to_ns, uint64_t width_ns)
{
	uint64_t passed_ns = less(to_ns, from_ns);

	if (passed_ns >= width_ns)
		return LIFE_WHOLE;
	return (uint8_t)((passed_ns * LIFE_WHOLE + width_ns / 2) / width_ns);
}

void life_add(struct life *life, const struct life_clock *clock, const struct report_figures *now,
	      uint64_t width_ns)
{
	uint32_t at = clock->columns;

	if (at >= LIFE_COLUMNS || !width_ns)
		return;
	life->running[at] = share_of_column(life->seen.running_ns, now->running_ns, width_ns);
	life->ready[at] = share_of_column(life->seen.ready_ns, now->ready_ns, width_ns);
	life->waiting[at] = share_of_column(life->seen.waiting_ns, now->waiting_ns, width_ns);
	life->seen = (struct life_times){ now->running_ns, now->ready_ns, now->waiting_ns };
}

bool life_column_close(struct life_clock *clock, uint64_t now_ns)
{
	clock->since_ns = now_ns;
	clock->columns++;
	return clock->columns == LIFE_COLUMNS;
}

/* Rounded up in every other column, so that folding again and again has no drift. */
static void fold(uint8_t *shares)
{
	for (unsigned int i = 0; i < LIFE_COLUMNS / 2; i++)
		shares[i] = (uint8_t)((shares[2 * i] + shares[2 * i + 1] + (i & 1)) / 2);
	memset(shares + LIFE_COLUMNS / 2, 0, LIFE_COLUMNS / 2);
}

void life_fold(struct life *life)
{
	fold(life->running);
	fold(life->ready);
	fold(life->waiting);
}

void life_clock_fold(struct life_clock *clock)
{
	clock->columns /= 2;
	clock->column_ns *= 2;
}
