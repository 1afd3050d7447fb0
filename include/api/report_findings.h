/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report's part on what is wrong, if anything: findings, the limiting one first. Their ids are
 * words of the API, and so are the names of their figures.
 */
#ifndef PARTRACE_API_REPORT_FINDINGS_H
#define PARTRACE_API_REPORT_FINDINGS_H

#include <stddef.h>

enum finding_id {
	FINDING_CPU_SATURATED,
	FINDING_LOCK_BOUND,
	FINDING_GIL_BOUND,
	FINDING_IO_BOUND,
	FINDING_IDLE,
	FINDING_IMBALANCE,
	FINDING_OVERSUBSCRIBED,
	FINDING_THROTTLED,
	FINDING_STARVATION,
	FINDING_DEADLOCK,
	FINDING_LIVELOCK,
	FINDING_SPAWN_BOUND,
	FINDING_IPC_BOUND,
	FINDING_SLOWER_CPUS,
	FINDING_SCALES_WELL,
	FINDING_INCOMPLETE,
	FINDING_COUNT,
};

static const char *const finding_names[] = {
	[FINDING_CPU_SATURATED] = "cpu-saturated",
	[FINDING_LOCK_BOUND] = "lock-bound",
	[FINDING_GIL_BOUND] = "gil-bound",
	[FINDING_IO_BOUND] = "io-bound",
	[FINDING_IDLE] = "idle",
	[FINDING_IMBALANCE] = "imbalance",
	[FINDING_OVERSUBSCRIBED] = "oversubscribed",
	[FINDING_THROTTLED] = "throttled",
	[FINDING_STARVATION] = "starvation",
	[FINDING_DEADLOCK] = "deadlock",
	[FINDING_LIVELOCK] = "livelock",
	[FINDING_SPAWN_BOUND] = "spawn-bound",
	[FINDING_IPC_BOUND] = "ipc-bound",
	[FINDING_SLOWER_CPUS] = "slower-cpus",
	[FINDING_SCALES_WELL] = "scales-well",
	[FINDING_INCOMPLETE] = "incomplete",
};
_Static_assert(sizeof(finding_names) / sizeof(finding_names[0]) == FINDING_COUNT,
	       "name every finding");

enum severity { SEVERITY_OK, SEVERITY_NOTICE, SEVERITY_PROBLEM, SEVERITY_COUNT };

static const char *const severity_names[] = {
	[SEVERITY_OK] = "ok",
	[SEVERITY_NOTICE] = "notice",
	[SEVERITY_PROBLEM] = "problem",
};
_Static_assert(sizeof(severity_names) / sizeof(severity_names[0]) == SEVERITY_COUNT,
	       "name every severity");

/* One figure; its unit ends its name: _share (0…1), _ns, _cpus, _times; a count has no ending. */
struct report_evidence {
	const char *name;
	const char *text; /* who or what; NULL: a number */
	double value;     /* NaN is null */
};

struct report_finding {
	const char *id;       /* finding_names */
	const char *severity; /* severity_names */
	double confidence;    /* 0…1 */
	const char *title;    /* a sentence: what, how much, of what */
	const char *detail;   /* who, and what it would give back; NULL: nothing to add */
	const char *advice;   /* what to do next; NULL: nothing */
	struct report_evidence *evidence;
	size_t evidence_count;
};

#endif
