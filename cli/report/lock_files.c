/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks of files: the kernel keeps them, so none has a row, a name or a holder. */
#include <stdio.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/lock_parts.h"

static bool takes_file_lock(const struct report_syscall *call)
{
	return call->name && (!strcmp(call->name, "flock") || !strcmp(call->name, "fcntl"));
}

uint64_t lock_files_blocked_ns(const struct report *report)
{
	const struct report_wait *wait = &report->totals.figures.waits[WAIT_LOCK];
	uint64_t sum_ns = 0;

	for (size_t i = 0; i < wait->syscalls_count; i++)
		if (takes_file_lock(&wait->syscalls[i]) && wait->syscalls[i].time_ns != NO_VALUE)
			sum_ns += wait->syscalls[i].time_ns;
	return sum_ns;
}

static void tell(FILE *text, const struct report_wait *wait)
{
	const char *between = "";

	for (size_t i = 0; i < wait->syscalls_count; i++) {
		const struct report_syscall *call = &wait->syscalls[i];

		if (!takes_file_lock(call))
			continue;
		fprintf(text, "%s%s in %s (%s)", between, format_duration(call->time_ns).text,
			call->name, format_things(call->count, "wait").text);
		between = ", ";
	}
}

void lock_files_print(const struct page *page)
{
	_cleanup_free_ char *words = NULL;
	size_t size;
	FILE *text;

	if (!lock_files_blocked_ns(page->report))
		return;
	text = open_memstream(&words, &size);
	if (!text)
		return;
	tell(text, &page->report->totals.figures.waits[WAIT_LOCK]);
	fputs(": for which files and who has them is not observed; `lslocks` shows who has which "
	      "now.",
	      text);
	fclose(text);
	if (words)
		line_paragraph(page->out, page->style, "Locks of files", words);
}
