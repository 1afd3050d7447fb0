/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: --fail-on, for tests that shall fail when a program got worse. A list, parted by commas, of
 * ids of findings, of `problem` (any finding of that severity), and of conditions such as
 * lock-wait>20%.
 */
#ifndef PARTRACE_VERBS_FAIL_ON_H
#define PARTRACE_VERBS_FAIL_ON_H

#include <stdbool.h>
#include <stddef.h>

#include "api/report.h"

#define FAIL_ON_MAX 16u

/* What a refused text is answered with, after what is wrong with it; part of a format. */
#define FAIL_ON_FORMS                                                                              \
	"ids of findings, problem, or conditions such as lock-wait>20%% or parallelism<1.5, "      \
	"parted by commas without spaces; `partrace explain fail-on` lists them"

struct fail_term {
	int finding;      /* enum finding_id; -1: none */
	bool problem;     /* any problem */
	int figure;       /* index into the table of figures, else -1 */
	bool above;       /* it fails beyond the limit, else below it */
	double limit;     /* 0…1, or CPUs */
	const char *text; /* as it was given */
	int length;
};

struct fail_on {
	struct fail_term terms[FAIL_ON_MAX];
	size_t count;
};

/* 0, or -EINVAL or -E2BIG with what is wrong in `why`. `text` stays borrowed. */
int fail_on_parse(const char *text, struct fail_on *ret, char *why, size_t why_size);

/* The first term that the report meets, with the reason in a sentence. */
bool fail_on_matches(const struct fail_on *fail_on, const struct report *report, char *why,
		     size_t why_size);

/* The verdict was withheld, and a finding that was asked for may be what was not seen. */
bool fail_on_is_open(const struct fail_on *fail_on, const struct report *report);

#endif
