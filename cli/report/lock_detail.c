/* SPDX-License-Identifier: BSD-2-Clause */
/* One lock in full: what and where it is, how it was waited for and by whom, who held it. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/histogram.h"
#include "cli/report/lock_parts.h"
#include "cli/report/table.h"

#define ROWS         8u
#define LABEL        26u
#define STACK_FRAMES 12u
#define STACKS       6u
/* Among other locks; all of them when it is the only one. */
#define BUCKETS 12u

static void print_heading(const struct page *page, const struct report_lock *lock)
{
	char text[400], sure[40] = "";

	if (isfinite(lock->confidence) && lock->confidence < 0.995)
		snprintf(sure, sizeof(sure), " (confidence %.2f)", lock->confidence);
	snprintf(text, sizeof(text), "%s%s · %s%.200s", lock->kind ? lock->kind : "futex", sure,
		 lock->shared ? "between processes · " : "", lock->id ? lock->id : "");
	line_paragraph(page->out, page->style, locks_name(lock), text);
}

/* ---- who ---- */

/* A waiter or a holder: how often, how long, of how much. */
struct who {
	const char *name;
	uint64_t tid;
	uint64_t times;
	uint64_t ns;
	uint64_t whole_ns;
};

static struct figure times_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	(void)table;
	(void)column;
	return format_count(((const struct who *)row)->times);
}

static struct figure time_text(const struct table *table, const struct table_column *column,
			       const void *row)
{
	(void)column;
	return format_part(((const struct who *)row)->ns, table->largest_ns);
}

static struct figure share_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	const struct who *who = row;

	(void)table;
	(void)column;
	return lock_percent(who->ns, who->whole_ns);
}

static const struct table_column waiter_columns[] = {
	{ "waits", times_text, 10, 0 },
	{ "wait", time_text, 12, 0 },
	{ "share", share_text, 8, 0 },
};
static const struct table_column holder_columns[] = {
	{ "releases", times_text, 10, 0 },
	{ "blocked", time_text, 12, 0 },
	{ "share", share_text, 8, 0 },
};

static void start_row(struct line *line, const struct table *table, const struct who *who)
{
	char label[120];

	snprintf(label, sizeof(label), "%.64s (%" PRIu64 ")", who->name ? who->name : "", who->tid);
	table_row(line, table, label, who);
}

static void print_more(const struct page *page, size_t more)
{
	struct line line;

	line_start(&line, page->style);
	line_add(&line, "  and %s more", format_count(more).text);
	if (more)
		line_print(&line, page->out);
}

static void print_waiters(const struct page *page, const struct report_lock *lock)
{
	struct table table = { page, waiter_columns, ARRAY_LEN(waiter_columns), LABEL, 0 };
	size_t shown = lock->waiters_count < ROWS ? lock->waiters_count : ROWS;
	struct line line;

	if (!shown)
		return;
	table.largest_ns = lock->waiters[0].wait_ns;
	section_gap(page);
	table_heading(&table, "Waiter");
	for (size_t i = 0; i < shown; i++) {
		const struct report_waiter *waiter = &lock->waiters[i];

		start_row(&line, &table,
			  &(struct who){ waiter->name, waiter->tid, waiter->waits, waiter->wait_ns,
					 lock->wait_ns });
		line_print(&line, page->out);
	}
	print_more(page, lock->waiters_count - shown + locks_more(lock->more_waiters));
}

/* By what it is known to have held the lock. */
static const char *evidence_words(const char *evidence)
{
	static const char *const words[][2] = {
		{ "owner", "named by the lock" },
		{ "releaser", "gave it up" },
		{ "waker", "ended the waits" },
	};

	for (size_t i = 0; evidence && i < ARRAY_LEN(words); i++)
		if (strcmp(words[i][0], evidence) == 0)
			return words[i][1];
	return "";
}

static void add_evidence(struct line *line, const struct page *page, const char *words)
{
	if (line->used + 2 + strlen(words) > page->right)
		return;
	line_emphasis(line, EMPHASIS_FAINT);
	line_add(line, "  %s", words);
	line_emphasis(line, EMPHASIS_NONE);
}

static void print_holders(const struct page *page, const struct report_lock *lock)
{
	struct table table = { page, holder_columns, ARRAY_LEN(holder_columns), LABEL, 0 };
	size_t shown = lock->holders_count < ROWS ? lock->holders_count : ROWS;
	struct line line;

	if (!shown)
		return;
	table.largest_ns = lock->holders[0].blocked_others_ns;
	section_gap(page);
	table_heading(&table, "Holder");
	for (size_t i = 0; i < shown; i++) {
		const struct report_holder *holder = &lock->holders[i];

		start_row(&line, &table,
			  &(struct who){ holder->name, holder->tid, holder->releases,
					 holder->blocked_others_ns, locks_blocked_ns(lock) });
		add_evidence(&line, page, evidence_words(holder->evidence));
		line_print(&line, page->out);
	}
	print_more(page, lock->holders_count - shown + locks_more(lock->more_holders));
}

/* ---- from where ---- */

static void print_stacks(const struct page *page, const struct report_lock *lock)
{
	char words[LOCK_NAME_BYTES], file[SECTION_FILE_BYTES];
	struct line line;

	for (size_t i = 0; i < lock->stacks_count && i < STACKS; i++) {
		const struct report_stack *stack = &lock->stacks[i];

		section_gap(page);
		section_heading(&line, page, "Stack");
		line_add(&line, " of a %s", lock_stack_text(lock, stack, words));
		line_print(&line, page->out);
		stack_print(page, stack->frames, stack->frames_count, STACK_FRAMES, stack->end);
	}
	if (lock->stacks_count > STACKS) {
		line_start(&line, page->style);
		line_add(&line, "and %s more: partrace report%s --view stacks",
			 format_things(lock->stacks_count - STACKS, "stack").text,
			 section_file(page, file));
		line_print(&line, page->out);
	}
	lock_stackless_print(page, lock->stackless_ns, lock->wait_ns);
}

void lock_detail_print(const struct page *page, const struct report_lock *lock)
{
	print_heading(page, lock);
	lock_facts_print(page, lock);
	if (lock->contended) {
		section_gap(page);
		lock_picture_print(page, lock);
	}
	print_waiters(page, lock);
	print_holders(page, lock);
	if (lock->histogram_count)
		section_gap(page);
	histogram_print(page, "Waited", lock->histogram, lock->histogram_count,
			page->locks.lock ? 0 : BUCKETS);
	print_stacks(page, lock);
}
