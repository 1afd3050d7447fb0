// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/lock_word.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <unistd.h>

#include "base/owned.h"
#include "tests/support/real_wait.h"

static union lock_zone zone;

static struct lock_memory memory_at(const struct real_wait *wait)
{
	return (struct lock_memory){ .at = wait->word,
				     .at_size = LOCK_MEMORY_AT,
				     .before = wait->word - LOCK_MEMORY_BEFORE,
				     .before_size = LOCK_MEMORY_BEFORE,
				     .is_private = wait->is_private };
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
		real_wait_begin(real_take_mutex, &zone.mutex, &wait);
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
			check_rwlock(pthread_rwlock_wrlock, real_read_lock, 0);
			check_rwlock(pthread_rwlock_wrlock, real_write_lock, 0);
			check_rwlock(pthread_rwlock_rdlock, real_write_lock, -ENODATA);
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
	real_wait_begin(real_write_lock, &zone.rwlock, &writer);
	real_wait_begin(real_read_lock, &zone.rwlock, &reader);
	memory = memory_at(&reader);
	cr_assert_eq(reader.word, (const uint8_t *)&zone.rwlock);
	cr_assert(lock_layout_fits(LAYOUT_RWLOCK, &memory));
	cr_assert_eq(lock_word_owner(LOCK_RWLOCK, &memory, &tid), -ENODATA);
	pthread_rwlock_unlock(&zone.rwlock);
	pthread_join(writer.thread, NULL);
	pthread_join(reader.thread, NULL);
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
		real_wait_begin(real_wait_condition, &zone.condition, &wait);
		memory = memory_at(&wait);
		cr_assert_neq(wait.word, first, "the groups take turns");
		first = wait.word;
		cr_assert(lock_layout_fits(LAYOUT_CONDITION, &memory));
		cr_assert_not(lock_layout_fits(LAYOUT_RWLOCK, &memory));
		cr_assert_eq(lock_word_owner(LOCK_CONDITION, &memory, &tid), -ENODATA);
		real_signal(&zone.condition);
		pthread_join(wait.thread, NULL);
		cr_assert_not(lock_layout_fits(LAYOUT_CONDITION, &memory));
	}
}

Test(lock_word, knows_a_real_semaphore_private_and_shared_while_somebody_waits)
{
	for (int shared = 0; shared < 2; shared++) {
		struct lock_memory memory;
		struct real_wait wait;

		memset(&zone, 0, sizeof(zone));
		sem_init(&zone.semaphore, shared, 0);
		real_wait_begin(real_wait_semaphore, &zone.semaphore, &wait);
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

Test(lock_word, names_the_thread_that_a_real_join_waits_for)
{
	struct real_wait sleeper, joiner;
	struct lock_memory memory;
	uint32_t tid = 0;

	sem_init(&zone.semaphore, 0, 0);
	real_wait_begin(real_wait_semaphore, &zone.semaphore, &sleeper);
	real_wait_begin(real_join, &sleeper.thread, &joiner);
	memory = memory_at(&joiner);
	cr_assert_eq(lock_word_owner(LOCK_JOIN, &memory, &tid), 0);
	cr_assert_eq(tid, sleeper.tid);
	memory.is_private = true;
	cr_assert_eq(lock_word_owner(LOCK_JOIN, &memory, &tid), -ENODATA,
		     "musl waits, private, for a state that is no TID");
	sem_post(&zone.semaphore);
	pthread_join(joiner.thread, NULL);
}
