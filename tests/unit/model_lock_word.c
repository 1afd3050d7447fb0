// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/lock_word.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/futex.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

#include "base/owned.h"
#include "tests/support/real_wait.h"

/* Room on either side, so that what is read around a lock is the test's own. */
static union {
	uint8_t bytes[512];
	struct {
		uint8_t before[128];
		union {
			pthread_mutex_t mutex;
			pthread_rwlock_t rwlock;
			pthread_cond_t condition;
			pthread_barrier_t barrier;
			sem_t semaphore;
		};
	};
} zone;

static pthread_mutex_t of_condition = PTHREAD_MUTEX_INITIALIZER;

static struct lock_memory memory_at(const struct real_wait *wait)
{
	return (struct lock_memory){ .at = wait->word,
				     .at_size = LOCK_MEMORY_AT,
				     .before = wait->word - LOCK_MEMORY_BEFORE,
				     .before_size = LOCK_MEMORY_BEFORE,
				     .is_private = wait->is_private };
}

static struct lock_memory words(const uint32_t *at, size_t count, size_t before)
{
	return (struct lock_memory){ .at = (const uint8_t *)(at + before),
				     .at_size = (count - before) * 4,
				     .before = (const uint8_t *)at,
				     .before_size = before * 4,
				     .is_private = true };
}

static void *lock_and_unlock(void *argument)
{
	if (pthread_mutex_lock(argument) == 0)
		pthread_mutex_unlock(argument);
	return NULL;
}

struct mutex_case {
	int type, protocol, robust, shared;
};

static void init_mutex(const struct mutex_case *how)
{
	pthread_mutexattr_t attributes;

	memset(&zone, 0, sizeof(zone));
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, how->type);
	cr_assert_eq(pthread_mutexattr_setprotocol(&attributes, how->protocol), 0);
	pthread_mutexattr_setrobust(&attributes, how->robust);
	pthread_mutexattr_setpshared(&attributes, how->shared);
	cr_assert_eq(pthread_mutex_init(&zone.mutex, &attributes), 0);
}

static const struct mutex_case every_mutex[] = {
	{ .type = PTHREAD_MUTEX_NORMAL },
	{ .type = PTHREAD_MUTEX_RECURSIVE },
	{ .type = PTHREAD_MUTEX_ERRORCHECK },
	{ .type = PTHREAD_MUTEX_ADAPTIVE_NP },
	{ .shared = PTHREAD_PROCESS_SHARED },
	{ .type = PTHREAD_MUTEX_RECURSIVE, .shared = PTHREAD_PROCESS_SHARED },
	{ .robust = PTHREAD_MUTEX_ROBUST },
	{ .robust = PTHREAD_MUTEX_ROBUST, .type = PTHREAD_MUTEX_RECURSIVE },
	{ .protocol = PTHREAD_PRIO_INHERIT },
	{ .protocol = PTHREAD_PRIO_INHERIT, .type = PTHREAD_MUTEX_RECURSIVE },
	{ .protocol = PTHREAD_PRIO_INHERIT,
	  .robust = PTHREAD_MUTEX_ROBUST,
	  .shared = PTHREAD_PROCESS_SHARED },
};

Test(lock_word, names_the_owner_of_every_kind_of_real_mutex)
{
	for (size_t i = 0; i < ARRAY_LEN(every_mutex); i++) {
		const struct mutex_case *how = &every_mutex[i];
		enum lock_kind kind = how->protocol ? LOCK_PI_MUTEX : LOCK_MUTEX;
		struct lock_memory memory;
		struct real_wait wait;
		uint32_t tid = 0;

		init_mutex(how);
		pthread_mutex_lock(&zone.mutex);
		real_wait_begin(lock_and_unlock, &zone.mutex, &wait);
		memory = memory_at(&wait);
		cr_assert_eq(wait.word, (const uint8_t *)&zone.mutex, "mutex %zu", i);
		cr_assert_eq(lock_word_owner(kind, &memory, &tid), 0, "mutex %zu", i);
		cr_assert_eq(tid, gettid(), "mutex %zu", i);
		cr_assert_eq(lock_word_owner(LOCK_MUTEX, &memory, &tid), 0, "mutex %zu", i);
		cr_assert(lock_layout_fits(LAYOUT_MUTEX, &memory));
		cr_assert_not(lock_layout_fits(LAYOUT_RWLOCK, &memory), "mutex %zu", i);
		cr_assert_not(lock_layout_fits(LAYOUT_CONDITION, &memory), "mutex %zu", i);
		pthread_mutex_unlock(&zone.mutex);
		pthread_join(wait.thread, NULL);
		cr_assert_eq(lock_word_owner(kind, &memory, &tid), -ENODATA, "mutex %zu", i);
		cr_assert_not(lock_layout_fits(LAYOUT_MUTEX, &memory));
	}
}

