/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: what kind of lock a futex word is, how sure that is, and whether waiting for it is
 * contention. The kernel knows words only, so this is a guess out of what was waited for, how, from
 * where in the code, and what the memory around it looks like. The rules and their
 * reasons are the table in lock_rules.c.
 */
#ifndef PARTRACE_MODEL_LOCK_KIND_H
#define PARTRACE_MODEL_LOCK_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/report_locks.h"

struct lock_clues {
	uint32_t operation; /* FUTEX_* command without flags, as the waiter gave it; for
			       futex_waitv and futex_wait (6.7) FUTEX_WAIT_BITSET */
	bool is_private;
	uint32_t value;        /* that the waiter expected */
	bool values_vary;      /* other waits for it expected another one */
	const uint8_t *memory; /* at the word, as read lately; NULL: could not be read. Best
				  LOCK_MEMORY_AT bytes of it, and LOCK_MEMORY_BEFORE before it */
	size_t memory_size;
	const uint8_t *before; /* what ends where the word begins, likewise */
	size_t before_size;
	const char *symbol;           /* data symbol it lies in, NULL for none */
	const char *module;           /* the file that this symbol is in, likewise */
	const char *const *functions; /* of the waiter's innermost frames, innermost first, as
					 demangled; entries may be NULL, as may the array */
	const char *const *modules;   /* their ELF files' paths, likewise */
	size_t function_count;
	uint64_t waiters;           /* distinct threads that ever waited for it */
	bool wakers_are_waiters;    /* those who wake it also wait for it */
	bool releasers_were_owners; /* the memory named one who let go, for most of that one's time
				     */
	bool wakers_have_ended;     /* there were such, and all of them have ended since */
	bool wakers_woke_again;     /* one of them ended more than one wait */
	bool value_is_thread;       /* the expected value is the TID of a thread of that process, or
				       of one whose end was the end of the wait */
	bool is_gil;                /* the word is one of CPython's GIL words */
};

/* What the words belong to that are waited for, whatever its users make of it. */
enum lock_words {
	WORDS_OWN, /* one word, where the object begins or all there is of it */
	WORDS_GLIBC_CONDITION,
	WORDS_GLIBC_RWLOCK,
	WORDS_PTHREAD_MUTEX, /* glibc's is waited for in its first word, musl's in its second */
	WORDS_RUST_WRITER,   /* the second word of a Rust RwLock */
};

struct lock_guess {
	enum lock_kind kind;
	enum lock_words words;
	double confidence; /* in kind, 0…1; 0: nothing is known */
	bool contended;    /* waiting for it is waiting to acquire */
	const char *why;   /* the rule's reason, a static string */
	/* The function, a static string, that waits for a lock by a word of each thread's own: the
	 * word is not the lock, and does not tell which it is. NULL: the word is the lock. */
	const char *taken_by;
	const char *name; /* of the lock, a static string, where its memory has none; NULL */
};

struct lock_guess lock_kind_of(const struct lock_clues *clues);

#endif
