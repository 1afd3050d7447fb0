// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/lock_kind.h"

#include <criterion/criterion.h>
#include <linux/futex.h>
#include <semaphore.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/model/lock_rules.h"
#include "tests/support/real_wait.h"

#define FRAMES 6

/* Stacks as they were seen, innermost first; NULL where there is no symbol. */
struct stack_case {
	const char *functions[FRAMES];
	uint32_t operation;
	uint32_t value;
	bool passed_on; /* its wakers wait for it, too */
	enum lock_kind kind;
	bool contended;
};

static struct lock_guess guess_of(const struct stack_case *stack)
{
	struct lock_clues clues = {
		.operation = stack->operation,
		.is_private = true,
		.value = stack->value,
		.functions = stack->functions,
		.function_count = FRAMES,
		.waiters = stack->passed_on ? 4 : 1,
		.wakers_are_waiters = stack->passed_on,
	};

	return lock_kind_of(&clues);
}

static void check(const struct stack_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct lock_guess guess = guess_of(&cases[i]);

		cr_assert_eq(guess.kind, cases[i].kind, "case %zu: %s (%s)", i,
			     lock_kind_names[guess.kind], guess.why);
		cr_assert_eq(guess.contended, cases[i].contended, "case %zu: %s", i, guess.why);
		cr_assert_geq(guess.confidence, 0.7, "case %zu: %s", i, guess.why);
	}
}

#define PLAIN  FUTEX_WAIT
#define BITSET FUTEX_WAIT_BITSET

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

	check(cases, ARRAY_LEN(cases));
}

