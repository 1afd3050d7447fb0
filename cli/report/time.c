/* SPDX-License-Identifier: BSD-2-Clause */
/* Where thread time went: a bar per state, and per cause of waiting. */
#include <string.h>

#include "base/owned.h"
#include "cli/report/bar.h"
#include "cli/report/format.h"
#include "cli/report/section.h"
#include "cli/report/verdict.h"

/* Causes below this share are summed in one row. */
#define OWN_ROW 0.005

#define TIME_COLUMNS  11u
#define SHARE_COLUMNS 9u
#define NOTE_COLUMNS  15u

static const char *const notes[SHARE_COUNT] = {
	[SHARE_RUNNING] = "on a CPU",
	[SHARE_READY] = "no CPU free",
	[SHARE_WAITS + WAIT_LOCK] = "contention",
	[SHARE_WAITS + WAIT_CONDITION] = "no work",
	[SHARE_WAITS + WAIT_IO] = "disk, network",
	[SHARE_WAITS + WAIT_IPC] = "pipe, socket",
	[SHARE_WAITS + WAIT_POLL] = "no events",
	[SHARE_WAITS + WAIT_SLEEP] = "own wish",
	[SHARE_WAITS + WAIT_CHILD] = "child runs",
	[SHARE_WAITS + WAIT_FAULT] = "page fault",
	[SHARE_WAITS + WAIT_STOPPED] = "signal, freezer",
	[SHARE_WAITS + WAIT_OTHER] = "",
};

struct time_row {
	const char *name;
	const char *note;
	uint64_t ns;
	enum emphasis emphasis;
};

struct time_rows {
	struct time_row rows[SHARE_COUNT + 1];
	size_t count;
	bool causes; /* some cause has a row of its own */
	char more[24];
};

static bool has_own_row(const struct verdict_shares *shares, int index)
{
	return share_of(shares->ns[index], shares->whole_ns) >= OWN_ROW;
}

static void add_row(struct time_rows *rows, const char *name, const char *note, uint64_t ns,
		    enum emphasis emphasis)
{
	rows->rows[rows->count++] = (struct time_row){ name, note, ns, emphasis };
}

/* Behind running and ready, the larger first. */
static void sort_causes(struct time_rows *rows)
{
	for (size_t i = SHARE_WAITS + 1; i < rows->count; i++)
		for (size_t k = i; k > SHARE_WAITS && rows->rows[k].ns > rows->rows[k - 1].ns;
		     k--) {
			struct time_row swapped = rows->rows[k];

			rows->rows[k] = rows->rows[k - 1];
			rows->rows[k - 1] = swapped;
		}
}

static void add_small_causes(struct time_rows *rows, const struct verdict_shares *shares)
{
	uint64_t small_ns = 0;
	unsigned int small = 0;

	for (int i = SHARE_WAITS; i < SHARE_COUNT; i++)
		if (shares->ns[i] && !has_own_row(shares, i)) {
			small_ns += shares->ns[i];
			small++;
		}
	if (!rows->causes) {
		add_row(rows, "waiting", "all causes", small_ns, EMPHASIS_NONE);
	} else if (small) {
		snprintf(rows->more, sizeof(rows->more), "%u more", small);
		add_row(rows, rows->more, "", small_ns, EMPHASIS_NONE);
	}
}

static void make_rows(const struct verdict_shares *shares, struct time_rows *ret)
{
	ret->count = 0;
	ret->causes = false;
	add_row(ret, "running", notes[SHARE_RUNNING], shares->ns[SHARE_RUNNING], EMPHASIS_RUNNING);
	add_row(ret, "ready", notes[SHARE_READY], shares->ns[SHARE_READY], EMPHASIS_DELAY);
	for (int i = SHARE_WAITS; i < SHARE_COUNT; i++)
		if (has_own_row(shares, i)) {
			add_row(ret, wait_names[i - SHARE_WAITS], notes[i], shares->ns[i],
				EMPHASIS_NONE);
			ret->causes = true;
		}
	sort_causes(ret);
	add_small_causes(ret, shares);
}

static void print_row(const struct page *page, const struct time_row *row, uint64_t whole_ns,
		      unsigned int label)
{
	unsigned int end = page->right - NOTE_COLUMNS;
	unsigned int bar = end - SHARE_COLUMNS - TIME_COLUMNS - label;
	struct line line;

	line_start(&line, page->style);
	line_add(&line, "  %s", row->name);
	line_to(&line, label);
	line_emphasis(&line, row->emphasis);
	bar_add(&line, share_of(row->ns, whole_ns), bar);
	line_emphasis(&line, EMPHASIS_NONE);
	line_right(&line, end - SHARE_COLUMNS, format_part(row->ns, whole_ns).text);
	line_right(&line, end, format_share(row->ns, whole_ns).text);
	if (*row->note) {
		line_to(&line, end + 3);
		line_emphasis(&line, EMPHASIS_FAINT);
		line_add(&line, "%s", row->note);
		line_emphasis(&line, EMPHASIS_NONE);
	}
	line_print(&line, page->out);
}

static void print_lock_note(const struct page *page, uint64_t whole_ns)
{
	uint64_t delay_ns = page->report->totals.figures.waits[WAIT_LOCK].ready_ns;
	struct line line;

	if (share_of(delay_ns, whole_ns) < 0.0005)
		return;
	line_start(&line, page->style);
	line_add(&line, "  lock includes %s ready, the delay that ended the waits",
		 format_part(delay_ns, whole_ns).text);
	line_print(&line, page->out);
}

/* What ran already and runs on was seen in part. */
static bool is_attach(const struct page *page)
{
	return page->report->target.kind && !strcmp(page->report->target.kind, "attach");
}

void section_time(const struct page *page)
{
	struct verdict_shares shares = verdict_shares(&page->report->totals.figures);
	unsigned int label = 10;
	struct time_rows rows;
	struct line line;
	char whole[160];

	snprintf(whole, sizeof(whole), "%s = %s, %s",
		 format_part(shares.whole_ns, shares.whole_ns).text,
		 format_things(page->report->totals.threads, "thread").text,
		 is_attach(page) ? "in the window" : "start to exit");
	section_heading(&line, page, "Where thread time went");
	line_right(&line, page->right, whole);
	line_print(&line, page->out);
	make_rows(&shares, &rows);
	for (size_t i = 0; i < rows.count; i++)
		if (strlen(rows.rows[i].name) + 4 > label)
			label = (unsigned int)strlen(rows.rows[i].name) + 4;
	for (size_t i = 0; i < rows.count; i++)
		print_row(page, &rows.rows[i], shares.whole_ns, label);
	print_lock_note(page, shares.whole_ns);
	section_gap(page);
}
