/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which frame of a waiter's stack is the program's own: the one a report names. Pure.
 *
 * The innermost frames belong to whatever implements the lock (libc, the C++, Rust, Java and Python
 * runtimes); the first behind them called it.
 */
#ifndef PARTRACE_REPORT_CALLER_FRAME_H
#define PARTRACE_REPORT_CALLER_FRAME_H

#include <stdbool.h>

#include "api/report.h"

/*
 * The innermost Python frame where there is one, else the innermost that is not of a lock. The
 * outermost when all are; NULL only for no frames at all.
 */
const struct report_frame *caller_frame(const struct report_frame *frames, size_t count);

/*
 * The innermost that is not in the C library or the like at all, for stacks that wait for
 * something else than a lock; as above where there is none.
 */
const struct report_frame *caller_frame_own(const struct report_frame *frames, size_t count);

#endif
