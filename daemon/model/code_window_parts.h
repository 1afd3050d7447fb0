/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of a code window: code_window.c (samples) and code_report.c (rows). */
#ifndef PARTRACE_MODEL_CODE_WINDOW_PARTS_H
#define PARTRACE_MODEL_CODE_WINDOW_PARTS_H

#include "daemon/model/code_window.h"

/* So many threads and lines of a function are told apart. */
#define CODE_COUNTS 16

/* Twice as many as stacks, so that there are always free ones. */
#define CODE_PLACES (2 * CODE_STACKS_MAX)

struct code_sums {
	uint64_t samples;
	uint64_t kernel;
	uint64_t alone;
	double weight; /* of 1/parallelism */
};

struct code_count {
	uint64_t key;
	uint64_t samples; /* 0: free */
};

struct code_function {
	struct report_frame frame;
	struct code_sums sums;
	struct code_count threads[CODE_COUNTS]; /* PID << 32 | TID */
	struct code_count lines[CODE_COUNTS];
};

struct code_stack {
	uint64_t hash;
	struct code_sums sums;
	bool whole;
	struct report_frame *frames;
	size_t frames_count;
};

struct code_window {
	struct code_sums sums;
	struct code_function *functions;
	size_t functions_count, functions_room;
	struct code_stack *stacks;
	size_t stacks_count, stacks_room;
	size_t frames_count; /* of all stacks */
	uint32_t *places;    /* [CODE_PLACES], by hash: number of a stack from 1; 0: free */
	/* of the report */
	struct report_code *rows;
	struct report_coder *coders;
	struct report_code_stack *stack_rows;
};

#endif
