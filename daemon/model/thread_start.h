/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: what a thread was started for, out of a stack of it. Threads of one name are told apart by
 * this.
 */
#ifndef PARTRACE_MODEL_THREAD_START_H
#define PARTRACE_MODEL_THREAD_START_H

#include "api/report.h"

/*
 * The outermost function that is the program's own: neither of what starts threads in libc, nor of
 * a language's runtime. The stack goes down to the thread's start, the innermost frame first. NULL
 * where that cannot be told: code without names, a thread of Go, whose stacks are its goroutines',
 * or of CPython without its Python frames.
 */
const char *thread_start_of(const struct report_frame *frames, size_t count);

#endif
