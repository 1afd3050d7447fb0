// SPDX-License-Identifier: BSD-2-Clause
/* What musl keeps in its locks. */
#include <errno.h>
#include <linux/futex.h>

#include "daemon/model/lock_word_parts.h"

/* musl's pthread_mutex_t: its type stands before the word, the count of waiters behind it. */
#define MUSL_LOCK       4
#define MUSL_PREVIOUS   24
#define MUSL_NEXT       32
#define MUSL_SIZE       40
#define MUSL_TYPE_KNOWN 0x8fu /* 1 recursive, 2 error-checking, 4 robust, 8 PI, 0x80 shared */
#define MUSL_TYPE       0x0fu
#define MUSL_HELD       16u /* EBUSY, in the word of a default mutex */
#define MUSL_WAITERS    0x80000000u
#define MUSL_TID        0x3fffffffu

int musl_mutex_owner(const struct lock_memory *memory, uint32_t *ret_tid)
{
	uint32_t words[MUSL_SIZE / 4], tid;

	if (!lock_words_of(memory, MUSL_LOCK, words, MUSL_SIZE / 4))
		return -EINVAL;
	tid = words[1] & MUSL_TID;
	if (words[0] & ~MUSL_TYPE_KNOWN || words[2] > LOCK_TID_MAX || words[3])
		return -EINVAL;
	if (!(words[0] & MUSL_TYPE))
		return !words[1] || (words[1] & ~MUSL_WAITERS) == MUSL_HELD ? -ENODATA : -EINVAL;
	if (!tid)
		return -ENODATA;
	/* Small numbers are everywhere: it must know of a waiter, and be in its owner's list. */
	if (!lock_is_tid(tid) || (!(words[1] & MUSL_WAITERS) && !words[2]) ||
	    !lock_long_of(words, MUSL_PREVIOUS) || !lock_long_of(words, MUSL_NEXT))
		return -EINVAL;
	*ret_tid = tid;
	return 0;
}

bool musl_is_plain_mutex(const struct lock_memory *memory)
{
	uint32_t words[3];

	return lock_words_of(memory, MUSL_LOCK, words, 3) &&
	       !(words[0] & ~(uint32_t)FUTEX_PRIVATE_FLAG) &&
	       (words[1] & ~MUSL_WAITERS) == MUSL_HELD && words[2] <= LOCK_TID_MAX;
}

/* Word, waiters, and whether other processes may wait: a rwlock says it by one bit, a semaphore by
 * its absence. */
static bool is_waited_for(const struct lock_memory *memory, uint32_t private)
{
	uint32_t words[3];

	return lock_words_of(memory, 0, words, 3) && lock_is_tid(words[1]) &&
	       words[2] == (memory->is_private ? private : private ^ FUTEX_PRIVATE_FLAG);
}

bool musl_is_semaphore(const struct lock_memory *memory)
{
	return is_waited_for(memory, FUTEX_PRIVATE_FLAG);
}

bool musl_is_rwlock(const struct lock_memory *memory)
{
	return is_waited_for(memory, 0);
}
