/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of what lock_word.h tells: how to read words around a futex (lock_word.c), and the
 * structures of each library (lock_word_glibc.c, lock_word_musl.c).
 */
#ifndef PARTRACE_MODEL_LOCK_WORD_PARTS_H
#define PARTRACE_MODEL_LOCK_WORD_PARTS_H

#include "daemon/model/lock_word.h"

/* A structure that begins `start` bytes before the futex word; false where it could not be read. */
bool lock_words_of(const struct lock_memory *memory, long start, uint32_t *words, size_t count);
/* The kernel's own rule for PI and robust futexes, whatever the library; as lock_word_owner(). */
int lock_tid_in_word(uint32_t word, uint32_t *ret_tid);

static inline uint64_t lock_long_of(const uint32_t *words, size_t offset)
{
	return words[offset / 4] | (uint64_t)words[offset / 4 + 1] << 32;
}

static inline bool lock_is_tid(uint32_t value)
{
	return value && value <= LOCK_TID_MAX;
}

/* All of them as lock_word_owner() and lock_layout_fits(). */
int glibc_mutex_owner(const struct lock_memory *memory, uint32_t *ret_tid);
int glibc_rwlock_owner(const struct lock_memory *memory, uint32_t *ret_tid);
bool glibc_is_rwlock(const struct lock_memory *memory);
bool glibc_is_condition(const struct lock_memory *memory);
bool glibc_is_semaphore(const struct lock_memory *memory);
bool glibc_is_barrier(const struct lock_memory *memory);
/* Asked only where it is no glibc mutex. */
int musl_mutex_owner(const struct lock_memory *memory, uint32_t *ret_tid);
bool musl_is_plain_mutex(const struct lock_memory *memory);
bool musl_is_semaphore(const struct lock_memory *memory);
bool musl_is_rwlock(const struct lock_memory *memory);

#endif
