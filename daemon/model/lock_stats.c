// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/lock_stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Jain's sums; each value is taken relative to the largest, so that no square overflows. */
struct jain {
	double largest, sum, squares;
	size_t count;
};

static void jain_add(struct jain *jain, uint64_t value)
{
	double share = jain->largest > 0 ? (double)value / jain->largest : 0;

	jain->sum += share;
	jain->squares += share * share;
	jain->count++;
}

static double jain_index(const struct jain *jain)
{
	if (jain->count < 2)
		return NAN;
	return jain->squares > 0 ? jain->sum * jain->sum / ((double)jain->count * jain->squares)
				 : 1;
}

static double larger(double one, uint64_t other)
{
	return one > (double)other ? one : (double)other;
}

double fairness_of_waiters(const struct report_waiter *waiters, size_t count)
{
	struct jain jain = { 0 };

	for (size_t i = 0; i < count; i++)
		jain.largest = larger(jain.largest, waiters[i].wait_ns);
	for (size_t i = 0; i < count; i++)
		jain_add(&jain, waiters[i].wait_ns);
	return jain_index(&jain);
}

double convoy_of(uint64_t found_another, uint64_t waits)
{
	if (!waits)
		return 0;
	return found_another < waits ? (double)found_another / (double)waits : 1;
}

void lock_histogram_add(uint64_t to[HISTOGRAM_BUCKETS], const uint64_t from[HISTOGRAM_BUCKETS])
{
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		to[i] += from[i];
}

size_t lock_histogram_rows(const uint64_t buckets[HISTOGRAM_BUCKETS], struct report_bucket *rows)
{
	size_t used = 0;

	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (buckets[i])
			rows[used++] = (struct report_bucket){ .up_to_ns = histogram_floor(i + 1),
							       .count = buckets[i] };
	return used;
}

static int more_first(uint64_t one, uint64_t other)
{
	return one < other ? 1 : one > other ? -1 : 0;
}

static int locks_order(const void *one, const void *other)
{
	const struct report_lock *a = one, *b = other;

	if (a->contended != b->contended)
		return a->contended ? -1 : 1;
	if (a->wait_ns != b->wait_ns)
		return more_first(a->wait_ns, b->wait_ns);
	return strcmp(a->id ? a->id : "", b->id ? b->id : "");
}

static int holders_order(const void *one, const void *other)
{
	const struct report_holder *a = one, *b = other;
	int order = more_first(a->blocked_others_ns, b->blocked_others_ns);

	return order ? order : -more_first(a->tid, b->tid);
}

static int waiters_order(const void *one, const void *other)
{
	const struct report_waiter *a = one, *b = other;
	int order = more_first(a->wait_ns, b->wait_ns);

	return order ? order : -more_first(a->tid, b->tid);
}

static int stacks_order(const void *one, const void *other)
{
	const struct report_stack *a = one, *b = other;
	int order = more_first(a->wait_ns, b->wait_ns);

	return order ? order : more_first(a->waits, b->waits);
}

static void rest_add(struct rows_rest *rest, uint64_t count, uint64_t time_ns)
{
	rest->rows++;
	rest->count += count;
	rest->time_ns += time_ns;
}

static size_t sorted(void *rows, size_t count, size_t size, size_t keep,
		     int (*order)(const void *, const void *))
{
	if (count)
		qsort(rows, count, size, order);
	return count < keep ? count : keep;
}

size_t locks_rank(struct report_lock *rows, size_t count, size_t keep,
		  struct report_more_locks *more)
{
	size_t shown = sorted(rows, count, sizeof(*rows), keep, locks_order);

	for (size_t i = shown; i < count; i++) {
		more->locks++;
		more->waits += rows[i].waits;
		more->wait_ns += rows[i].wait_ns;
	}
	return shown;
}

size_t holders_rank(struct report_holder *rows, size_t count, size_t keep, struct rows_rest *rest)
{
	size_t shown = sorted(rows, count, sizeof(*rows), keep, holders_order);

	for (size_t i = shown; i < count; i++)
		rest_add(rest, rows[i].releases, rows[i].blocked_others_ns);
	return shown;
}

size_t waiters_rank(struct report_waiter *rows, size_t count, size_t keep, struct rows_rest *rest)
{
	size_t shown = sorted(rows, count, sizeof(*rows), keep, waiters_order);

	for (size_t i = shown; i < count; i++)
		rest_add(rest, rows[i].waits, rows[i].wait_ns);
	return shown;
}

size_t stacks_rank(struct report_stack *rows, size_t count, size_t keep, struct rows_rest *rest)
{
	size_t shown = sorted(rows, count, sizeof(*rows), keep, stacks_order);

	for (size_t i = shown; i < count; i++)
		rest_add(rest, rows[i].waits, rows[i].wait_ns);
	return shown;
}
