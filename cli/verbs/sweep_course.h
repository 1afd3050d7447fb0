/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a sweep, one after the other, and what is said meanwhile. */
#ifndef PARTRACE_VERBS_SWEEP_COURSE_H
#define PARTRACE_VERBS_SWEEP_COURSE_H

#include "cli/sweep/plan.h"
#include "cli/verbs/sweep_run.h"

/* How far they have come, and where they go. */
struct sweep_course {
	const struct sweep_options *options;
	struct sweep_runner runner;
	struct sweep_result *result;
	struct sweep_step *steps;
	size_t count;
	uint64_t from_ns;
	int signal; /* what ended it; 0: nothing */
	bool show;  /* progress, on a terminal */
};

/* How many runs there are, and how long they take where that is known; not with --quiet. */
void sweep_course_announce(const struct sweep_course *course);

/* 0 at the end of the course; -EINTR: a signal came; other errors have been said. */
int sweep_course_run(struct sweep_course *course);

#endif
