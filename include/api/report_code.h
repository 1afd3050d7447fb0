/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report's part on code: where targets were when a clock looked, about 49 times a second on
 * each CPU. Figures in nanoseconds are the samples' shares of what was measured exactly (totals,
 * parallelism), so that they sum to it whatever was lost.
 */
#ifndef PARTRACE_API_REPORT_CODE_H
#define PARTRACE_API_REPORT_CODE_H

#include <stddef.h>
#include <stdint.h>

struct report_frame;

struct report_coder {
	uint64_t tid;
	uint64_t pid;
	const char *name; /* NULL: it has no row among the threads */
	uint64_t samples;
};

/*
 * A function and the samples in it itself, not in what it calls: the innermost Python function
 * where there is one, else the innermost native one; a system call is its caller's.
 */
struct report_code {
	const char *function; /* NULL when there is no symbol: all such code of the module */
	const char *module;
	const char *file; /* source; NULL when not known */
	uint64_t line;    /* with the most samples; NO_VALUE when not known */
	const char *kind; /* as of frames */
	uint64_t samples;
	uint64_t kernel_samples; /* of these: in the kernel, on its behalf */
	uint64_t alone_samples;  /* of these: no other target ran */
	uint64_t running_ns;
	uint64_t alone_ns; /* running while nothing else did */
	uint64_t criticality_ns;
	double criticality;           /* its share of all criticality, 0…1 */
	struct report_coder *threads; /* the most samples first */
	size_t threads_count;
};

struct report_code_stack {
	uint64_t samples;
	uint64_t kernel_samples;
	double weight;   /* each sample divided by the parallelism at that instant, summed */
	const char *end; /* root, short: as of the locks' stacks */
	struct report_frame *frames;
	size_t frames_count;
};

struct report_sampling {
	uint64_t period_ns; /* on each CPU; NO_VALUE: there were none */
	uint64_t samples;
	uint64_t alone_samples;
	uint64_t other_samples;     /* of functions that have no row */
	uint64_t stackless_samples; /* whose stacks have no row */
	uint64_t lost_samples;
	const char *note; /* why there are none; NULL: there can be some */
};

#endif
