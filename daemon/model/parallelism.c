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

void parallelism_between(const struct set_totals *from, const struct set_totals *to,
			 uint64_t duration_ns, uint64_t *levels, struct report_parallelism *ret)
{
	double weighted_ns = 0;

	*ret = (struct report_parallelism){ .time_at_level_ns = levels, .levels = 1 };
	for (size_t k = 0; k < SET_LEVELS; k++) {
		int64_t ns = (int64_t)(to->time_at_level_ns[k] - from->time_at_level_ns[k]);

		/* Clocks of two CPUs differ by less than a microsecond: a level barely met can be <
		 * 0. */
		levels[k] = ns > 0 ? (uint64_t)ns : 0;
		weighted_ns += (double)k * (double)ns;
		if (!levels[k])
			continue;
		ret->levels = k + 1;
		ret->max = k;
	}
	if (duration_ns)
		ret->mean = weighted_ns / (double)duration_ns;
}
