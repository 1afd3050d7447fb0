/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the worker: worker.c is its thread and its life, worker_ask.c the caller's side. */
#ifndef PARTRACE_SYMBOL_WORKER_PARTS_H
#define PARTRACE_SYMBOL_WORKER_PARTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/symbol/worker.h"

enum job_kind { JOB_STACK, JOB_PLACE, JOB_JAVA_PARK, JOB_FORGET };

struct job {
	enum job_kind kind;
	struct raw_stack stack;
	uint8_t *bytes; /* the stack's, owned */
	uint64_t address;
	struct symbol_answer answer; /* its ticket and pid are the job's */
};

/*
 * One ring: `taken` ≤ `done` ≤ `put`, which only ever grow. Between `done` and `put` a job is the
 * worker's, elsewhere the caller's, so that the lock is held for the counts alone.
 */
struct symbol_worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	bool is_stopping;
	uint64_t put, done, taken;
	int fd;
	struct symbolizer *symbolizer;
	struct symbolizer_stats stats;
	struct symbol_frame frames[SYMBOL_FRAMES_MAX];
	struct job jobs[SYMBOL_JOBS_MAX];
};

static inline struct job *symbol_worker_job(struct symbol_worker *worker, uint64_t number)
{
	return &worker->jobs[number % SYMBOL_JOBS_MAX];
}

/* Raw stacks are private: the copy is gone, wherever it has got to. */
void symbol_job_wipe(struct job *job);

#endif
