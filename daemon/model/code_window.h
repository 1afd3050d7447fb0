/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: one session's samples of code, summed by function and by stack. Frames are copied, their
 * texts borrowed. Bounded: CODE_FUNCTIONS_MAX functions, CODE_STACKS_MAX stacks of CODE_FRAMES_MAX
 * frames together; samples beyond are counted, and told in the report as such.
 */
#ifndef PARTRACE_MODEL_CODE_WINDOW_H
#define PARTRACE_MODEL_CODE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/report.h"

#define CODE_FUNCTIONS_MAX 2048
#define CODE_STACKS_MAX    4096
#define CODE_FRAMES_MAX    262144
/* Rows in a report. */
#define CODE_FUNCTIONS_TOLD 100
#define CODE_STACKS_TOLD    100
#define CODE_THREADS_TOLD   4

struct code_window;

struct code_sample {
	uint32_t tid;
	uint32_t pid;
	uint32_t running; /* the parallelism at that instant */
	bool in_kernel;
	bool whole;
	const struct report_frame *frames; /* the innermost first; none: the kernel's, or unknown */
	size_t frames_count;
};

struct code_window *code_window_new(void);
void code_window_free(struct code_window *window);

/* One more; without memory it counts among those without a row. */
void code_window_add(struct code_window *window, const struct code_sample *sample);

/*
 * Fills the report's code, code_stacks and sampling.samples and so on from its totals, parallelism
 * and threads; the rows are the window's, valid until the next call. -ENOMEM.
 */
int code_window_report(struct code_window *window, struct report *report);

#endif