Test(lock_kind, tells_the_wait_for_a_signal_from_the_mutex_that_is_taken_back)
{
	static const struct stack_case cases[] = {
		{ { NULL, NULL, "pthread_cond_wait" }, PLAIN, 2, true, LOCK_MUTEX, true },
		{ { "__timedwait_cp", "pthread_cond_timedwait" }, PLAIN, 2, 0, LOCK_CONDITION, 0 },
	};

	check(cases, ARRAY_LEN(cases));
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

Test(lock_kind, knows_the_locks_of_language_runtimes)
{
	static const struct stack_case cases[] = {
		{ { NULL, "pthread_cond_timedwait", "take_gil" }, BITSET, 0, 1, LOCK_GIL, true },
		{ { NULL, "pthread_mutex_lock", "take_gil" }, PLAIN, 2, true, LOCK_GIL, true },
		{ { NULL, "pthread_cond_timedwait", NULL, "PyEval_RestoreThread" },
		  BITSET,
		  0,
		  true,
		  LOCK_GIL,
		  true },
		{ { "syscall", "std::sys::unix::futex::futex_wait",
		    "std::sys::unix::locks::futex::Mutex::lock_contended" },
		  BITSET,
		  2,
		  false,
		  LOCK_MUTEX,
		  true },
		{ { "syscall", "std::sys::sync::mutex::futex::Mutex::lock_contended::h0a1b",
		    "std::sys::sync::condvar::futex::Condvar::wait" },
		  BITSET,
		  2,
		  false,
		  LOCK_MUTEX,
		  true },
		{ { "syscall", "std::sys::sync::condvar::futex::Condvar::wait" },
		  BITSET,
		  7,
		  true,
		  LOCK_CONDITION,
		  false },
		{ { "syscall", "parking_lot_core::parking_lot::park",
		    "parking_lot::raw_mutex::RawMutex::lock_slow" },
		  PLAIN,
		  1,
		  false,
		  LOCK_PARKER,
		  true },
		{ { "std::__atomic_futex_unsigned_base::_M_futex_wait_until(unsigned int*)" },
		  PLAIN,
		  1,
		  false,
		  LOCK_CONDITION,
		  false },
		{ { "runtime.futex", "runtime.futexsleep", "runtime.notesleep", "runtime.stopm" },
		  PLAIN,
		  0,
		  false,
		  LOCK_PARKER,
		  false },
		{ { "runtime.futex", "runtime.futexsleep", "runtime.lock2" },
		  PLAIN,
		  2,
		  false,
		  LOCK_MUTEX,
		  true },
	};

	check(cases, ARRAY_LEN(cases));
}

Test(lock_kind, a_java_parker_is_contended_only_under_a_lock_that_is_known)
{
	static const struct stack_case cases[] = {
		{ { NULL, "pthread_cond_wait", "Parker::park(bool, long)", "Unsafe_Park" },
		  BITSET,
		  0,
		  false,
		  LOCK_PARKER,
		  false },
		{ { NULL, "pthread_cond_wait", "os::PlatformEvent::park()",
		    "ObjectMonitor::EnterI(JavaThread*)", "ObjectMonitor::enter(JavaThread*)" },
		  BITSET,
		  0,
		  false,
		  LOCK_PARKER,
		  true },
		{ { NULL, "pthread_cond_wait", "os::PlatformEvent::park()",
		    "ObjectMonitor::wait(long, bool, JavaThread*)",
		    "ObjectMonitor::enter(JavaThread*)" },
		  BITSET,
		  0,
		  false,
		  LOCK_PARKER,
		  false },
		{ { NULL, "pthread_cond_wait", "Unsafe_Park",
		    "java.util.concurrent.locks.LockSupport.park",
		    "java.util.concurrent.locks.ReentrantLock$Sync.lock" },
		  BITSET,
		  0,
		  false,
		  LOCK_PARKER,
		  true },
		{ { NULL, "pthread_cond_wait", "Unsafe_Park",
		    "Ljava/util/concurrent/locks/"
		    "AbstractQueuedSynchronizer$ConditionObject;::await",
		    "Ljava/util/concurrent/LinkedBlockingQueue;::take" },
		  BITSET,
		  0,
		  false,
		  LOCK_PARKER,
		  false },
	};

	check(cases, ARRAY_LEN(cases));
}

Test(lock_kind, a_semaphore_is_a_lock_where_it_is_passed_on_or_an_acquire_function_is_known)
{
	static const struct stack_case cases[] = {
		{ { NULL, "sem_wait", "PGSemaphoreLock", "LWLockAcquire" },
		  BITSET,
		  0,
		  false,
		  LOCK_SEMAPHORE,
		  true },
		{ { NULL, "sem_wait", "PGSemaphoreLock", "ProcSleep" },
		  BITSET,
		  0,
		  false,
		  LOCK_SEMAPHORE,
		  false },
		{ { NULL, "sem_clockwait", "PyThread_acquire_lock_timed" },
		  BITSET,
		  0,
		  true,
		  LOCK_SEMAPHORE,
		  true },
		{ { NULL, "sem_clockwait", "PyThread_acquire_lock_timed" },
		  BITSET,
		  0,
		  false,
		  LOCK_SEMAPHORE,
		  false },
		{ { NULL, "sem_clockwait", "PyThread_acquire_lock_timed",
		    "_queue_SimpleQueue_get" },
		  BITSET,
		  0,
		  true,
		  LOCK_SEMAPHORE,
		  false },
		{ { NULL, "sem_clockwait", "PyThread_acquire_lock_timed", NULL, "Condition.wait",
		    "Event.wait" },
		  BITSET,
		  0,
		  true,
		  LOCK_CONDITION,
		  false },
		{ { NULL, "sem_clockwait", "PyThread_acquire_lock_timed", NULL,
		    "Condition._acquire_restore", "Condition.wait" },
		  BITSET,
		  0,
		  false,
		  LOCK_SEMAPHORE,
		  true },
	};

	check(cases, ARRAY_LEN(cases));
}

/* As gdb shows it on Debian's python3.11, less the names that are not in the stripped files. */
Test(lock_kind, knows_pythons_idle_workers_by_the_module_they_wait_in)
{
	const char *functions[] = { NULL, NULL, "PyThread_acquire_lock_timed", NULL, NULL };
	const char *modules[] = {
		"/lib/x86_64-linux-gnu/libc.so.6",
		"/lib/x86_64-linux-gnu/libc.so.6",
		"/usr/bin/python3.11",
		"/usr/lib/python3.11/lib-dynload/_queue.cpython-311-x86_64-linux-gnu.so",
		"/usr/bin/python3.11",
	};
	struct lock_clues clues = {
		.operation = BITSET,
		.functions = functions,
		.modules = modules,
		.function_count = 5,
		.waiters = 8,
		.wakers_are_waiters = true,
	};
	struct lock_guess guess = lock_kind_of(&clues);

	cr_assert_eq(guess.kind, LOCK_SEMAPHORE);
	cr_assert_not(guess.contended);
	modules[3] = "/usr/bin/python3.11";
	guess = lock_kind_of(&clues);
	cr_assert_eq(guess.kind, LOCK_SEMAPHORE);
	cr_assert(guess.contended, "a threading.Lock that they pass on");
}

Test(lock_kind, nothing_known_is_a_futex_without_confidence_and_no_contention)
{
	struct lock_clues clues = {
		.operation = BITSET, .value = 12345, .waiters = 8, .wakers_are_waiters = true
	};
	struct lock_guess guess = lock_kind_of(&clues);

	cr_assert_eq(guess.kind, LOCK_FUTEX);
	cr_assert_eq(guess.confidence, 0);
	cr_assert_not(guess.contended);
	clues.operation = 0xffffffff;
	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_FUTEX);
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

/* ---- real waits, without any stack: by their look alone ---- */

static union {
	uint8_t bytes[512];
	struct {
		uint8_t before[128];
		union {
			pthread_mutex_t mutex;
			pthread_rwlock_t rwlock;
			pthread_cond_t condition;
			sem_t semaphore;
		};
	};
} zone;

static pthread_mutex_t of_condition = PTHREAD_MUTEX_INITIALIZER;

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

static void *take_mutex(void *argument)
{
	pthread_mutex_lock(argument);
	pthread_mutex_unlock(argument);
	return NULL;
}

static void *take_rwlock(void *argument)
{
	pthread_rwlock_wrlock(argument);
	pthread_rwlock_unlock(argument);
	return NULL;
}

static void *wait_condition(void *argument)
{
	pthread_mutex_lock(&of_condition);
	pthread_cond_wait(argument, &of_condition);
	pthread_mutex_unlock(&of_condition);
	return NULL;
}

static void *wait_semaphore(void *argument)
{
	sem_wait(argument);
	return NULL;
}

static void *join_other(void *argument)
{
	pthread_join(*(pthread_t *)argument, NULL);
	return NULL;
}

Test(lock_kind, knows_a_real_mutex_and_rwlock_by_their_look)
{
	struct real_wait wait;
	struct lock_guess guess;

	pthread_mutex_init(&zone.mutex, NULL);
	pthread_mutex_lock(&zone.mutex);
	real_wait_begin(take_mutex, &zone.mutex, &wait);
	guess = look_at(&wait, false);
	cr_assert_eq(guess.kind, LOCK_MUTEX);
	cr_assert(guess.contended);
	cr_assert_geq(guess.confidence, 0.85);
	pthread_mutex_unlock(&zone.mutex);
	pthread_join(wait.thread, NULL);

	memset(&zone, 0, sizeof(zone));
	pthread_rwlock_init(&zone.rwlock, NULL);
	pthread_rwlock_rdlock(&zone.rwlock);
	real_wait_begin(take_rwlock, &zone.rwlock, &wait);
	guess = look_at(&wait, false);
	cr_assert_eq(guess.kind, LOCK_RWLOCK);
	cr_assert(guess.contended);
	pthread_rwlock_unlock(&zone.rwlock);
	pthread_join(wait.thread, NULL);
}

Test(lock_kind, never_takes_a_real_wait_for_work_for_contention)
{
	struct real_wait wait, joiner;
	struct lock_guess guess;

	pthread_cond_init(&zone.condition, NULL);
	real_wait_begin(wait_condition, &zone.condition, &wait);
	guess = look_at(&wait, false);
	cr_assert_eq(guess.kind, LOCK_CONDITION);
	cr_assert_not(guess.contended);
	pthread_mutex_lock(&of_condition);
	pthread_cond_signal(&zone.condition);
	pthread_mutex_unlock(&of_condition);
	pthread_join(wait.thread, NULL);

	memset(&zone, 0, sizeof(zone));
	sem_init(&zone.semaphore, 0, 0);
	real_wait_begin(wait_semaphore, &zone.semaphore, &wait);
	guess = look_at(&wait, false);
	cr_assert_eq(guess.kind, LOCK_SEMAPHORE);
	cr_assert_not(guess.contended);
	real_wait_begin(join_other, &wait.thread, &joiner);
	cr_assert_eq(joiner.value, wait.tid);
	guess = look_at(&joiner, true);
	cr_assert_eq(guess.kind, LOCK_JOIN);
	cr_assert_not(guess.contended);
	sem_post(&zone.semaphore);
	pthread_join(joiner.thread, NULL);
}

Test(lock_kind, every_rule_gives_a_reason_and_a_confidence_that_is_one)
{
	for (size_t i = 0; i < lock_rules_count; i++) {
		const struct lock_rule *rule = &lock_rules[i];

		cr_assert(rule->why && *rule->why, "rule %zu", i);
		cr_assert(rule->confidence >= 0.5 && rule->confidence < 1, "rule %zu", i);
		cr_assert_lt(rule->kind, LOCK_KINDS);
		cr_assert(rule->stage != STAGE_WAIT || rule->function, "rule %zu", i);
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
		memcpy(name + i, "std::sys::M", 11);
	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_CONDITION, "by its value");
}
