// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/parallelism.h"

#include <string.h>

void set_totals_at(const struct set_totals *set, uint64_t at_ns, struct set_totals *ret)
{
	uint64_t running;
	int64_t elapsed_ns;

	memcpy(ret, set, sizeof(*ret));
	running = ret->word >> SET_TIME_BITS;
	elapsed_ns = set_elapsed(at_ns, ret->word);
	if (running)
		ret->integral += set_share(elapsed_ns, running);
	if (running >= SET_LEVELS)
		running = SET_LEVELS - 1;
	ret->time_at_level_ns[running] += elapsed_ns;
	ret->word = (ret->word & ~SET_TIME_MASK) | (at_ns & SET_TIME_MASK);
}

/*
 * A switch that came to be known late moved time from the level of that moment to the one above,
 * though part of the time was spent a level lower. A level below nothing shows by how much at
 * least: move that part back, from below. The whole and its integral stay what they are.
 */
static void mend_levels(int64_t *levels)
{
	for (size_t k = SET_LEVELS - 2; k > 0; k--) {
		int64_t missing = levels[k] < 0 ? (1 - levels[k]) / 2 : 0;

		levels[k - 1] -= missing;
		levels[k] += 2 * missing;
		levels[k + 1] -= missing;
	}
}

void parallelism_between(const struct set_totals *from, const struct set_totals *to,
			 uint64_t duration_ns, uint64_t *levels, struct report_parallelism *ret)
{
	int64_t signed_levels[SET_LEVELS];
	double weighted_ns = 0;

	*ret = (struct report_parallelism){ .time_at_level_ns = levels,
					    .levels = 1,
					    .unsettled = to->unsettled - from->unsettled,
					    .late_ns = to->late_ns - from->late_ns };
	for (size_t k = 0; k < SET_LEVELS; k++) {
		signed_levels[k] = (int64_t)(to->time_at_level_ns[k] - from->time_at_level_ns[k]);
		weighted_ns += (double)k * (double)signed_levels[k];
	}
	mend_levels(signed_levels);
	for (size_t k = 0; k < SET_LEVELS; k++) {
		levels[k] = signed_levels[k] > 0 ? (uint64_t)signed_levels[k] : 0;
		if (!levels[k])
			continue;
		ret->levels = k + 1;
		ret->max = k;
	}
	if (duration_ns)
		ret->mean = weighted_ns / (double)duration_ns;
}