Test(lock_word, counts_a_recursive_mutex_as_held_until_the_last_unlock)
{
	struct lock_memory memory = { .at = (uint8_t *)&zone.mutex, .at_size = LOCK_MEMORY_AT };
	uint32_t tid = 0;

	init_mutex(&every_mutex[1]);
	for (int i = 0; i < 3; i++)
		pthread_mutex_lock(&zone.mutex);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(lock_word_owner(LOCK_MUTEX, &memory, &tid), 0);
		cr_assert_eq(tid, gettid());
		pthread_mutex_unlock(&zone.mutex);
	}
	cr_assert_eq(lock_word_owner(LOCK_MUTEX, &memory, &tid), -ENODATA);
}

static void *die_with_it(void *argument)
{
	pthread_mutex_lock(argument);
	return NULL;
}

Test(lock_word, nobody_owns_what_its_owner_died_with_until_the_next_one_takes_it)
{
	struct lock_memory memory = { .at = (uint8_t *)&zone.mutex, .at_size = LOCK_MEMORY_AT };
	uint32_t tid = 0;
	pthread_t thread;

	init_mutex(&every_mutex[6]);
	pthread_create(&thread, NULL, die_with_it, &zone.mutex);
	pthread_join(thread, NULL);
	cr_assert_eq(lock_word_owner(LOCK_MUTEX, &memory, &tid), -ENODATA);
	cr_assert_eq(pthread_mutex_lock(&zone.mutex), EOWNERDEAD);
	cr_assert_eq(lock_word_owner(LOCK_MUTEX, &memory, &tid), 0);
	cr_assert_eq(tid, gettid());
}

static void *read_lock(void *argument)
{
	pthread_rwlock_rdlock(argument);
	pthread_rwlock_unlock(argument);
	return NULL;
}

static void *write_lock(void *argument)
{
	pthread_rwlock_wrlock(argument);
	pthread_rwlock_unlock(argument);
	return NULL;
}

static void check_rwlock(int (*hold)(pthread_rwlock_t *), void *(*body)(void *), int expected)
{
	struct lock_memory memory;
	struct real_wait wait;
	uint32_t tid = 0;

	cr_assert_eq(hold(&zone.rwlock), 0);
	real_wait_begin(body, &zone.rwlock, &wait);
	memory = memory_at(&wait);
	cr_assert(lock_layout_fits(LAYOUT_RWLOCK, &memory));
	cr_assert_eq(lock_word_owner(LOCK_RWLOCK, &memory, &tid), expected);
	cr_assert_eq(tid, expected ? 0 : (uint32_t)gettid());
	pthread_rwlock_unlock(&zone.rwlock);
	pthread_join(wait.thread, NULL);
	cr_assert_not(lock_layout_fits(LAYOUT_RWLOCK, &memory));
	cr_assert_neq(lock_word_owner(LOCK_RWLOCK, &memory, &tid), 0);
}

Test(lock_word, names_the_writer_of_a_real_rwlock_and_never_a_reader)
{
	static const int kinds[] = { PTHREAD_RWLOCK_PREFER_READER_NP,
				     PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP };
	pthread_rwlockattr_t attributes;

	for (int shared = 0; shared < 2; shared++)
		for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
			memset(&zone, 0, sizeof(zone));
			pthread_rwlockattr_init(&attributes);
			pthread_rwlockattr_setkind_np(&attributes, kinds[i]);
			pthread_rwlockattr_setpshared(&attributes, shared);
			pthread_rwlock_init(&zone.rwlock, &attributes);
			check_rwlock(pthread_rwlock_wrlock, read_lock, 0);
			check_rwlock(pthread_rwlock_wrlock, write_lock, 0);
			check_rwlock(pthread_rwlock_rdlock, write_lock, -ENODATA);
		}
}

