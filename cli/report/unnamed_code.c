/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of code that was made at run time and has no names, and how to get them. */
#include <inttypes.h>
#include <string.h>

#include "base/path.h"
#include "cli/report/lock_parts.h"

static bool is_of_java(const struct report_stack *stack)
{
	for (size_t i = 0; i < stack->frames_count; i++)
		if (stack->frames[i].module &&
		    strcmp(base_name(stack->frames[i].module), "libjvm.so") == 0)
			return true;
	return false;
}

/* In no file and without a name. One behind which nothing named follows may be no code at all. */
static bool has_unnamed_code(const struct report_stack *stack)
{
	bool unnamed = false;

	for (size_t i = 0; i < stack->frames_count; i++) {
		const struct report_frame *frame = &stack->frames[i];

		if (unnamed && frame->function)
			return true;
		unnamed = unnamed || (!frame->function && !frame->module);
	}
	return false;
}

static void say(const struct page *page, const struct report_lock *lock, bool is_java)
{
	char text[400], command[64] = "jcmd PID Compiler.perfmap";

	if (lock->pid && lock->pid != NO_VALUE)
		snprintf(command, sizeof(command), "jcmd %" PRIu64 " Compiler.perfmap", lock->pid);
	if (is_java)
		snprintf(text, sizeof(text),
			 "Frames that are but a number are Java's: `%s` (JDK 17) names, for the "
			 "next look, what is compiled by then.",
			 command);
	else
		snprintf(text, sizeof(text),
			 "Frames that are but a number are code that was made at run time; it has "
			 "names where its runtime writes /tmp/perf-PID.map (Node: "
			 "--perf-basic-prof, Python 3.12: -X perf).");
	line_paragraph(page->out, page->style, "", text);
}

void lock_unnamed_print(const struct page *page)
{
	const struct report *report = page->report;

	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];

		for (size_t k = 0; lock->contended && k < lock->stacks_count; k++) {
			if (!has_unnamed_code(&lock->stacks[k]))
				continue;
			say(page, lock, is_of_java(&lock->stacks[k]));
			return;
		}
	}
}
