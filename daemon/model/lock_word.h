/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: what a C library keeps in a lock's memory, above all who owns it.
 *
 * The memory was read while its owners go on: it may be torn, and may be something else altogether.
 * So a structure is believed only where all its fields are possible together, and a TID is still to
 * be translated (it belongs to the target's PID namespace) and to be checked against the living.
 *
 * Layouts are those of 64-bit, little-endian processes: glibc 2.25 to 2.40 (condition variables
 * changed in 2.41; they are then not recognised here) and musl 1.1 to 1.2. For others pass nothing.
 */
#ifndef PARTRACE_MODEL_LOCK_WORD_H
#define PARTRACE_MODEL_LOCK_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/report_locks.h"

/* What is worth reading on either side of a futex word. */
#define LOCK_MEMORY_AT     64
#define LOCK_MEMORY_BEFORE 64

#define LOCK_TID_MAX (1u << 22) /* the kernel's PID_MAX_LIMIT */

struct lock_memory {
	const uint8_t *at; /* from the futex word on; NULL: could not be read */
	size_t at_size;
	const uint8_t *before; /* what ends where the word begins; NULL likewise */
	size_t before_size;
	bool is_private; /* the waiter gave FUTEX_PRIVATE_FLAG */
};

enum lock_layout {
	LAYOUT_NONE,
	LAYOUT_MUTEX,          /* glibc or musl, with an owner named in it */
	LAYOUT_MUSL_PLAIN,     /* musl's default mutex: held, its owner not kept */
	LAYOUT_RWLOCK,         /* glibc */
	LAYOUT_CONDITION,      /* glibc, with a waiter in it */
	LAYOUT_SEMAPHORE,      /* glibc, with a waiter in it */
	LAYOUT_BARRIER,        /* glibc, with a waiter in it */
	LAYOUT_MUSL_SEMAPHORE, /* likewise */
	LAYOUT_MUSL_RWLOCK,
	LAYOUT_COUNT,
};

/*
 * Who owns the lock, as TID in the target's PID namespace. For a rwlock: the writer; for a join:
 * the thread that is waited for.
 *
 * 0, or -ENODATA: nobody does, or this kind or library keeps no owner, or the memory was not read;
 * -EINVAL: what is there can't be such a lock.
 */
int lock_word_owner(enum lock_kind kind, const struct lock_memory *memory, uint32_t *ret_tid);

/* Whether the memory around the word can be that and says so; free and zeroed memory never does. */
bool lock_layout_fits(enum lock_layout layout, const struct lock_memory *memory);

#endif
