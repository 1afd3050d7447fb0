/* SPDX-License-Identifier: BSD-2-Clause */
/* --view stacks: every stack of every lock, and how much of the waiting has none. */
#include <string.h>

#include "cli/report/lock_parts.h"

#define ALL_FRAMES 256u

static void print_stack(const struct page *page, const struct report_lock *lock,
			const struct report_stack *stack)
{
	char words[LOCK_NAME_BYTES];
	struct line line;

	line_start(&line, page->style);
	line_add(&line, "  %s", lock_stack_text(lock, stack, words));
	line_print(&line, page->out);
	stack_print(page, stack->frames, stack->frames_count, ALL_FRAMES, stack->end);
}

static void print_lock(const struct page *page, const struct report_lock *lock)
{
	struct line line;

	section_heading(&line, page, locks_name(lock));
	line_add(&line, "  %s · %s in %s", lock_kind_text(lock).text,
		 format_duration(lock->wait_ns).text, format_things(lock->waits, "wait").text);
	line_print(&line, page->out);
	for (size_t i = 0; i < lock->stacks_count; i++)
		print_stack(page, lock, &lock->stacks[i]);
	section_gap(page);
}

void section_stacks(const struct page *page)
{
	struct lock_walk walk = { .report = page->report };
	const struct report_lock *lock;
	bool any = false;

	while ((lock = locks_next(&walk))) {
		if (!lock->stacks_count)
			continue;
		print_lock(page, lock);
		any = true;
	}
	if (!any)
		line_paragraph(page->out, page->style, "Stacks",
			       "There are none: no wait for a lock was long "
			       "enough, or stacks were not taken.");
	else
		line_paragraph(page->out, page->style, "",
			       "> marks the program's own code, that called the lock's. ");
	lock_loss_print(page, false);
}
