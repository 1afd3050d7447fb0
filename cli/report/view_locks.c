/* SPDX-License-Identifier: BSD-2-Clause */
/* The summary's part on locks, --view locks and `partrace locks`. */
#include <string.h>

#include "cli/report/lock_parts.h"
#include "cli/report/verdict.h"

#define SUMMARY_ROWS 5u
#define VIEW_ROWS    20u
#define IN_FULL      3u
/* Below this share of all thread time no lock is worth a table in the summary. */
#define WORTH_A_TABLE 0.001

/* One line for a program that no lock holds up, with the amount. */
static void print_uncontended(const struct page *page, const struct lock_sums *sums)
{
	uint64_t seen_ns = verdict_lock_wait_ns(&page->report->totals.figures);
	uint64_t files_ns = lock_files_blocked_ns(page->report);
	char text[400] = "No thread waited for a lock.";

	if (sums->waits)
		snprintf(text, sizeof(text),
			 "No lock was waited for longer than %s; %s took %s in all.",
			 format_duration(sums->max_wait_ns).text,
			 format_things(sums->waits, "wait").text,
			 format_duration(sums->wait_ns).text);
	else if (files_ns)
		snprintf(text, sizeof(text), "No thread waited for a lock in memory.");
	else if (seen_ns)
		snprintf(text, sizeof(text),
			 "%s of lock wait; for which locks is not in this report.",
			 format_duration(seen_ns).text);
	line_paragraph(page->out, page->style, "Locks", text);
	lock_files_print(page);
}

static uint64_t with_the_rest(const struct report *report, uint64_t wait_ns)
{
	return wait_ns + (report->more_locks.wait_ns == NO_VALUE ? 0 : report->more_locks.wait_ns);
}

void section_locks(const struct page *page)
{
	const struct report *report = page->report;
	const struct report_lock *first = locks_foremost(report);
	struct lock_sums sums = locks_sums(report, true);
	uint64_t whole_ns = verdict_shares(&report->totals.figures).whole_ns;

	if (!first || share_of(with_the_rest(report, sums.wait_ns), whole_ns) < WORTH_A_TABLE) {
		print_uncontended(page, &sums);
	} else {
		lock_table_print(page, true, SUMMARY_ROWS);
		section_gap(page);
		lock_picture_print(page, first);
		lock_loss_print(page, false);
		lock_files_print(page);
	}
	deadlock_none_print(page);
	section_gap(page);
}

/* ---- the view ---- */

/* Of a crowd, not its rows as well: they tell the same of one thread each. */
static void print_in_full(const struct page *page)
{
	struct lock_walk walk = { .report = page->report };
	const struct report_lock *lock;
	size_t printed = 0, told = 0;
	char text[160], file[SECTION_FILE_BYTES];

	while ((lock = locks_next(&walk)) && printed < IN_FULL) {
		if (!lock->contended)
			continue;
		section_gap(page);
		lock_detail_print(page, lock);
		told += !report_lock_is_crowd(lock);
		printed++;
	}
	if (locks_sums(page->report, true).locks <= told)
		return;
	section_gap(page);
	snprintf(text, sizeof(text),
		 "One lock in full: partrace locks%s --lock NUMBER, or its id or name.",
		 section_file(page, file));
	line_paragraph(page->out, page->style, "", text);
}

/* Python's threading.Lock is such a semaphore: what hangs by one must not be told as idle. */
static void print_shut(const struct page *page)
{
	const struct report *report = page->report;
	size_t shut = 0;
	char text[400];

	for (size_t i = 0; i < report->locks_count; i++)
		shut += report_lock_let_nobody_through(&report->locks[i],
						       report->window.duration_ns);
	/* Of a process that hangs, the verdict has told it. */
	if (!shut || verdict_hangs(report))
		return;
	snprintf(text, sizeof(text),
		 "%s let nobody through all the time. No work to do looks like that, and so does a "
		 "lock that is never given back: partrace snapshot shows who waits, and where.",
		 format_things(shut, "semaphore").text);
	line_paragraph(page->out, page->style, "", text);
}

static void print_uncounted(const struct page *page)
{
	struct lock_sums sums = locks_sums(page->report, false);
	char text[400], file[SECTION_FILE_BYTES];

	if (!sums.locks)
		return;
	section_gap(page);
	if (page->locks.all) {
		lock_table_print(page, false, VIEW_ROWS);
		line_paragraph(page->out, page->style, "",
			       "These wait for work, for each other or for an end, and hold nobody "
			       "up.");
		print_shut(page);
		return;
	}
	snprintf(text, sizeof(text),
		 "Beside them %s for work, for each other or for an end (conditions, joins, "
		 "barriers), which is no contention: partrace locks%s --all.",
		 format_things(sums.waits, "wait").text, section_file(page, file));
	line_paragraph(page->out, page->style, "", text);
	print_shut(page);
}

void section_every_lock(const struct page *page)
{
	struct lock_sums sums = locks_sums(page->report, true);

	if (page->locks.lock) {
		lock_detail_print(page, page->locks.lock);
		return;
	}
	section_deadlocks_first(page);
	if (sums.locks)
		lock_table_print(page, true, VIEW_ROWS);
	else
		print_uncontended(page, &sums);
	if (sums.locks)
		lock_files_print(page);
	deadlock_none_print(page);
	print_uncounted(page);
	if (!sums.locks)
		return;
	print_in_full(page);
	section_gap(page);
	/* The only lock has told of its own already. */
	lock_loss_print(page, sums.locks == 1);
}
