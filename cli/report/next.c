/* SPDX-License-Identifier: BSD-2-Clause */
/* What to run next: only commands that exist. */
#include <stdio.h>
#include <string.h>

#include "cli/report/format.h"
#include "cli/report/locks.h"
#include "cli/report/section.h"
#include "cli/report/verdict.h"

#define NOTE_COLUMN 44u

/* That are named in one line: of each, all threads' stacks are printed. */
#define SNAPSHOT_PROCESSES 2u

static void print_command(const struct page *page, const char *command, const char *note)
{
	unsigned int at = NOTE_COLUMN;
	struct line line;

	line_start(&line, page->style);
	line_add(&line, "  %s", command);
	if (at < line.used + 2)
		at = line.used + 2;
	if (at + line_columns_of(page->style, note) <= page->style->columns) {
		line_to(&line, at);
		line_emphasis(&line, EMPHASIS_FAINT);
		line_add(&line, "%s", note);
		line_emphasis(&line, EMPHASIS_NONE);
	}
	line_print(&line, page->out);
}

/* More of the report that was just printed, by a verb that takes its file. */
static void print_more_of_it(const struct page *page, const char *verb, const char *options,
			     const char *note)
{
	char command[160], file[SECTION_FILE_BYTES];

	snprintf(command, sizeof(command), "partrace %.10s%s %.60s", verb, section_file(page, file),
		 options);
	print_command(page, command, note);
}

static bool has_waiter_stacks(const struct report *report)
{
	for (size_t i = 0; i < report->locks_count; i++)
		if (report->locks[i].contended && locks_heaviest_stack(&report->locks[i], "waiter"))
			return true;
	return false;
}

/* Of what kept the threads from running most. */
static void suggest_views(const struct page *page)
{
	struct verdict_shares shares = verdict_shares(&page->report->totals.figures);
	uint64_t lock_ns = shares.ns[SHARE_WAITS + WAIT_LOCK];
	bool locks = lock_ns * 10 > shares.whole_ns && locks_sums(page->report, true).locks;

	if (page->report->deadlocks_count)
		print_more_of_it(page, "report", "--view deadlocks", "each thread's stack");
	if (locks)
		print_more_of_it(page, "report", "--view locks", "all stacks, wait histogram");
	if (locks && has_waiter_stacks(page->report))
		print_more_of_it(page, "export", "--folded -o waits.folded",
				 "for a flame graph of the waits");
	print_more_of_it(page, "report", "--view threads", "each thread's life over time");
	if (locks)
		return;
	if (shares.ns[SHARE_READY] * 2 > shares.whole_ns - shares.ns[SHARE_RUNNING])
		print_more_of_it(page, "report", "--view runqueue", "how long they were ready");
	else
		print_more_of_it(page, "report", "--view waits", "each cause of waiting");
}

static void suggest_for_run(const struct page *page)
{
	const struct report_target *target = &page->report->target;
	bool processes = target->mode && strcmp(target->mode, "processes") == 0;
	unsigned long long workers = target->workers == NO_VALUE ? 0 : target->workers;
	const char *name = target->workload ? target->workload : "cpu";
	char command[120];

	suggest_views(page);
	snprintf(command, sizeof(command), "sudo partrace run %.20s%s%.20s --%s %llu", name,
		 target->runtime ? " --runtime " : "", target->runtime ? target->runtime : "",
		 processes ? "threads" : "procs", workers ? workers : 1);
	print_command(page, command,
		      processes ? "the same work in threads" : "the same work in processes");
	print_more_of_it(page, "report", "--json", "every figure, to compute with");
}

static void suggest_for_exec(const struct page *page)
{
	suggest_views(page);
	print_more_of_it(page, "report", "--json", "every figure, to compute with");
	print_command(page, "sudo partrace run lock", "a known workload, to compare");
}

static bool lives(const struct report *report, uint64_t pid)
{
	for (size_t i = 0; i < report->threads_count; i++)
		if (report->threads[i].pid == pid && report->threads[i].exited_ns == NO_VALUE)
			return true;
	return false;
}

/*
 * Who hardly wants a CPU may have nothing to do, or hang in a way that no figure tells: the stacks
 * do. Only of few processes, which can be read.
 */
static void suggest_snapshot(const struct page *page)
{
	const struct report *report = page->report;
	struct verdict_shares shares = verdict_shares(&report->totals.figures);
	char command[120] = "sudo partrace snapshot -p ";
	size_t used = strlen(command), count = 0;

	if ((shares.ns[SHARE_RUNNING] + shares.ns[SHARE_READY]) * 20 > shares.whole_ns)
		return;
	for (size_t i = 0; i < report->target.pids_count; i++) {
		if (!lives(report, report->target.pids[i]))
			continue;
		if (++count > SNAPSHOT_PROCESSES)
			return;
		used += (size_t)snprintf(command + used, sizeof(command) - used, "%s%llu",
					 count > 1 ? "," : "",
					 (unsigned long long)report->target.pids[i]);
	}
	if (count)
		print_command(page, command, "where each thread is now");
}

static void suggest_for_attach(const struct page *page)
{
	suggest_snapshot(page);
	suggest_views(page);
	print_more_of_it(page, "report", "--view processes", "memory and time of each process");
	print_more_of_it(page, "report", "--json", "every figure, to compute with");
}

void section_next(const struct page *page)
{
	const char *kind = page->report->target.kind;
	struct line line;

	section_heading(&line, page, "Next");
	line_print(&line, page->out);
	if (kind && strcmp(kind, "run") == 0)
		suggest_for_run(page);
	else if (kind && strcmp(kind, "exec") == 0)
		suggest_for_exec(page);
	else
		suggest_for_attach(page);
}
