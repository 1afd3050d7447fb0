// SPDX-License-Identifier: BSD-2-Clause
/* What glibc keeps in its locks. */
#include <errno.h>
#include <linux/futex.h>

#include "daemon/model/lock_word_parts.h"

/* glibc's pthread_mutex_t: the word, then these. */
#define MUTEX_COUNT  4
#define MUTEX_OWNER  8
#define MUTEX_USERS  12
#define MUTEX_KIND   16
#define MUTEX_SIZE   20
#define KIND_TYPE    0x003 /* 1 recursive, 2 error-checking, 3 adaptive */
#define KIND_ROBUST  0x010
#define KIND_PI      0x020
#define KIND_CEILING 0x040
#define KIND_KNOWN   0x3f3       /* and 0x080 shared, 0x100 and 0x200 about elision */
#define CEILING_LOW  0x7ffffu    /* of the word; the ceiling is above it */
#define INCONSISTENT 0x7ffffffeu /* as owner, this or one more: its owner died */

/* glibc's pthread_rwlock_t; a wait is for the word at 0, 8 or 12. */
#define RWLOCK_READERS  0
#define RWLOCK_WRITERS  4
#define RWLOCK_PHASE    8
#define RWLOCK_WRITER   12
#define RWLOCK_PAD      16 /* two words */
#define RWLOCK_OWNER    24
#define RWLOCK_SHARED   28
#define RWLOCK_ELISION  32
#define RWLOCK_FLAGS    48
#define RWLOCK_SIZE     52
#define RWLOCK_WRITING  0x1u /* in the word of readers: it is the writers' turn */
#define RWLOCK_LOCKED   0x2u /* a writer has it or is next; the count of readers is above bit 3 */
#define RWLOCK_HANDOVER 0x80000000u /* in the word of writers */

/* glibc's pthread_cond_t; a wait is for the word at 40 or 44. */
#define CONDITION_SEQUENCE 0
#define CONDITION_START    8
#define CONDITION_REFS     16
#define CONDITION_WREFS    36
#define CONDITION_SIGNALS  40

/* glibc's pthread_barrier_t; a wait is for the word at 4. */
#define BARRIER_IN     0
#define BARRIER_ROUND  4
#define BARRIER_COUNT  8
#define BARRIER_SHARED 12
#define BARRIER_OUT    16
#define BARRIER_SIZE   20

static int glibc_named_in_word(const uint32_t words[MUTEX_SIZE / 4], uint32_t *ret_tid)
{
	uint32_t owner = words[MUTEX_OWNER / 4], tid = 0;
	int r = lock_tid_in_word(words[0], &tid);

	if (r < 0)
		return r;
	if (owner && owner != tid && owner < INCONSISTENT)
		return -EINVAL;
	/* A thread's TID goes into the word first: with nothing beside it, it is on its way. */
	if (!owner)
		return -ENODATA;
	*ret_tid = tid;
	return 0;
}

int glibc_mutex_owner(const struct lock_memory *memory, uint32_t *ret_tid)
{
	uint32_t words[MUTEX_SIZE / 4], kind, word, owner;

	if (!lock_words_of(memory, 0, words, MUTEX_SIZE / 4))
		return -ENODATA;
	kind = words[MUTEX_KIND / 4];
	word = words[0];
	owner = words[MUTEX_OWNER / 4];
	if (kind & ~KIND_KNOWN || words[MUTEX_USERS / 4] > LOCK_TID_MAX ||
	    (words[MUTEX_COUNT / 4] && (kind & KIND_TYPE) != 1 &&
	     !(kind & (KIND_ROBUST | KIND_PI))))
		return -EINVAL;
	if (kind & (KIND_ROBUST | KIND_PI))
		return glibc_named_in_word(words, ret_tid);
	if (kind & KIND_CEILING)
		word &= CEILING_LOW;
	if (word > 2 || owner > LOCK_TID_MAX)
		return -EINVAL;
	/*
	 * The owner is written after the word and cleared before it, its users in between: without
	 * them it is being taken or let go, or it is a bare lock with other things behind it.
	 */
	if (!word || !owner || !words[MUTEX_USERS / 4])
		return -ENODATA;
	*ret_tid = owner;
	return 0;
}

