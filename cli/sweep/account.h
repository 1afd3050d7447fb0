/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: where the time of one run went, in the few figures that a curve is explained by. */
#ifndef PARTRACE_SWEEP_ACCOUNT_H
#define PARTRACE_SWEEP_ACCOUNT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "api/report.h"
#include "cli/scaling/predict.h"

enum account_state {
	ACCOUNT_RUNNING,
	ACCOUNT_READY,
	ACCOUNT_LOCK, /* with the run-queue delay that ends a lock wait */
	ACCOUNT_GIL,  /* the same of the one lock that is Python's */
	ACCOUNT_IO,
	ACCOUNT_CONDITION,
	ACCOUNT_OTHER, /* ipc, poll, sleep, child, fault, stopped, other */
	ACCOUNT_STATES,
};
extern const char *const account_state_names[];

struct sweep_account {
	bool known;
	bool probed;                 /* else by the workload's own clock, which knows less */
	uint64_t ns[ACCOUNT_STATES]; /* sums over all threads */
	uint64_t whole_ns;
	uint64_t elapsed_ns;
	uint64_t others_ns;    /* that other programs had of the CPUs that it ran on */
	uint64_t tasks;        /* 0: a command, which has none */
	double parallelism;    /* mean; NaN unless probed */
	uint64_t memory_bytes; /* PSS of all processes together; NO_VALUE where one is not known */
	uint64_t start_ns; /* to make one worker, before the run; NO_VALUE where it is not known */
	char lock[64]; /* name of the lock that was waited for longest; "" where there is none */
	char code[64]; /* what ran most while nothing else did; "" where that is not known */
	struct predict_account predict;
};

struct sweep_account account_of(const struct report *report, const json_t *workload,
				unsigned int workers, uint64_t elapsed_ns, uint64_t tasks);

/* Each figure's median, so that no single run speaks for a point; texts are of the last one. */
struct sweep_account account_median(const struct sweep_account *accounts, size_t count);

/* A state's time for each task, or of the whole run where there are no tasks. */
uint64_t account_each_ns(const struct sweep_account *account, enum account_state state);

#endif
