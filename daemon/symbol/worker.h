/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A symbolizer behind a thread of its own, so that the event loop never waits for ELF files.
 *
 * Jobs go in by one thread, are done in order, and their answers come out, in the same order, by
 * the same thread. A job takes one of SYMBOL_JOBS_MAX places until its answer has been taken.
 * Five seconds without a job, and what was read of ELF files is given back (symbolizer_rest()).
 */
#ifndef PARTRACE_SYMBOL_WORKER_H
#define PARTRACE_SYMBOL_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/symbol/symbolizer.h"

#define SYMBOL_JOBS_MAX        1024u
#define SYMBOL_STACK_BYTES_MAX (64u * 1024u) /* of a raw copy; the rest of it is left out */

enum symbol_answer_kind { ANSWER_STACK, ANSWER_PLACE, ANSWER_JAVA_PARK };

struct symbol_answer {
	uint64_t ticket;
	enum symbol_answer_kind kind;
	pid_t pid;
	int error;                   /* 0, or why there is no answer: -errno */
	struct symbol_frame *frames; /* ANSWER_STACK; free()d by symbol_answer_release() */
	size_t frames_count;
	bool whole;
	struct jit_loss jit_loss;  /* of its process, as of this stack */
	struct symbol_place place; /* ANSWER_PLACE */
	bool is_gil;               /* likewise: one of the words of CPython's GIL */
	const char *text;          /* ANSWER_JAVA_PARK; NULL: not known */
};

struct symbol_worker;

/* Starts its thread. 0 or -errno. */
int symbol_worker_new(struct symbol_worker **ret);
/*
 * Ends the thread and frees what it has. The job that it is at is waited for, two seconds at most:
 * a thread that hangs in a dead file system is left behind, with its memory, and texts that were
 * given out stay then. All texts of answers end here otherwise.
 */
void symbol_worker_free(struct symbol_worker *worker);

/* Jobs; none waits. -EAGAIN: the queue is full. The bytes are copied, and wiped once unwound. */
int symbol_worker_stack(struct symbol_worker *worker, uint64_t ticket, pid_t pid,
			const struct raw_stack *stack);
int symbol_worker_place(struct symbol_worker *worker, uint64_t ticket, pid_t pid, uint64_t address);
/* As symbolizer_java_park(). */
int symbol_worker_java_park(struct symbol_worker *worker, uint64_t ticket, pid_t pid,
			    uint64_t address);
/* Has no answer: symbolizer_forget(), in turn with the jobs. */
int symbol_worker_forget(struct symbol_worker *worker, pid_t pid);

/* An eventfd, the worker's own: readable while there are answers. */
int symbol_worker_fd(const struct symbol_worker *worker);
/* The next answer; false when there is none (yet). */
bool symbol_worker_next(struct symbol_worker *worker, struct symbol_answer *ret);
void symbol_answer_release(struct symbol_answer *answer);

/* Jobs whose answers have not been taken; 0: all is done. */
size_t symbol_worker_pending(struct symbol_worker *worker);

/* As they were after the last job. */
void symbol_worker_stats(struct symbol_worker *worker, struct symbolizer_stats *ret);

#endif
