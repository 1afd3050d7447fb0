/* SPDX-License-Identifier: BSD-2-Clause */
/* How much is known of where the waits were, and what is not. */
#include <string.h>

#include "base/owned.h"
#include "cli/report/lock_parts.h"

const char *lock_stack_text(const struct report_lock *lock, const struct report_stack *stack,
			    char ret[LOCK_NAME_BYTES])
{
	bool waiter = stack->role && strcmp(stack->role, "waiter") == 0;
	uint64_t whole_ns = waiter ? lock->wait_ns : locks_blocked_ns(lock);

	snprintf(ret, LOCK_NAME_BYTES, "%.20s: %.40s, %.30s, %.10s of the %s",
		 stack->role ? stack->role : "thread", format_things(stack->waits, "wait").text,
		 format_duration(stack->wait_ns).text, lock_percent(stack->wait_ns, whole_ns).text,
		 waiter ? "wait" : "blocking");
	return ret;
}

static void tell_stackless(FILE *text, uint64_t stackless_ns, uint64_t wait_ns)
{
	if (stackless_ns && stackless_ns != NO_VALUE)
		fprintf(text, "%s of the wait time (%s) has no stack.",
			format_small_share(share_of(stackless_ns, wait_ns)).text,
			format_duration(stackless_ns).text);
}

static void tell_count(FILE *text, uint64_t count, const char *thing, const char *what)
{
	if (count && count != NO_VALUE)
		fprintf(text, " %s %s.", format_things(count, thing).text, what);
}

static void print_words(const struct page *page, const char *words)
{
	if (words && *words)
		line_paragraph(page->out, page->style, "", words);
}

void lock_stackless_print(const struct page *page, uint64_t stackless_ns, uint64_t wait_ns)
{
	_cleanup_free_ char *words = NULL;
	size_t size;
	FILE *text = open_memstream(&words, &size);

	if (!text)
		return;
	tell_stackless(text, stackless_ns, wait_ns);
	fclose(text);
	print_words(page, words);
}

void lock_loss_print(const struct page *page, bool stackless_said)
{
	const struct report_completeness *complete = &page->report->completeness;
	struct lock_sums sums = locks_sums(page->report, true);
	_cleanup_free_ char *words = NULL;
	size_t size;
	FILE *text = open_memstream(&words, &size);

	if (!text)
		return;
	if (!stackless_said)
		tell_stackless(text, sums.stackless_ns, sums.wait_ns);
	tell_count(text, complete->lost_stacks, "stack", "lost");
	tell_count(text, complete->short_stacks, "stack", "cut off before the thread's start");
	tell_count(text, page->report->more_locks.lost_people, "row",
		   "of waiters or holders had to make room for others");
	fclose(text);
	print_words(page, words);
	lock_unnamed_print(page);
}
