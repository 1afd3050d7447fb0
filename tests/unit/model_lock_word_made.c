// SPDX-License-Identifier: BSD-2-Clause
/* Memory made by hand: what musl leaves, what contradicts itself, and what is too short. */
#include "daemon/model/lock_word.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>

#include "base/owned.h"

static struct lock_memory words(const uint32_t *at, size_t count, size_t before)
{
	return (struct lock_memory){ .at = (const uint8_t *)(at + before),
				     .at_size = (count - before) * 4,
				     .before = (const uint8_t *)at,
				     .before_size = before * 4,
				     .is_private = true };
}

/* As a musl 1.2.3 program printed its own memory; owner 0xb8d. */
Test(lock_word_made, reads_the_owner_of_musl_mutexes_that_keep_one)
{
	static const uint32_t types[] = { 1, 2, 4, 0x80, 0x81, 0x8c };

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		uint32_t memory[16] = { types[i], 0x80000b8d, 1, 0, 0, 0, 0x414780, 0, 0x414780 };
		struct lock_memory lock = words(memory, 16, 1);
		uint32_t tid = 0;

		if (types[i] == 0x80) {
			memory[1] = 0x80000010;
			cr_assert_eq(lock_word_owner(LOCK_MUTEX, &lock, &tid), -ENODATA);
			cr_assert(lock_layout_fits(LAYOUT_MUSL_PLAIN, &lock));
			continue;
		}
		cr_assert_eq(lock_word_owner(LOCK_MUTEX, &lock, &tid), 0, "type %#x", types[i]);
		cr_assert_eq(tid, 0xb8d);
		memory[8] = 0;
		cr_assert_eq(lock_word_owner(LOCK_MUTEX, &lock, &tid), -EINVAL,
			     "an owner's list that does not hold it");
	}
}

Test(lock_word_made, musl_default_mutexes_keep_no_owner)
{
	uint32_t memory[16] = { 0, 0x80000010, 1 };
	struct lock_memory lock = words(memory, 16, 1);
	uint32_t tid;

	cr_assert_eq(lock_word_owner(LOCK_MUTEX, &lock, &tid), -ENODATA);
	cr_assert(lock_layout_fits(LAYOUT_MUSL_PLAIN, &lock));
	memory[1] = 0x80000011;
	cr_assert_eq(lock_word_owner(LOCK_MUTEX, &lock, &tid), -EINVAL);
	cr_assert_not(lock_layout_fits(LAYOUT_MUSL_PLAIN, &lock));
}

Test(lock_word_made, believes_no_mutex_whose_fields_contradict_each_other)
{
	static const uint32_t wrong[][5] = {
		{ 3, 0, 100, 1, 0 },                      /* such a word there is not */
		{ 2, 0, LOCK_TID_MAX + 1, 1, 0 },         /* nor such a thread */
		{ 2, 0, 100, 1, 0x400 },                  /* nor such a kind */
		{ 2, 1, 100, 1, 0 },                      /* counted, but not recursive */
		{ 2, 0, 100, LOCK_TID_MAX + 1, 0 },       /* more users than threads */
		{ 0x80000064, 0, 101, 1, 0x10 },          /* robust, of two owners */
		{ 0x3fffffff, 1, 0x3fffffff, 1, 0x20 },   /* PI, of a TID beyond all */
		{ 0xdeadbeef, 0x12345678, 7, 7, 0x7fff }, /* anything */
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct lock_memory lock = words(wrong[i], 5, 0);
		uint32_t tid = 77;

		cr_assert_eq(lock_word_owner(LOCK_MUTEX, &lock, &tid), -EINVAL, "case %zu", i);
		cr_assert_eq(tid, 77, "written on success only");
	}
}

Test(lock_word_made, a_mutex_that_is_just_taken_or_let_go_has_no_owner_yet)
{
	static const uint32_t between[][5] = {
		{ 1, 0, 0, 0, 0 },             /* taken, not yet signed */
		{ 2, 0, 100, 0, 0 },           /* signed, its user not yet counted */
		{ 0x80000064, 0, 0, 0, 0x10 }, /* robust, not yet signed */
		{ 0xc0000064, 0, 100, 1, 0x10 } /* its owner died */,
	};

	for (size_t i = 0; i < ARRAY_LEN(between); i++) {
		struct lock_memory lock = words(between[i], 5, 0);
		uint32_t tid;

		cr_assert_eq(lock_word_owner(LOCK_MUTEX, &lock, &tid), -ENODATA, "case %zu", i);
	}
}

Test(lock_word_made, memory_of_every_length_down_to_none_is_read_within_its_bounds)
{
	uint8_t *at, *before;
	uint32_t tid;

	for (size_t size = 0; size <= 64; size++) {
		/* Of exactly that size, so that a sanitizer sees the first byte too many. */
		at = calloc(1, size + !size);
		before = calloc(1, size + !size);
		for (size_t mode = 0; mode < 4; mode++) {
			struct lock_memory lock = { mode & 1 ? at : NULL, size,
						    mode & 2 ? before : NULL, size, false };

			for (int kind = 0; kind < LOCK_KINDS; kind++)
				cr_assert_neq(lock_word_owner(kind, &lock, &tid), 0);
			for (int layout = 0; layout < LAYOUT_COUNT; layout++)
				cr_assert_not(lock_layout_fits(layout, &lock));
		}
		free(at);
		free(before);
	}
}

Test(lock_word_made, random_small_numbers_name_an_owner_once_in_hundreds_and_never_a_writer)
{
	uint32_t memory[32], tid, mutexes = 0, rwlocks = 0;
	struct lock_memory lock = words(memory, 32, 16);
	uint64_t state = 1;

	for (int i = 0; i < 20000; i++) {
		for (size_t k = 0; k < ARRAY_LEN(memory); k++) {
			state = state * 6364136223846793005ull + 1442695040888963407ull;
			memory[k] = (uint32_t)(state >> 33) >> (state >> 59);
		}
		mutexes += lock_word_owner(LOCK_MUTEX, &lock, &tid) == 0;
		rwlocks += lock_word_owner(LOCK_RWLOCK, &lock, &tid) == 0;
		rwlocks += lock_layout_fits(LAYOUT_RWLOCK, &lock);
	}
	cr_assert_leq(mutexes, 100, "%u of 20000", mutexes);
	cr_assert_eq(rwlocks, 0);
}
