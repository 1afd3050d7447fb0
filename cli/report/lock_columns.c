/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/lock_columns.h"

#include <string.h>

#include "base/owned.h"
#include "cli/report/lock_parts.h"

#define GAP_LEAST   2u /* where names would be cut */
#define NAMES_LEAST 20u

static void widen(unsigned int *columns, unsigned int wanted)
{
	if (wanted > *columns)
		*columns = wanted;
}

static unsigned int figures_columns(const struct lock_columns *columns)
{
	return columns->waits + columns->wait + columns->max +
	       columns->gap * (columns->max ? 3 : 2);
}

/* What names and figures leave to the names of lock and holder, which may be more than there is. */
static unsigned int room_for_names(const struct page *page, const struct lock_columns *columns)
{
	unsigned int fixed = LOCK_NUMBER + 1 + columns->kind + figures_columns(columns) + LOCK_GAP +
			     (columns->holder ? LOCK_SHARE : 0);

	return page->right > fixed ? page->right - fixed : 0;
}

/* The room is shared by the names of lock and holder. */
static void fit(const struct page *page, struct lock_columns *columns)
{
	unsigned int room, holder = columns->holder;

	columns->gap = LOCK_GAP;
	if (columns->name + holder > room_for_names(page, columns))
		columns->gap = GAP_LEAST;
	if (room_for_names(page, columns) < NAMES_LEAST)
		columns->max = 0;
	room = room_for_names(page, columns);
	if (columns->name + holder > room && holder > room * 2 / 5) {
		holder = columns->name + room * 2 / 5 < room ? room - columns->name : room * 2 / 5;
		columns->holder = holder;
	}
	if (columns->name + holder > room)
		columns->name = room - holder;
}

static void measure_row(const struct page *page, const struct report_lock *lock,
			struct lock_columns *columns)
{
	char holder[LOCK_NAME_BYTES];

	widen(&columns->name, line_columns_of(page->style, locks_name(lock)));
	widen(&columns->kind, (unsigned int)strlen(lock_kind_text(lock).text));
	widen(&columns->waits, (unsigned int)strlen(format_count(lock->waits).text));
	widen(&columns->max, line_columns_of(page->style, format_duration(lock->max_wait_ns).text));
	lock_main_holder_text(lock, holder, sizeof(holder));
	if (lock->contended)
		widen(&columns->holder, line_columns_of(page->style, holder));
	if (lock->wait_ns > columns->largest_ns)
		columns->largest_ns = lock->wait_ns;
}

/* Figures of the rest may be wider than those of the first rows. */
static void measure_figures(const struct page *page, const struct lock_sums *rest,
			    struct lock_columns *columns)
{
	uint64_t widest_ns = columns->largest_ns;

	if (rest->locks && rest->wait_ns > widest_ns)
		widest_ns = rest->wait_ns;
	if (rest->locks)
		widen(&columns->waits, (unsigned int)strlen(format_count(rest->waits).text));
	widen(&columns->wait,
	      line_columns_of(page->style, format_part(widest_ns, columns->largest_ns).text));
}

struct lock_columns lock_columns_of(const struct page *page, bool contended, size_t limit,
				    size_t crowds, const struct lock_sums *rest)
{
	struct lock_columns columns = { .name = 4, .kind = 4, .waits = 5, .wait = 7, .max = 7 };
	size_t seen = 0;

	for (size_t i = 0; i < crowds; i++)
		measure_row(page, &page->report->lock_crowds[i], &columns);
	for (size_t i = 0; i < page->report->locks_count && seen < limit; i++) {
		if (page->report->locks[i].contended != contended)
			continue;
		seen++;
		measure_row(page, &page->report->locks[i], &columns);
	}
	measure_figures(page, rest, &columns);
	if (columns.holder)
		widen(&columns.holder, (unsigned int)strlen("main holder") - LOCK_SHARE);
	fit(page, &columns);
	return columns;
}
