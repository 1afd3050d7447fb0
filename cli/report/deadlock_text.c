/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/deadlock_text.h"

#include <string.h>

/* Beyond this a sentence helps nobody; the view lists every thread. */
#define NAMED_MAX 8u

static void print_thread(FILE *out, const struct report_deadlocked *thread, bool with_tid)
{
	fprintf(out, "%.32s", thread->name && *thread->name ? thread->name : "a thread");
	if (with_tid)
		fprintf(out, " (%llu)", (unsigned long long)thread->tid);
}

static const char *lock_of(const struct report_deadlocked *thread)
{
	if (thread->lock_name && *thread->lock_name)
		return thread->lock_name;
	return thread->lock ? thread->lock : "a lock";
}

static bool is(const char *text, const char *what)
{
	return text && strcmp(text, what) == 0;
}

/* Whether the first one of the sentence comes again at its end: by its name alone, it was told. */
static void print_wait(FILE *out, const struct report_deadlock *deadlock, size_t index,
		       bool with_tid)
{
	const struct report_deadlocked *thread = &deadlock->threads[index];
	const struct report_deadlocked *next =
		&deadlock->threads[(index + 1) % deadlock->threads_count];
	bool itself = next == thread;

	if (is(thread->waits_for, "join") || is(thread->waits_for, "child")) {
		fputs(is(thread->waits_for, "child") ? "its child " : "", out);
		if (itself)
			fputs("itself", out);
		else
			print_thread(out, next, with_tid);
		fputs(is(thread->waits_for, "join") ? " to end (join)" : " to end", out);
		return;
	}
	fprintf(out, "%.80s, ", lock_of(thread));
	if (itself) {
		fputs("which it holds itself", out);
		return;
	}
	fputs("held by ", out);
	print_thread(out, next, with_tid);
}

void deadlock_wait(FILE *out, const struct report_deadlock *deadlock, size_t index)
{
	print_wait(out, deadlock, index, true);
}

void deadlock_sentence(FILE *out, const struct report_deadlock *deadlock)
{
	size_t count = deadlock->threads_count;
	size_t named = count > NAMED_MAX ? NAMED_MAX : count;

	if (!count)
		return;
	print_thread(out, &deadlock->threads[0], true);
	for (size_t i = 0; i < named; i++) {
		fputs(i ? ", which waits for " : " waits for ", out);
		print_wait(out, deadlock, i, i + 1 < count);
	}
	if (count > named)
		fprintf(out, ", and so on over %zu threads", count);
	fputc('.', out);
}
