// SPDX-License-Identifier: BSD-2-Clause
/* Memory around lock words that is anything: an owner is a possible TID, a kind is one we name. */
#include "daemon/model/lock_word.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/owned.h"
#include "daemon/model/lock_kind.h"
#include "tests/fuzz/mutate.h"

TestSuite(lock_word_fuzz, .timeout = 100);

/* A copy of its own: with sanitizers, a byte too much is found. */
static uint8_t *copied(const uint8_t *from, size_t size)
{
	return size ? memcpy(malloc(size), from, size) : NULL;
}

/* Locks as their libraries leave them, so that few changes make something that nearly is one. */
static void fill(struct mutation *mutation, uint8_t *memory, size_t size)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
	pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
	size_t at = 4 * mutation_number(mutation, size / 8);

	memset(memory, 0, size);
	switch (mutation_number(mutation, 4)) {
	case 0:
		pthread_mutex_lock(&mutex);
		memcpy(memory + at, &mutex, sizeof(mutex));
		break;
	case 1:
		pthread_rwlock_wrlock(&rwlock);
		memcpy(memory + at, &rwlock, sizeof(rwlock));
		break;
	case 2:
		memcpy(memory + at, &condition, sizeof(condition));
		break;
	default:
		for (size_t i = 0; i < size; i++)
			memory[i] = (uint8_t)mutation_number(mutation, 256);
	}
}

static void look(const struct lock_memory *memory, struct mutation *mutation)
{
	static const char *const functions[] = { "pthread_mutex_lock", NULL, "sem_wait", "f" };
	struct lock_clues clues = {
		.operation = (uint32_t)mutation_number(mutation, 16),
		.is_private = memory->is_private,
		.value = (uint32_t)mutation_number(mutation, 1ull << 32),
		.memory = memory->at,
		.memory_size = memory->at_size,
		.before = memory->before,
		.before_size = memory->before_size,
		.functions = functions,
		.function_count = mutation_number(mutation, ARRAY_LEN(functions) + 1),
		.waiters = mutation_number(mutation, 3),
		.wakers_are_waiters = mutation_number(mutation, 2),
	};
	struct lock_guess guess = lock_kind_of(&clues);

	cr_assert_lt(guess.kind, LOCK_KINDS);
	cr_assert(guess.confidence >= 0 && guess.confidence <= 1);
	for (int layout = 0; layout < LAYOUT_COUNT; layout++)
		lock_layout_fits((enum lock_layout)layout, memory);
	for (int kind = 0; kind < LOCK_KINDS; kind++) {
		uint32_t tid = 1;
		int r = lock_word_owner((enum lock_kind)kind, memory, &tid);

		cr_assert(r == 0 || r == -ENODATA || r == -EINVAL, "%d", r);
		cr_assert(r < 0 || tid <= LOCK_TID_MAX, "%u", tid);
	}
}

Test(lock_word_fuzz, memory_that_is_anything_names_a_thread_or_nobody)
{
	struct mutation mutation = mutation_begin(21);

	for (unsigned int i = 0; i < mutation_rounds(50000); i++) {
		uint8_t memory[LOCK_MEMORY_BEFORE + LOCK_MEMORY_AT];
		_cleanup_free_ uint8_t *at = NULL, *before = NULL;
		struct lock_memory seen = { .is_private = i % 2 };

		fill(&mutation, memory, sizeof(memory));
		mutation_spoil(&mutation, memory, sizeof(memory));
		seen.at_size = mutation_number(&mutation, 3)
				       ? LOCK_MEMORY_AT
				       : mutation_number(&mutation, LOCK_MEMORY_AT);
		seen.before_size = mutation_number(&mutation, 3)
					   ? LOCK_MEMORY_BEFORE
					   : mutation_number(&mutation, LOCK_MEMORY_BEFORE);
		at = copied(memory + LOCK_MEMORY_BEFORE, seen.at_size);
		before = copied(memory + LOCK_MEMORY_BEFORE - seen.before_size, seen.before_size);
		seen.at = at;
		seen.before = before;
		look(&seen, &mutation);
	}
}
