/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of each row of the probes' table of locks: what lies there in the target's memory,
 * its name, its kind, its owner; and of each stack that the probes took: its frames.
 *
 * Names come from a thread of their own (daemon/symbol/worker.h), so the event loop never waits for
 * files. Frames are interned: equal stacks have the same address, as long as the book lives.
 * At most LOCKBOOK_STACKS_MAX different stacks are kept; what comes beyond is counted as lost.
 */
#ifndef PARTRACE_LOCKBOOK_H
#define PARTRACE_LOCKBOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "api/report.h"
#include "daemon/model/code_window.h"
#include "daemon/model/lock_fact.h"
#include "daemon/model/lock_window.h"
#include "daemon/probe/probe.h"
#include "daemon/symbol/symbolizer.h"

#define LOCKBOOK_STACKS_MAX 16384

struct lockbook;

/* A stack of threads that waited for a lock, or gave it up; `sets`: who watches that thread. */
struct book_stack {
	uint32_t sets;
	struct lock_ref lock;
	enum stack_role role;
	uint64_t waits;
	uint64_t wait_ns;
	const struct report_frame *frames;
	size_t frames_count;
	bool whole;
};

typedef void (*lockbook_stack_fn)(const struct book_stack *stack, void *context);

/* A sample of code: of `sample`, `running` is told for each set that the thread belongs to. */
struct book_code {
	uint32_t sets;
	uint32_t running[SETS_MAX];
	struct code_sample sample;
};

typedef void (*lockbook_code_fn)(const struct book_code *code, void *context);

/* A thread of `sets` was started for this function, as one of its stacks says. */
struct book_start {
	uint32_t sets;
	uint32_t slot, generation;
	const char *function;
};

typedef void (*lockbook_start_fn)(const struct book_start *start, void *context);

int lockbook_new(struct probe *probe, struct lockbook **ret);
void lockbook_free(struct lockbook *book);

/* Readable when names have come: then lockbook_drain() hands the stacks out, so many at a time. */
int lockbook_fd(const struct lockbook *book);
void lockbook_drain(struct lockbook *book, lockbook_stack_fn fn, void *context);
/*
 * Names asked for and names come, ever, in the same order: those asked for by now have come once as
 * many have.
 */
uint64_t lockbook_asked(const struct lockbook *book);
uint64_t lockbook_answered(const struct lockbook *book);
/*
 * What has not come yet of the names asked for by then (lockbook_asked()), and is about threads of
 * this set or locks that these waited for: other sessions' names are not missed.
 */
struct book_names {
	uint64_t stacks, places;
};

struct book_names lockbook_missing(const struct lockbook *book, uint32_t set, uint64_t asked);
/* Stacks that could not be named, ever. */
uint64_t lockbook_lost(const struct lockbook *book);
/* Names of functions, files and modules that found no room, ever: what they name is nameless. */
uint64_t lockbook_unnamed(const struct lockbook *book);
/* How often, ever, a file with names could not be opened because too many are open. */
uint64_t lockbook_unopened(const struct lockbook *book);
/* Of how many processes it was known late, ever, that what they waited for was another's lock. */
uint64_t lockbook_late_homes(const struct lockbook *book);

/* From the ring buffer: sends it to be named. */
void lockbook_stack(struct lockbook *book, const struct stack_head *head, const uint8_t *memory);

/* The same of samples of code, which are given out by the function set here. */
void lockbook_on_code(struct lockbook *book, lockbook_code_fn fn, void *context);
void lockbook_sample(struct lockbook *book, const struct stack_head *head, const uint8_t *memory);
/* Is told with every whole stack, whatever that was taken for. */
void lockbook_on_start(struct lockbook *book, lockbook_start_fn fn, void *context);
/* Samples that could not be named, ever. */
uint64_t lockbook_lost_samples(const struct lockbook *book);

/*
 * Where a thread of the target waits at this moment, from the registers in its stack buffer, which
 * the task iterator has just filled: lockbook_thread_stack() tells it once the names have come,
 * and only if the thread has not moved since. What is known already is not asked again.
 * False: so much is on its way that it is to be asked for later.
 */
bool lockbook_ask_thread(struct lockbook *book, uint32_t slot);
struct standing_stack lockbook_thread_stack(const struct lockbook *book,
					    const struct thread_slot *slot);

/* Rows that are new since the last call, or have waiters: reads their memory, asks for their names.
 */
void lockbook_look(struct lockbook *book);
/* Of rows that the last look left without a question for their place, because too much was on its
 * way: false, there are more. */
bool lockbook_ask_places(struct lockbook *book);
/* Those of this set. */
size_t lockbook_unasked_places(const struct lockbook *book, uint32_t set);
/* A process has a new program, or none any more. */
void lockbook_forget(struct lockbook *book, pid_t pid);

/*
 * Who has this lock now by its own memory (of a join: the thread that is waited for), and what it
 * is; 0: not known. Each row is read once between two calls of lockbook_begin_owners().
 */
void lockbook_begin_owners(struct lockbook *book);
uint32_t lockbook_owner(struct lockbook *book, struct lock_ref lock, enum lock_kind *ret_kind);

/*
 * Who has the mutex that the kernel has refused this thread, so that it waits for ever; 0: nobody
 * who is known. That it is so, and which mutex it was, is certain only where the fact is there,
 * which takes the names of its frames (lockbook_ask_thread()).
 */
uint32_t lockbook_refused_owner(struct lockbook *book, const struct thread_slot *slot);
const struct lock_fact *lockbook_refused_fact(struct lockbook *book,
					      const struct thread_slot *slot);
bool lockbook_is_refused(struct lockbook *book, const struct thread_slot *slot);

/* Who has locks that others wait for, as of the last look: so many at most. */
size_t lockbook_owners(struct lockbook *book, uint32_t *ret_tids, size_t room);

/*
 * Processes of which names of compiled code are missing, the last ones: LOCKBOOK_JIT_LOSSES at
 * most, in `ret`; how many.
 */
#define LOCKBOOK_JIT_LOSSES 32
struct book_jit_loss {
	pid_t pid;
	struct jit_loss loss;
};

size_t lockbook_jit_losses(const struct lockbook *book,
			   struct book_jit_loss ret[LOCKBOOK_JIT_LOSSES]);

/* As lock_fact_fn; context: the book. */
const struct lock_fact *lockbook_fact(void *book, uint32_t row);

#endif
