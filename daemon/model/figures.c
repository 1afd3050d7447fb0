// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/figures.h"

void figures_add(struct report_figures *to, const struct report_figures *from)
{
	to->running_ns += from->running_ns;
	to->ready_ns += from->ready_ns;
	to->waiting_ns += from->waiting_ns;
	to->voluntary += from->voluntary;
	to->involuntary += from->involuntary;
	to->migrations += from->migrations;
	to->stolen_ns += from->stolen_ns;
	to->yields += from->yields;
	for (size_t i = 0; i < WAIT_COUNT; i++) {
		to->waits[i].count += from->waits[i].count;
		to->waits[i].time_ns += from->waits[i].time_ns;
		to->waits[i].ready_ns += from->waits[i].ready_ns;
	}
}

/* The middle of the bucket in which the value of this rank lies. */
static uint64_t percentile(const uint64_t buckets[HISTOGRAM_BUCKETS], uint64_t count,
			   unsigned int per)
{
	uint64_t rank = (count * per + 99) / 100, seen = 0;

	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += buckets[i];
		if (seen >= rank)
			return (histogram_floor(i) + histogram_floor(i + 1)) / 2;
	}
	return 0;
}

static uint64_t longest(const uint64_t buckets[HISTOGRAM_BUCKETS], uint64_t max_ns)
{
	for (uint32_t i = HISTOGRAM_BUCKETS; i-- > 0;) {
		if (!buckets[i])
			continue;
		if (i == HISTOGRAM_BUCKETS - 1 || max_ns < histogram_floor(i + 1))
			return max_ns;
		return histogram_floor(i + 1) - 1;
	}
	return 0;
}

static uint64_t at_most(uint64_t value, uint64_t bound)
{
	return value < bound ? value : bound;
}

void run_queue_summary(const uint64_t buckets[HISTOGRAM_BUCKETS], uint64_t total_ns,
		       uint64_t max_ns, struct report_run_queue *ret)
{
	*ret = (struct report_run_queue){ 0 };
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		ret->count += buckets[i];
	if (!ret->count)
		return;
	ret->mean_ns = total_ns / ret->count;
	ret->max_ns = longest(buckets, max_ns);
	ret->p50_ns = at_most(percentile(buckets, ret->count, 50), ret->max_ns);
	ret->p90_ns = at_most(percentile(buckets, ret->count, 90), ret->max_ns);
	ret->p99_ns = at_most(percentile(buckets, ret->count, 99), ret->max_ns);
}

void run_queue_rows(const uint64_t buckets[HISTOGRAM_BUCKETS], struct report_bucket *rows,
		    struct report_run_queue *ret)
{
	size_t used = 0;

	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (buckets[i])
			rows[used++] = (struct report_bucket){ .up_to_ns = histogram_floor(i + 1),
							       .count = buckets[i] };
	ret->histogram = rows;
	ret->histogram_count = used;
}
