/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files that make up the picture share; others include picture.h. */
#ifndef PARTRACE_DIAGNOSE_PICTURE_PARTS_H
#define PARTRACE_DIAGNOSE_PICTURE_PARTS_H

#include "daemon/diagnose/picture.h"

/* What is not known counts as 0. */
static inline double picture_known(uint64_t value)
{
	return value == NO_VALUE ? 0 : (double)value;
}

/* The row, or the rest without rows; NULL: there is none. */
struct thread_facts *picture_thread_mutable(const struct picture *picture, uint64_t tid);
/* After the threads' rows, and before the queues for work. */
void picture_fill_given(struct picture *picture);
/* A call that waits for the next client or message of a pipe, whoever has it. */
bool picture_is_for_next(const struct report_syscall *call);
/* After the threads' sums, which tell who is idle. */
void picture_fill_behind(struct picture *picture);
/* After the threads' sums: all of the CPUs but what would be attainable. */
void picture_fill_cpus(struct picture *picture);
/* After the parallelism is known. */
double picture_attainable(const struct picture *picture);

/* Of a wait for I/O or messages: in calls for which nobody has asked anything. ns */
double picture_unasked(const struct report_wait *wait);

#endif
