/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of a lockbook: lockbook.c (rows and their facts) and lockbook_stacks.c (frames). */
#ifndef PARTRACE_LOCKBOOK_PARTS_H
#define PARTRACE_LOCKBOOK_PARTS_H

#include "daemon/lockbook.h"
#include "daemon/model/lock_word.h"
#include "daemon/symbol/worker.h"

/* Innermost frames that tell what kind of lock it is. */
#define BOOK_FUNCTIONS 16

struct book_row {
	uint32_t generation;
	bool asked;  /* for its place */
	bool placed; /* its place is known */
	bool is_gil;
	struct symbol_place place;
	/* as last read */
	uint8_t memory[LOCK_MEMORY_BEFORE + LOCK_MEMORY_AT];
	size_t memory_size; /* 0: could not be read */
	/* of a thread that waits for it */
	const char *functions[BOOK_FUNCTIONS];
	const char *modules[BOOK_FUNCTIONS];
	size_t function_count;
	/* of the edges */
	uint32_t waiters;
	bool wakers_are_waiters;
	struct lock_fact fact;
	uint64_t owner_look; /* when its fact was made for lockbook_owner() */
};

struct book_frames {
	uint64_t hash;
	size_t count;
	struct report_frame frames[];
};

/* A stack on its way: the ticket is its place here. */
struct book_pending {
	bool used;
	struct book_stack stack;
};

/* Where a thread waited when it was asked for. */
struct book_thread {
	uint32_t generation;
	uint32_t seq; /* of its slot then */
	const struct book_frames *frames;
};

#define BOOK_PENDING 1024

struct lockbook {
	struct probe *probe;
	struct symbol_worker *worker;
	struct book_row rows[LOCK_ROWS];
	uint64_t seen_waits; /* of the probes' counter, at the last look */

	struct book_frames **stacks; /* [2 * LOCKBOOK_STACKS_MAX], by hash */
	size_t stacks_count;
	struct book_pending pending[BOOK_PENDING];
	size_t pending_count;
	uint64_t lost;
	uint64_t asked, answered;
	uint64_t owner_looks;

	struct book_thread threads[STACK_BUFFERS]; /* by slot */
};

/* A ticket says what an answer is about. */
enum { TICKET_STACK = 1, TICKET_PLACE = 2, TICKET_THREAD = 3 };
#define TICKET(kind, number, generation)                                                           \
	((uint64_t)(kind) << 60 | (uint64_t)(number) << 32 | (generation))
#define TICKET_KIND(ticket)       ((ticket) >> 60)
#define TICKET_NUMBER(ticket)     ((ticket) >> 32 & 0xfffffff)
#define TICKET_GENERATION(ticket) ((uint32_t)(ticket))

/* The interned form of these frames; NULL: no room, no memory. */
const struct book_frames *lockbook_intern(struct lockbook *book, const struct symbol_frame *frames,
					  size_t count);
void lockbook_thread_named(struct lockbook *book, const struct symbol_answer *answer);
/* A stack has got its names. */
void lockbook_named(struct lockbook *book, uint32_t pending, const struct symbol_frame *frames,
		    size_t count, bool whole, lockbook_stack_fn fn, void *context);

#endif