static bool is_rwlock(const uint32_t words[RWLOCK_SIZE / 4])
{
	uint32_t readers = words[RWLOCK_READERS / 4], owner = words[RWLOCK_OWNER / 4];

	return readers >> 3 <= LOCK_TID_MAX &&
	       (words[RWLOCK_WRITERS / 4] & ~RWLOCK_HANDOVER) <= LOCK_TID_MAX &&
	       words[RWLOCK_PHASE / 4] <= 3 && words[RWLOCK_WRITER / 4] <= 3 &&
	       !words[RWLOCK_PAD / 4] && !words[RWLOCK_PAD / 4 + 1] && owner <= LOCK_TID_MAX &&
	       words[RWLOCK_SHARED / 4] <= 1 && !words[RWLOCK_ELISION / 4] &&
	       !words[RWLOCK_ELISION / 4 + 1] && !words[RWLOCK_ELISION / 4 + 2] &&
	       !words[RWLOCK_ELISION / 4 + 3] && words[RWLOCK_FLAGS / 4] <= 2 &&
	       (!owner ||
		(readers & (RWLOCK_LOCKED | RWLOCK_WRITING)) == (RWLOCK_LOCKED | RWLOCK_WRITING));
}

/* Whoever waits, a writer has it or is next; the words that are waited for repeat that. */
static bool is_waited_for(const uint32_t words[RWLOCK_SIZE / 4])
{
	uint32_t readers = words[RWLOCK_READERS / 4], phase = words[RWLOCK_PHASE / 4];

	return readers & RWLOCK_LOCKED && words[RWLOCK_WRITER / 4] & 1 &&
	       (phase & 1) == (readers & RWLOCK_WRITING);
}

/* Where one of its three words is the one that is waited for; all zero is no lock. */
static bool find_rwlock(const struct lock_memory *memory, bool waited, uint32_t *ret_owner,
			bool *ret_read)
{
	static const long starts[] = { RWLOCK_READERS, RWLOCK_PHASE, RWLOCK_WRITER };
	uint32_t words[RWLOCK_SIZE / 4];
	size_t fits = 0;

	*ret_read = false;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (!lock_words_of(memory, starts[i], words, RWLOCK_SIZE / 4))
			continue;
		*ret_read = true;
		if (!is_rwlock(words) || (waited && !is_waited_for(words)) ||
		    !(words[RWLOCK_READERS / 4] | words[RWLOCK_WRITERS / 4]))
			continue;
		/* Of two places that fit, neither's owner is known. */
		*ret_owner = fits++ ? 0 : words[RWLOCK_OWNER / 4];
	}
	return fits;
}

int glibc_rwlock_owner(const struct lock_memory *memory, uint32_t *ret_tid)
{
	uint32_t owner;
	bool was_read;

	if (!find_rwlock(memory, false, &owner, &was_read))
		return was_read ? -EINVAL : -ENODATA;
	if (!owner)
		return -ENODATA;
	*ret_tid = owner;
	return 0;
}

bool glibc_is_rwlock(const struct lock_memory *memory)
{
	uint32_t owner;
	bool was_read;

	return find_rwlock(memory, true, &owner, &was_read);
}

/* The variable has two groups of waiters, each with a word and a count of its own. */
bool glibc_is_condition(const struct lock_memory *memory)
{
	uint32_t words[CONDITION_SIGNALS / 4 + 2];

	for (size_t group = 0; group < 2; group++) {
		long start = CONDITION_SIGNALS + (long)group * 4;
		uint32_t refs, all;

		if (!lock_words_of(memory, start, words, (size_t)start / 4 + 1))
			continue;
		refs = words[CONDITION_REFS / 4 + group] >> 1;
		all = words[CONDITION_WREFS / 4] >> 3;
		if (lock_is_tid(refs) && lock_is_tid(all) && refs <= all &&
		    lock_long_of(words, CONDITION_START) >> 1 <=
			    lock_long_of(words, CONDITION_SEQUENCE) >> 1)
			return true;
	}
	return false;
}

/* Rounds are counted by those who came in: who waits for the end of one has come, and not all. */
bool glibc_is_barrier(const struct lock_memory *memory)
{
	uint32_t words[BARRIER_SIZE / 4], in, round, count, out;

	if (!lock_words_of(memory, BARRIER_ROUND, words, BARRIER_SIZE / 4))
		return false;
	in = words[BARRIER_IN / 4];
	round = words[BARRIER_ROUND / 4];
	count = words[BARRIER_COUNT / 4];
	out = words[BARRIER_OUT / 4];
	return count > 1 && count <= LOCK_TID_MAX && in - round - 1 < count && out <= round &&
	       round - out <= count && round % count == 0 &&
	       words[BARRIER_SHARED / 4] == (memory->is_private ? 0 : FUTEX_PRIVATE_FLAG);
}

bool glibc_is_semaphore(const struct lock_memory *memory)
{
	uint32_t words[3];

	return lock_words_of(memory, 0, words, 3) && words[0] <= INT32_MAX &&
	       lock_is_tid(words[1]) && words[2] == (memory->is_private ? 0 : FUTEX_PRIVATE_FLAG);
}
