// SPDX-License-Identifier: BSD-2-Clause
/* Real waits, without any stack: what they are by their look alone. */
#include "daemon/model/lock_kind.h"

#include <criterion/criterion.h>
#include <string.h>

#include "daemon/model/lock_word.h"
#include "tests/support/real_wait.h"

static union lock_zone zone;

static struct lock_guess look_at(const struct real_wait *wait, bool is_thread)
{
	struct lock_clues clues = {
		.operation = wait->operation,
		.is_private = wait->is_private,
		.value = wait->value,
		.memory = wait->word,
		.memory_size = LOCK_MEMORY_AT,
		.before = wait->word - LOCK_MEMORY_BEFORE,
		.before_size = LOCK_MEMORY_BEFORE,
		.waiters = 1,
		.value_is_thread = is_thread,
	};

	return lock_kind_of(&clues);
}

static void assert_knows_mutex(void *(*take)(void *))
{
	struct real_wait wait;
	struct lock_guess guess;

	pthread_mutex_init(&zone.mutex, NULL);
	pthread_mutex_lock(&zone.mutex);
	real_wait_begin(take, &zone.mutex, &wait);
	guess = look_at(&wait, false);
	cr_assert_eq(guess.kind, LOCK_MUTEX);
	cr_assert(guess.contended);
	cr_assert_geq(guess.confidence, 0.85);
	pthread_mutex_unlock(&zone.mutex);
	pthread_join(wait.thread, NULL);
}

Test(lock_kind_real, knows_a_real_mutex_and_rwlock_by_their_look)
{
	struct real_wait wait;
	struct lock_guess guess;

	assert_knows_mutex(real_take_mutex);

	memset(&zone, 0, sizeof(zone));
	pthread_rwlock_init(&zone.rwlock, NULL);
	pthread_rwlock_rdlock(&zone.rwlock);
	real_wait_begin(real_write_lock, &zone.rwlock, &wait);
	guess = look_at(&wait, false);
	cr_assert_eq(guess.kind, LOCK_RWLOCK);
	cr_assert(guess.contended);
	pthread_rwlock_unlock(&zone.rwlock);
	pthread_join(wait.thread, NULL);
}

Test(lock_kind_real, knows_a_real_mutex_that_is_waited_for_until_a_time)
{
	assert_knows_mutex(real_take_mutex_in_time);
}

Test(lock_kind_real, never_takes_a_real_wait_for_work_for_contention)
{
	struct real_wait wait, joiner;
	struct lock_guess guess;

	pthread_cond_init(&zone.condition, NULL);
	real_wait_begin(real_wait_condition, &zone.condition, &wait);
	guess = look_at(&wait, false);
	cr_assert_eq(guess.kind, LOCK_CONDITION);
	cr_assert_not(guess.contended);
	real_signal(&zone.condition);
	pthread_join(wait.thread, NULL);

	memset(&zone, 0, sizeof(zone));
	sem_init(&zone.semaphore, 0, 0);
	real_wait_begin(real_wait_semaphore, &zone.semaphore, &wait);
	guess = look_at(&wait, false);
	cr_assert_eq(guess.kind, LOCK_SEMAPHORE);
	cr_assert_not(guess.contended);
	real_wait_begin(real_join, &wait.thread, &joiner);
	cr_assert_eq(joiner.value, wait.tid);
	guess = look_at(&joiner, true);
	cr_assert_eq(guess.kind, LOCK_JOIN);
	cr_assert_not(guess.contended);
	sem_post(&zone.semaphore);
	pthread_join(joiner.thread, NULL);
}

static void *meet(void *barrier)
{
	pthread_barrier_wait(barrier);
	return NULL;
}

Test(lock_kind_real, knows_a_real_barrier_in_every_round)
{
	struct lock_guess guess;
	struct real_wait wait;

	memset(&zone, 0, sizeof(zone));
	pthread_barrier_init(&zone.barrier, NULL, 2);
	for (int round = 0; round < 5; round++) {
		real_wait_begin(meet, &zone.barrier, &wait);
		guess = look_at(&wait, false);
		cr_assert_eq(guess.kind, LOCK_BARRIER, "round %d: %s", round, guess.why);
		cr_assert_not(guess.contended);
		pthread_barrier_wait(&zone.barrier);
		pthread_join(wait.thread, NULL);
	}
}

/* A parked thread of Rust's was seen so, with its heap's contents around it. */
Test(lock_kind_real, nobody_waits_for_a_condition_variable_but_with_the_value_zero)
{
	struct real_wait wait, parked;

	pthread_cond_init(&zone.condition, NULL);
	real_wait_begin(real_wait_condition, &zone.condition, &wait);
	parked = wait;
	parked.value = UINT32_MAX;
	cr_assert_neq(look_at(&parked, false).kind, LOCK_CONDITION);
	cr_assert_eq(look_at(&parked, false).words, WORDS_OWN);
	real_signal(&zone.condition);
	pthread_join(wait.thread, NULL);
}
