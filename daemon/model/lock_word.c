// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/lock_word_parts.h"

#include <errno.h>
#include <linux/futex.h>
#include <string.h>

/* The word at `offset` from the futex word, which may be before it; -ENODATA. */
static int word_at(const struct lock_memory *memory, long offset, uint32_t *ret)
{
	const uint8_t *from;

	if (offset < 0) {
		if (!memory->before || (size_t)-offset > memory->before_size || offset > -4)
			return -ENODATA;
		from = memory->before + memory->before_size + offset;
	} else {
		if (!memory->at || (size_t)offset + 4 > memory->at_size)
			return -ENODATA;
		from = memory->at + offset;
	}
	memcpy(ret, from, 4);
	return 0;
}

/* A structure that begins `start` bytes before the futex word; 0 where it could not be read. */
bool lock_words_of(const struct lock_memory *memory, long start, uint32_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (word_at(memory, (long)i * 4 - start, &words[i]) < 0)
			return false;
	return true;
}

/* The kernel's own rule for PI and robust futexes, whatever the library. */
int lock_tid_in_word(uint32_t word, uint32_t *ret_tid)
{
	uint32_t tid = word & FUTEX_TID_MASK;

	if (!tid || word & FUTEX_OWNER_DIED)
		return -ENODATA;
	if (!lock_is_tid(tid))
		return -EINVAL;
	*ret_tid = tid;
	return 0;
}

static int mutex_owner(const struct lock_memory *memory, uint32_t *ret_tid)
{
	int r = glibc_mutex_owner(memory, ret_tid);

	return r == -EINVAL ? musl_mutex_owner(memory, ret_tid) : r;
}

/* glibc waits, shared, for the word that the kernel clears when the thread is gone. */
static int joined_thread(const struct lock_memory *memory, uint32_t *ret_tid)
{
	uint32_t word;

	if (memory->is_private || word_at(memory, 0, &word) < 0 || !word)
		return -ENODATA;
	if (!lock_is_tid(word))
		return -EINVAL;
	*ret_tid = word;
	return 0;
}

int lock_word_owner(enum lock_kind kind, const struct lock_memory *memory, uint32_t *ret_tid)
{
	uint32_t word;

	switch (kind) {
	case LOCK_MUTEX:
		return mutex_owner(memory, ret_tid);
	case LOCK_PI_MUTEX:
		return word_at(memory, 0, &word) < 0 ? -ENODATA : lock_tid_in_word(word, ret_tid);
	case LOCK_RWLOCK:
		return glibc_rwlock_owner(memory, ret_tid);
	case LOCK_JOIN:
		return joined_thread(memory, ret_tid);
	default:
		return -ENODATA;
	}
}

bool lock_layout_fits(enum lock_layout layout, const struct lock_memory *memory)
{
	uint32_t tid;

	switch (layout) {
	case LAYOUT_MUTEX:
		return lock_word_owner(LOCK_MUTEX, memory, &tid) == 0;
	case LAYOUT_MUSL_PLAIN:
		return musl_is_plain_mutex(memory);
	case LAYOUT_RWLOCK:
		return glibc_is_rwlock(memory);
	case LAYOUT_CONDITION:
		return glibc_is_condition(memory);
	case LAYOUT_SEMAPHORE:
		return glibc_is_semaphore(memory);
	case LAYOUT_BARRIER:
		return glibc_is_barrier(memory);
	case LAYOUT_MUSL_SEMAPHORE:
		return musl_is_semaphore(memory);
	case LAYOUT_MUSL_RWLOCK:
		return musl_is_rwlock(memory);
	default:
		return false;
	}
}
