/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules by which lock_kind.c guesses; internal to the two. */
#ifndef PARTRACE_MODEL_LOCK_RULES_H
#define PARTRACE_MODEL_LOCK_RULES_H

#include "daemon/model/lock_kind.h"
#include "daemon/model/lock_word.h"

enum lock_stage {
	STAGE_SURE, /* known whatever the stack looks like; ends the guessing */
	STAGE_WAIT, /* the function that waits; the innermost one that has a rule counts */
	STAGE_LOOK, /* no such function: how the wait and the memory look */
	STAGE_USE,  /* what a caller further out uses it for */
};

enum lock_contention {
	NEVER,
	ALWAYS,
	/* A semaphore is a lock where its waiters are its posters; a caller may know better. */
	IF_PASSED_ON,
	/* Not by itself, but a caller may lock something with it (parkers). */
	BY_CALLER,
	/* By itself, but a caller may wait for a condition of its own with it. */
	UNLESS_CALLER,
};

/* A rule holds where all that it states is so; what is 0 or NULL isn't asked for. */
struct lock_rule {
	enum lock_stage stage;
	uint32_t operations;  /* bits 1 << FUTEX_… */
	const char *function; /* pattern: `*` is any text; leading underscores don't count */
	const char *module;   /* pattern: of that frame's file, for LOOK of the innermost's */
	const char *symbol;   /* pattern: the data symbol */
	size_t depth;         /* of the frame, at most; 0: any (for WAIT: WAIT_DEPTH) */
	bool (*holds)(const struct lock_clues *clues);
	enum lock_layout layout;
	uint32_t over; /* USE: bits 1 << LOCK_… that it makes something else of */
	enum lock_kind kind;
	enum lock_words words;
	enum lock_contention contention;
	double confidence;
	const char *why;
	const char *taken_by; /* see struct lock_guess */
	const char *name;     /* likewise */
};

#define WAIT_DEPTH 8 /* PLT, wrappers and `syscall` are counted, too */

extern const struct lock_rule lock_rules[];
extern const size_t lock_rules_count;

#endif
