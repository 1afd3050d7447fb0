/* SPDX-License-Identifier: BSD-2-Clause */
/* Of a snapshot: threads that do the same in one place, in words and with their stack. */
#ifndef PARTRACE_REPORT_SNAPSHOT_GROUP_H
#define PARTRACE_REPORT_SNAPSHOT_GROUP_H

#include "cli/report/section.h"

/* Threads next to each other in the sorted list. */
struct snapshot_group {
	const struct report_thread *const *threads;
	size_t count; /* 1 and more */
};

/* By a signal, a tracer or a freezer, in whatever it was doing. */
bool snapshot_is_stopped(const struct report_thread *thread);
void snapshot_group_print(const struct page *page, const struct snapshot_group *group);

#endif
