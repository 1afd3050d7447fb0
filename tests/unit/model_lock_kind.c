// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/lock_kind.h"

#include <criterion/criterion.h>
#include <linux/futex.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/model/lock_rules.h"
#include "tests/unit/lock_stacks.h"

Test(lock_kind, knows_the_waits_of_c_libraries_by_their_functions)
{
	static const struct stack_case cases[] = {
		{ { NULL, "pthread_mutex_lock" }, PLAIN, 2, false, LOCK_MUTEX, true },
		{ { "__lll_lock_wait", "___pthread_mutex_lock" }, PLAIN, 2, 0, LOCK_MUTEX, true },
		{ { "pthread_mutex_lock@@GLIBC_2.2.5" }, PLAIN, 2, false, LOCK_MUTEX, true },
		{ { NULL, "pthread_rwlock_rdlock" }, BITSET, 3, false, LOCK_RWLOCK, true },
		{ { NULL, "pthread_cond_wait" }, BITSET, 0, true, LOCK_CONDITION, false },
		{ { NULL, "pthread_cond_wait" }, PLAIN, 0, true, LOCK_CONDITION, false },
		{ { NULL, "sem_wait" }, BITSET, 0, false, LOCK_SEMAPHORE, false },
		{ { NULL, "sem_wait" }, BITSET, 0, true, LOCK_SEMAPHORE, true },
		{ { "pthread_barrier_wait" }, PLAIN, 2, true, LOCK_BARRIER, false },
		{ { NULL, "pthread_clockjoin_np" }, BITSET, 99, false, LOCK_JOIN, false },
		{ { "__pthread_once_slow", "pthread_once" }, PLAIN, 1, 0, LOCK_MUTEX, true },
		{ { "__timedwait", "pthread_mutex_timedlock" }, PLAIN, 16, 0, LOCK_MUTEX, true },
		{ { "__wait", "__lock" }, PLAIN, 0x80000001, 0, LOCK_MUTEX, true },
		{ { "__timedwait_cp", "sem_timedwait" }, PLAIN, -1u, 0, LOCK_SEMAPHORE, false },
		{ { "__timedwait_cp", "__pthread_timedjoin_np" }, PLAIN, 2, 0, LOCK_JOIN, false },
	};

	assert_kinds(cases, ARRAY_LEN(cases));
}

Test(lock_kind, tells_the_wait_for_a_signal_from_the_mutex_that_is_taken_back)
{
	static const struct stack_case cases[] = {
		{ { NULL, NULL, "pthread_cond_wait" }, PLAIN, 2, true, LOCK_MUTEX, true },
		{ { "__timedwait_cp", "pthread_cond_timedwait" }, PLAIN, 2, 0, LOCK_CONDITION, 0 },
	};

	assert_kinds(cases, ARRAY_LEN(cases));
}

static enum lock_words words_of(const char *function, const char *caller, uint32_t operation,
				uint32_t value)
{
	const char *functions[] = { function, caller };
	struct lock_clues clues = { .operation = operation,
				    .value = value,
				    .functions = functions,
				    .function_count = 2,
				    .waiters = 1 };

	return lock_kind_of(&clues).words;
}

/* Only glibc's conditions and rwlocks are waited for in the middle. */
Test(lock_kind, tells_to_what_the_words_belong_whatever_its_users_make_of_it)
{
	cr_assert_eq(words_of("pthread_cond_wait", NULL, BITSET, 0), WORDS_GLIBC_CONDITION);
	cr_assert_eq(words_of("pthread_cond_wait", "os::PlatformEvent::park", BITSET, 0),
		     WORDS_GLIBC_CONDITION);
	cr_assert_eq(words_of("sem_wait", "Condition.wait", BITSET, 0), WORDS_OWN);
	cr_assert_eq(words_of("pthread_rwlock_rdlock", NULL, BITSET, 3), WORDS_GLIBC_RWLOCK);
	cr_assert_eq(words_of("__timedwait", "pthread_rwlock_timedrdlock", PLAIN, -1u), WORDS_OWN);
	cr_assert_eq(words_of("__timedwait_cp", "pthread_cond_timedwait", PLAIN, 2), WORDS_OWN);
	cr_assert_eq(words_of("__timedwait", "pthread_mutex_timedlock", PLAIN, 0x80000010),
		     WORDS_PTHREAD_MUTEX);
	cr_assert_eq(words_of("__timedwait", "pthread_mutex_timedlock", FUTEX_LOCK_PI, 0),
		     WORDS_PTHREAD_MUTEX);
	cr_assert_eq(words_of("__wait", "__lock", PLAIN, 0x80000001), WORDS_OWN);
	cr_assert_eq(words_of("pthread_mutex_lock", NULL, PLAIN, 2), WORDS_PTHREAD_MUTEX);
	cr_assert_eq(words_of("syscall",
			      "std::sys::unix::locks::futex_rwlock::RwLock::read_contended", BITSET,
			      3),
		     WORDS_OWN);
	cr_assert_eq(words_of("syscall",
			      "std::sys::unix::locks::futex_rwlock::RwLock::write_contended",
			      BITSET, 3),
		     WORDS_RUST_WRITER);
	cr_assert_eq(
		words_of("syscall", "std::sys::sync::condvar::futex::Condvar::wait", BITSET, 3),
		WORDS_OWN);
}

Test(lock_kind, in_musl_without_inner_names_value_two_is_still_a_condition_variable)
{
	const char *functions[] = { NULL, "pthread_cond_timedwait" };
	const char *modules[] = { "/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-x86_64.so.1" };
	struct lock_clues clues = { .operation = PLAIN,
				    .value = 2,
				    .functions = functions,
				    .modules = modules,
				    .function_count = 2 };

	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_CONDITION);
	cr_assert_not(lock_kind_of(&clues).contended);
}