Test(lock_word, knows_a_rwlock_by_the_word_for_which_readers_queue_behind_a_writer)
{
	pthread_rwlockattr_t attributes;
	struct real_wait writer, reader;
	struct lock_memory memory;
	uint32_t tid;

	memset(&zone, 0, sizeof(zone));
	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&zone.rwlock, &attributes);
	pthread_rwlock_rdlock(&zone.rwlock);
	real_wait_begin(write_lock, &zone.rwlock, &writer);
	real_wait_begin(read_lock, &zone.rwlock, &reader);
	memory = memory_at(&reader);
	cr_assert_eq(reader.word, (const uint8_t *)&zone.rwlock);
	cr_assert(lock_layout_fits(LAYOUT_RWLOCK, &memory));
	cr_assert_eq(lock_word_owner(LOCK_RWLOCK, &memory, &tid), -ENODATA);
	pthread_rwlock_unlock(&zone.rwlock);
	pthread_join(writer.thread, NULL);
	pthread_join(reader.thread, NULL);
}

static void *wait_for_signal(void *argument)
{
	pthread_mutex_lock(&of_condition);
	pthread_cond_wait(argument, &of_condition);
	pthread_mutex_unlock(&of_condition);
	return NULL;
}

Test(lock_word, knows_a_real_condition_variable_in_both_of_its_groups)
{
	struct lock_memory memory;
	struct real_wait wait;
	const uint8_t *first = NULL;
	uint32_t tid;

	memset(&zone, 0, sizeof(zone));
	pthread_cond_init(&zone.condition, NULL);
	for (int i = 0; i < 2; i++) {
		real_wait_begin(wait_for_signal, &zone.condition, &wait);
		memory = memory_at(&wait);
		cr_assert_neq(wait.word, first, "the groups take turns");
		first = wait.word;
		cr_assert(lock_layout_fits(LAYOUT_CONDITION, &memory));
		cr_assert_not(lock_layout_fits(LAYOUT_RWLOCK, &memory));
		cr_assert_eq(lock_word_owner(LOCK_CONDITION, &memory, &tid), -ENODATA);
		pthread_mutex_lock(&of_condition);
		pthread_cond_signal(&zone.condition);
		pthread_mutex_unlock(&of_condition);
		pthread_join(wait.thread, NULL);
		cr_assert_not(lock_layout_fits(LAYOUT_CONDITION, &memory));
	}
}

static void *wait_for_post(void *argument)
{
	sem_wait(argument);
	return NULL;
}

Test(lock_word, knows_a_real_semaphore_private_and_shared_while_somebody_waits)
{
	for (int shared = 0; shared < 2; shared++) {
		struct lock_memory memory;
		struct real_wait wait;

		memset(&zone, 0, sizeof(zone));
		sem_init(&zone.semaphore, shared, 0);
		real_wait_begin(wait_for_post, &zone.semaphore, &wait);
		memory = memory_at(&wait);
		cr_assert(lock_layout_fits(LAYOUT_SEMAPHORE, &memory));
		memory.is_private = shared;
		cr_assert_not(lock_layout_fits(LAYOUT_SEMAPHORE, &memory));
		memory.is_private = !shared;
		sem_post(&zone.semaphore);
		pthread_join(wait.thread, NULL);
		cr_assert_not(lock_layout_fits(LAYOUT_SEMAPHORE, &memory));
	}
}

static void *join_other(void *argument)
{
	pthread_join(*(pthread_t *)argument, NULL);
	return NULL;
}

Test(lock_word, names_the_thread_that_a_real_join_waits_for)
{
	struct real_wait sleeper, joiner;
	struct lock_memory memory;
	uint32_t tid = 0;

	sem_init(&zone.semaphore, 0, 0);
	real_wait_begin(wait_for_post, &zone.semaphore, &sleeper);
	real_wait_begin(join_other, &sleeper.thread, &joiner);
	memory = memory_at(&joiner);
	cr_assert_eq(lock_word_owner(LOCK_JOIN, &memory, &tid), 0);
	cr_assert_eq(tid, sleeper.tid);
	memory.is_private = true;
	cr_assert_eq(lock_word_owner(LOCK_JOIN, &memory, &tid), -ENODATA,
		     "musl waits, private, for a state that is no TID");
	sem_post(&zone.semaphore);
	pthread_join(joiner.thread, NULL);
}

/* As a musl 1.2.3 program printed its own memory; owner 0xb8d. */
Test(lock_word, reads_the_owner_of_musl_mutexes_that_keep_one)
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

Test(lock_word, musl_default_mutexes_keep_no_owner)
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

Test(lock_word, believes_no_mutex_whose_fields_contradict_each_other)
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

Test(lock_word, a_mutex_that_is_just_taken_or_let_go_has_no_owner_yet)
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

Test(lock_word, memory_of_every_length_down_to_none_is_read_within_its_bounds)
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

Test(lock_word, random_small_numbers_name_an_owner_once_in_hundreds_and_never_a_writer)
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
