/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: why a curve bends, by what was measured at its points. */
#ifndef PARTRACE_SWEEP_CAUSE_H
#define PARTRACE_SWEEP_CAUSE_H

#include "cli/sweep/account.h"

/* The names are ids of findings (api/report_findings.h). */
enum sweep_cause_id {
	CAUSE_UNKNOWN, /* nothing was measured */
	CAUSE_SCALES_WELL,
	CAUSE_CPU_SATURATED,
	CAUSE_IO_BOUND,
	CAUSE_LOCK_BOUND,
	CAUSE_GIL_BOUND,
	CAUSE_IDLE,
	CAUSES,
};

struct sweep_cause {
	enum sweep_cause_id id;    /* of the last point */
	unsigned int from_workers; /* since when it is that */
	double share;              /* of all thread time there; of the CPUs where those were busy */
	double busy;               /* which part of the CPUs' time it got there */
	/* Running time per task at its worst against the first point; 1 when it never grew. */
	double slower;
	unsigned int slower_at; /* workers */
};

/* NULL for CAUSE_UNKNOWN. */
const char *cause_name(enum sweep_cause_id id);

/* Beyond this, CPUs are called slower. */
#define CAUSE_SLOWER_MIN 1.15

/* Of one point. */
enum sweep_cause_id cause_of(const struct sweep_account *account, unsigned int cpus,
			     double *ret_share, double *ret_busy);
/* The points one after the other; *cause begins as 0. */
void cause_add(struct sweep_cause *cause, unsigned int workers, unsigned int cpus,
	       const struct sweep_account *first, const struct sweep_account *account);

/* One clause, such as "cpu-saturated from 2 workers: its CPUs were busy 99 % of the time". */
void cause_say(const struct sweep_cause *cause, unsigned int cpus, const char *lock, char *ret,
	       size_t size);

#endif