Test(lock_kind, nothing_known_is_a_futex_without_confidence_and_no_contention)
{
	struct lock_clues clues = { .operation = BITSET,
				    .value = 12345,
				    .values_vary = true,
				    .waiters = 8,
				    .wakers_are_waiters = true };
	struct lock_guess guess = lock_kind_of(&clues);

	cr_assert_eq(guess.kind, LOCK_FUTEX);
	cr_assert_eq(guess.confidence, 0);
	cr_assert_not(guess.contended);
	clues.operation = 0xffffffff;
	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_FUTEX);
}

/* Without names of functions, of musl's join there is nothing else. */
Test(lock_kind, what_ends_with_a_thread_that_ends_is_a_join_in_musl_where_one_waits)
{
	struct lock_clues clues = { .operation = PLAIN,
				    .is_private = true,
				    .value = 2,
				    .waiters = 1,
				    .wakers_have_ended = true };
	struct lock_guess guess = lock_kind_of(&clues);

	cr_assert_eq(guess.kind, LOCK_JOIN);
	cr_assert_leq(guess.confidence, 0.6);
	clues.waiters = 2;
	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_MUTEX);
	clues.waiters = 1;
	clues.wakers_woke_again = true;
	cr_assert_neq(lock_kind_of(&clues).kind, LOCK_JOIN, "a thread ends once");
	clues.wakers_woke_again = false;
	clues.wakers_have_ended = false;
	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_MUTEX);
}

/* As they stood in a static musl program without names: the word, its waiters, and who may wait. */
Test(lock_kind, knows_musls_rwlocks_and_semaphores_by_their_memory)
{
	uint32_t rwlock[16] = { UINT32_MAX, 2, 0 }, semaphore[16] = { 0x80000000, 2, 128 };
	struct lock_clues clues = { .operation = PLAIN,
				    .is_private = true,
				    .value = UINT32_MAX,
				    .memory = (const uint8_t *)rwlock,
				    .memory_size = sizeof(rwlock),
				    .waiters = 3,
				    .wakers_are_waiters = true };

	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_RWLOCK);
	cr_assert(lock_kind_of(&clues).contended);
	cr_assert_eq(lock_kind_of(&clues).words, WORDS_OWN);
	clues.memory = (const uint8_t *)semaphore;
	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_SEMAPHORE, "of musl 1.2.2 and older");
	clues.value = 0x80000000;
	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_SEMAPHORE);
	cr_assert(lock_kind_of(&clues).contended);
	clues.wakers_are_waiters = false;
	cr_assert_not(lock_kind_of(&clues).contended, "idle workers");
	clues.is_private = false;
	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_FUTEX, "shared, and it says it is not");
	clues.is_private = true;
	semaphore[1] = 0;
	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_FUTEX, "nobody waits for it");
}

Test(lock_kind, the_value_of_a_mutex_alone_is_contention_only_where_it_is_passed_on)
{
	struct lock_clues clues = { .operation = PLAIN, .value = 2, .waiters = 64 };
	struct lock_guess guess = lock_kind_of(&clues);

	cr_assert_not(guess.contended, "an idle pool under musl looks like that");
	cr_assert_leq(guess.confidence, 0.5);
	clues.wakers_are_waiters = true;
	cr_assert(lock_kind_of(&clues).contended);
}

Test(lock_kind, whoever_lets_a_mutex_go_was_named_in_its_memory_also_where_a_time_ends_the_wait)
{
	static const uint32_t operations[] = { PLAIN, BITSET };

	for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
		struct lock_clues clues = { .operation = operations[i],
					    .value = 2,
					    .waiters = 1,
					    .releasers_were_owners = true };

		cr_assert_eq(lock_kind_of(&clues).kind, LOCK_MUTEX);
		cr_assert(lock_kind_of(&clues).contended);
		clues.value = 0;
		cr_assert_neq(lock_kind_of(&clues).kind, LOCK_MUTEX, "no waiter is noted there");
	}
}

Test(lock_kind, the_gils_words_and_pi_operations_need_no_stack)
{
	struct lock_clues clues = { .operation = FUTEX_LOCK_PI };

	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_PI_MUTEX);
	cr_assert(lock_kind_of(&clues).contended);
	clues.operation = FUTEX_WAIT_REQUEUE_PI;
	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_CONDITION);
	clues.is_gil = true;
	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_GIL);
	cr_assert(lock_kind_of(&clues).contended);
}

Test(lock_kind, every_rule_gives_a_reason_and_a_confidence_that_is_one)
{
	for (size_t i = 0; i < lock_rules_count; i++) {
		const struct lock_rule *rule = &lock_rules[i];

		cr_assert(rule->why && *rule->why, "rule %zu", i);
		cr_assert(rule->confidence >= 0.5 && rule->confidence < 1, "rule %zu", i);
		cr_assert_lt(rule->kind, LOCK_KINDS);
		cr_assert(rule->stage != STAGE_WAIT || rule->function || rule->module, "rule %zu",
			  i);
		cr_assert_eq(rule->stage == STAGE_USE, rule->over != 0, "rule %zu", i);
	}
}

Test(lock_kind, names_of_any_length_are_matched_in_reasonable_time)
{
	static char name[200000];
	const char *functions[] = { name };
	struct lock_clues clues = { .operation = BITSET,
				    .functions = functions,
				    .function_count = 1 };

	for (size_t i = 0; i + 12 < sizeof(name); i += 11)
		/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the next one follows */
		memcpy(name + i, "std::sys::M", 11);
	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_CONDITION, "by its value");
}
