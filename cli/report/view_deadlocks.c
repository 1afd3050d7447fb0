/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that wait for each other for ever: in a sentence, and in --view deadlocks with stacks. */
#include <string.h>

#include "base/owned.h"
#include "cli/report/deadlock_text.h"
#include "cli/report/lock_parts.h"
#include "cli/report/verdict.h"

#define SENTENCES    3u
#define STACK_FRAMES 20u

static void print_sentence(const struct page *page, const struct report_deadlock *deadlock)
{
	_cleanup_free_ char *sentence = NULL;
	size_t size;
	FILE *text = open_memstream(&sentence, &size);

	if (!text)
		return;
	deadlock_sentence(text, deadlock);
	fclose(text);
	line_paragraph(page->out, page->style, "DEADLOCK", sentence ? sentence : "");
}

void deadlock_alarm_print(const struct page *page, size_t from)
{
	const struct report *report = page->report;
	char text[160], file[SECTION_FILE_BYTES];

	for (size_t i = from; i < report->deadlocks_count && i < SENTENCES; i++)
		print_sentence(page, &report->deadlocks[i]);
	if (report->deadlocks_count <= SENTENCES)
		return;
	snprintf(text, sizeof(text), "and %s more: partrace report%s --view deadlocks",
		 format_count(report->deadlocks_count - SENTENCES).text, section_file(page, file));
	line_paragraph(page->out, page->style, "", text);
}

void section_deadlocks_first(const struct page *page)
{
	deadlock_alarm_print(page, 0);
	if (page->report->deadlocks_count || section_hung(page))
		section_gap(page);
}

/* Lock wait of which no lock is known was seen by a daemon that does not look at locks. */
static bool were_looked_for(const struct report *report)
{
	return report->locks_count || report->more_locks.locks ||
	       !verdict_lock_wait_ns(&report->totals.figures);
}

/* The notes say what else may be there and cannot be seen. */
void deadlock_none_print(const struct page *page)
{
	for (size_t i = 0; i < page->report->notes_count; i++)
		line_paragraph(page->out, page->style, "Note", page->report->notes[i]);
	if (!page->report->deadlocks_count && !verdict_hangs(page->report) &&
	    were_looked_for(page->report))
		line_paragraph(page->out, page->style, "Deadlocks", "none");
}

static void print_thread(const struct page *page, const struct report_deadlock *deadlock,
			 size_t index)
{
	const struct report_deadlocked *thread = &deadlock->threads[index];
	_cleanup_free_ char *words = NULL;
	char title[SECTION_THREAD_BYTES];
	size_t size;
	FILE *text = open_memstream(&words, &size);

	if (!text)
		return;
	fprintf(text, "for %s waits for ",
		format_duration(lasting_ns(page->report, thread->since_ns)).text);
	deadlock_wait(text, deadlock, index);
	fclose(text);
	snprintf(title, sizeof(title), "  %.60s (%llu)", thread->name ? thread->name : "",
		 (unsigned long long)thread->tid);
	line_paragraph(page->out, page->style, title, words ? words : "");
	if (thread->frames_count)
		stack_print(page, thread->frames, thread->frames_count, STACK_FRAMES, thread->end);
	else
		line_paragraph(page->out, page->style, "", "    its stack is not known");
}

/* Whether an order of locks would have helped: to who waits for itself or for an end it does not.
 */
static bool have_order(const struct report *report)
{
	for (size_t i = 0; i < report->deadlocks_count; i++) {
		const struct report_deadlock *deadlock = &report->deadlocks[i];
		size_t locks = 0;

		for (size_t k = 0; k < deadlock->threads_count; k++)
			locks += deadlock->threads[k].lock != NULL;
		if (deadlock->threads_count > 1 && locks == deadlock->threads_count)
			return true;
	}
	return false;
}

void section_deadlocks(const struct page *page)
{
	const struct report *report = page->report;

	for (size_t i = 0; i < report->deadlocks_count; i++) {
		print_sentence(page, &report->deadlocks[i]);
		for (size_t k = 0; k < report->deadlocks[i].threads_count; k++) {
			section_gap(page);
			print_thread(page, &report->deadlocks[i], k);
		}
		section_gap(page);
	}
	if (!report->deadlocks_count && section_hung(page))
		return;
	if (report->deadlocks_count)
		line_paragraph(page->out, page->style, "",
			       have_order(report)
				       ? "Each was looked at twice, and none of its threads had "
					 "moved. Take the locks in one order everywhere, or all of "
					 "them at once."
				       : "Each was looked at twice, and none of its threads had "
					 "moved.");
	else
		line_paragraph(page->out, page->style, "Deadlocks",
			       were_looked_for(report)
				       ? "none: no threads wait for each other in a circle."
				       : "not in this report: it does not tell which locks were "
					 "waited for.");
}
