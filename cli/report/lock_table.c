/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks, the longest waited for first: how often, how long, and who held them. */
#include <math.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/lock_columns.h"
#include "cli/report/lock_parts.h"

#define KIND_LIKELY 0.7
#define CROWDS      5u
#define MOST_TIMES  99u

struct figure lock_percent(uint64_t part, uint64_t whole)
{
	double percent = share_of(part, whole) * 100;
	struct figure figure;

	if (part && percent < 0.5)
		return (struct figure){ "<1 %" };
	snprintf(figure.text, sizeof(figure.text), "%.0f %%", percent);
	return figure;
}

struct figure lock_kind_text(const struct report_lock *lock)
{
	struct figure figure;

	snprintf(figure.text, sizeof(figure.text), "%.20s%s", lock->kind ? lock->kind : "futex",
		 lock->confidence < KIND_LIKELY ? "?" : "");
	return figure;
}

static size_t crowds_shown(const struct page *page, bool contended)
{
	size_t count = contended ? page->report->lock_crowds_count : 0;

	return count < CROWDS ? count : CROWDS;
}

/* Locks beyond the limit, and those that the daemon had summed already. */
static struct lock_sums rest_of(const struct report *report, bool contended, size_t limit)
{
	const struct report_more_locks *more = &report->more_locks;
	struct lock_sums rest = locks_sums(report, contended);
	size_t seen = 0;

	for (size_t i = 0; i < report->locks_count && seen < limit; i++) {
		if (report->locks[i].contended != contended)
			continue;
		seen++;
		rest.locks--;
		rest.waits -= report->locks[i].waits;
		rest.wait_ns -= report->locks[i].wait_ns;
	}
	if (contended && more->locks != NO_VALUE) {
		rest.locks += more->locks;
		rest.waits += more->waits;
		rest.wait_ns += more->wait_ns;
	}
	return rest;
}

static unsigned int add_figures(struct line *line, const struct lock_columns *columns,
				const char *waits, const char *wait, const char *max)
{
	unsigned int end = LOCK_NUMBER + columns->name + 1 + columns->kind;

	line_right(line, end += columns->gap + columns->waits, waits);
	line_right(line, end += columns->gap + columns->wait, wait);
	if (columns->max)
		line_right(line, end += columns->gap + columns->max, max);
	return end + LOCK_GAP;
}

static void print_heading(const struct page *page, bool contended,
			  const struct lock_columns *columns)
{
	struct line line;
	unsigned int end;

	section_heading(&line, page, contended ? "Lock" : "Waits that are no contention");
	if (!contended)
		line_print(&line, page->out);
	line_to(&line, LOCK_NUMBER + columns->name + 1);
	line_add(&line, "kind");
	end = add_figures(&line, columns, "waits", "wait", "max");
	if (columns->holder) {
		line_to(&line, end);
		line_add(&line, "main holder");
	}
	line_print(&line, page->out);
}

static void add_holder(struct line *line, const struct report_lock *lock,
		       const struct lock_columns *columns, unsigned int at)
{
	char holder[LOCK_NAME_BYTES];

	lock_main_holder_text(lock, holder, sizeof(holder));
	line_to(line, at);
	line_add_name(line, holder, columns->holder);
	line_right(line, at + columns->holder + LOCK_SHARE,
		   lock_percent(lock->holders[0].blocked_others_ns, locks_blocked_ns(lock)).text);
}

/* Its number; a crowd has that of the rows that it is the sum of, as "8×". */
static struct figure number_text(const struct report_lock *lock, size_t number)
{
	struct figure figure;

	if (!report_lock_is_crowd(lock))
		return format_count(number);
	if (lock->members > MOST_TIMES)
		return (struct figure){ ">99" };
	snprintf(figure.text, sizeof(figure.text), "%u×", (unsigned int)lock->members);
	return figure;
}

static void print_row(const struct page *page, const struct report_lock *lock, size_t number,
		      const struct lock_columns *columns)
{
	bool is_first = lock == locks_foremost(page->report);
	struct line line;
	unsigned int end;

	line_start(&line, page->style);
	line_right(&line, LOCK_NUMBER - 1, number_text(lock, number).text);
	line_add(&line, " ");
	line_emphasis(&line, is_first ? EMPHASIS_STRONG : EMPHASIS_NONE);
	line_add_name(&line, locks_name(lock), columns->name);
	line_emphasis(&line, EMPHASIS_NONE);
	line_to(&line, LOCK_NUMBER + columns->name + 1);
	line_add_cut(&line, lock_kind_text(lock).text, columns->kind);
	end = add_figures(&line, columns, format_count(lock->waits).text,
			  format_part(lock->wait_ns, columns->largest_ns).text,
			  format_duration(lock->max_wait_ns).text);
	if (lock->contended && columns->holder && lock->holders_count)
		add_holder(&line, lock, columns, end);
	line_print(&line, page->out);
}

static void print_rest(const struct page *page, const struct lock_columns *columns,
		       const struct lock_sums *rest)
{
	struct line line;

	if (!rest->locks)
		return;
	line_start(&line, page->style);
	line_to(&line, LOCK_NUMBER);
	line_add_cut(&line, format_count(rest->locks).text, columns->name);
	line_add(&line, " more");
	add_figures(&line, columns, format_count(rest->waits).text,
		    format_part(rest->wait_ns, columns->largest_ns).text, "");
	line_print(&line, page->out);
}

static void print_lost(const struct page *page)
{
	const struct report_more_locks *more = &page->report->more_locks;
	char text[400];

	if (!more->lost_waits || more->lost_waits == NO_VALUE)
		return;
	snprintf(text, sizeof(text),
		 "%s, %s in all, were for locks that are not known any more: there were too many "
		 "at once.",
		 format_things(more->lost_waits, "wait").text, format_duration(more->lost_ns).text);
	line_paragraph(page->out, page->style, "", text);
}

static void print_what_crowds_are(const struct page *page)
{
	size_t count = page->report->lock_crowds_count;
	char text[300], more[80] = "";

	if (count > CROWDS)
		snprintf(more, sizeof(more), " `--json` has %s.",
			 format_things(count - CROWDS, "more such line").text);
	snprintf(text, sizeof(text),
		 "A line with × is the sum of so many rows: threads that wait in that function, "
		 "each on a word of its own. Which lock it takes is not in these.%s",
		 more);
	line_paragraph(page->out, page->style, "", text);
}

void lock_table_print(const struct page *page, bool contended, size_t limit)
{
	const struct report *report = page->report;
	struct lock_sums rest = rest_of(report, contended, limit);
	struct lock_columns columns =
		lock_columns_of(page, contended, limit, crowds_shown(page, contended), &rest);
	size_t shown = 0, crowds = crowds_shown(page, contended);

	print_heading(page, contended, &columns);
	for (size_t i = 0; i < crowds; i++)
		print_row(page, &report->lock_crowds[i], 0, &columns);
	for (size_t i = 0; i < report->locks_count && shown < limit; i++) {
		if (report->locks[i].contended != contended)
			continue;
		print_row(page, &report->locks[i], i + 1, &columns);
		shown++;
	}
	print_rest(page, &columns, &rest);
	if (crowds)
		print_what_crowds_are(page);
	if (contended)
		print_lost(page);
}
