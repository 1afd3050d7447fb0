// SPDX-License-Identifier: BSD-2-Clause
/* What a wait is by the stack of a library with locks of its own, also where it has no names. */
#include <criterion/criterion.h>

#include "base/owned.h"
#include "tests/unit/lock_stacks.h"

#define LIBC    "/usr/lib/x86_64-linux-gnu/libc.so.6"
#define LIBGOMP "/usr/lib/x86_64-linux-gnu/libgomp.so.1.0.0"
#define LIBGLIB "/usr/lib/x86_64-linux-gnu/libglib-2.0.so.0.7400.6"
#define LIBTBB  "/usr/lib/x86_64-linux-gnu/libtbb.so.12.8"
#define LIBQT   "/usr/lib/x86_64-linux-gnu/libQt5Core.so.5.15.8"
#define PROGRAM "/usr/bin/program"

struct library_case {
	const char *functions[FRAMES];
	const char *modules[FRAMES];
	uint32_t value;
	enum lock_kind kind;
	bool contended;
};

static struct lock_guess guess_of(const struct library_case *stack)
{
	struct lock_clues clues = {
		.operation = PLAIN,
		.is_private = true,
		.value = stack->value,
		.functions = stack->functions,
		.modules = stack->modules,
		.function_count = FRAMES,
		.waiters = 1,
	};

	return lock_kind_of(&clues);
}

static void assert_libraries(const struct library_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct lock_guess guess = guess_of(&cases[i]);

		cr_assert_eq(guess.kind, cases[i].kind, "case %zu: %s (%s)", i,
			     lock_kind_names[guess.kind], guess.why);
		cr_assert_eq(guess.contended, cases[i].contended, "case %zu: %s", i, guess.why);
		cr_assert_geq(guess.confidence, 0.7, "case %zu: %s", i, guess.why);
	}
}

/* As Qt 5.15 and Boost 1.74 wait for them; a condition variable of theirs is none. */
Test(lock_libraries, knows_the_locks_of_qt_and_boost)
{
	static const struct library_case cases[] = {
		{ { "syscall", "QBasicMutex::lockInternal" },
		  { LIBC, LIBQT },
		  3,
		  LOCK_MUTEX,
		  true },
		{ { "pthread_cond_wait", "QWaitCondition::wait", NULL,
		    "QReadWriteLock::tryLockForRead" },
		  { LIBC, LIBQT, LIBQT, LIBQT },
		  0,
		  LOCK_RWLOCK,
		  true },
		{ { "syscall", "QSemaphore::acquire" }, { LIBC, LIBQT }, 0, LOCK_SEMAPHORE, false },
		{ { "pthread_cond_wait", "QWaitCondition::wait", "QWaitCondition::wait", "main" },
		  { LIBC, LIBQT, LIBQT, PROGRAM },
		  0,
		  LOCK_CONDITION,
		  false },
		{ { "pthread_cond_wait", "boost::shared_mutex::lock_shared", "main" },
		  { LIBC, PROGRAM, PROGRAM },
		  0,
		  LOCK_RWLOCK,
		  true },
		{ { "pthread_cond_wait", "boost::condition_variable::wait",
		    "boost::condition_variable::wait<boost::shared_mutex::state>",
		    "boost::shared_mutex::lock", "main" },
		  { LIBC, PROGRAM, PROGRAM, PROGRAM, PROGRAM },
		  0,
		  LOCK_RWLOCK,
		  true },
		{ { "pthread_cond_wait", "boost::condition_variable::wait", "main" },
		  { LIBC, PROGRAM, PROGRAM },
		  0,
		  LOCK_CONDITION,
		  false },
		{ { "pthread_cond_wait", "boost::thread::join_noexcept", "main" },
		  { LIBC, PROGRAM, PROGRAM },
		  0,
		  LOCK_CONDITION,
		  false },
	};

	assert_libraries(cases, ARRAY_LEN(cases));
}

/* omp_set_lock and GOMP_critical_start have no frame: they jump to what waits. */
Test(lock_libraries, tells_openmps_locks_from_its_barriers_where_its_library_is_stripped)
{
	static const struct library_case cases[] = {
		{ { NULL, "main._omp_fn.0", "GOMP_parallel" },
		  { LIBGOMP, PROGRAM, LIBGOMP },
		  -1u,
		  LOCK_MUTEX,
		  true },
		{ { NULL, "main._omp_fn.0", NULL },
		  { LIBGOMP, PROGRAM, LIBGOMP },
		  16,
		  LOCK_BARRIER,
		  false },
		{ { NULL, NULL, "start_thread" },
		  { LIBGOMP, LIBGOMP, LIBC },
		  8,
		  LOCK_BARRIER,
		  false },
		{ { NULL, "GOMP_ordered_start", "main._omp_fn.0", "GOMP_parallel" },
		  { LIBGOMP, LIBGOMP, PROGRAM, LIBGOMP },
		  0x80000000,
		  LOCK_SEMAPHORE,
		  false },
	};

	assert_libraries(cases, ARRAY_LEN(cases));
}

Test(lock_libraries, knows_glibs_locks)
{
	static const struct library_case cases[] = {
		{ { "syscall", NULL, "take" }, { LIBC, LIBGLIB, PROGRAM }, 2, LOCK_MUTEX, true },
		/* The counter of a condition variable may be two as well. */
		{ { "syscall", "g_cond_wait", "work" },
		  { LIBC, LIBGLIB, PROGRAM },
		  2,
		  LOCK_CONDITION,
		  false },
		{ { "syscall", NULL, "g_cond_wait_until" },
		  { LIBC, LIBGLIB, LIBGLIB },
		  2,
		  LOCK_MUTEX,
		  true },
		{ { "syscall", "g_bit_lock" }, { LIBC, LIBGLIB }, 8, LOCK_MUTEX, true },
		{ { "syscall", "g_cond_wait", "g_once_impl" },
		  { LIBC, LIBGLIB, LIBGLIB },
		  1,
		  LOCK_MUTEX,
		  true },
		{ { "syscall", "g_cond_wait", "initialise", "g_once_impl" },
		  { LIBC, LIBGLIB, PROGRAM, LIBGLIB },
		  1,
		  LOCK_CONDITION,
		  false },
	};

	assert_libraries(cases, ARRAY_LEN(cases));
}

#define ABSL_WAIT                                                                                  \
	"syscall", "absl::lts::synchronization_internal::Waiter::Wait",                            \
		"AbslInternalPerThreadSemWait_lts"

Test(lock_libraries, knows_what_abseils_threads_are_parked_for)
{
	static const struct library_case cases[] = {
		{ { ABSL_WAIT, "absl::lts::Mutex::LockSlow", "absl::lts::Mutex::Lock" },
		  { 0 },
		  0,
		  LOCK_PARKER,
		  true },
		{ { ABSL_WAIT, "absl::lts::Mutex::LockSlow", "absl::lts::Mutex::LockWhen" },
		  { 0 },
		  0,
		  LOCK_PARKER,
		  false },
		{ { ABSL_WAIT, "absl::lts::Mutex::LockSlowLoop", "absl::lts::Mutex::AwaitCommon" },
		  { 0 },
		  0,
		  LOCK_PARKER,
		  false },
		{ { ABSL_WAIT, "absl::lts::CondVar::WaitCommon" }, { 0 }, 0, LOCK_PARKER, false },
		{ { "syscall", "AbslInternalSpinLockDelay_lts",
		    "absl::lts::base_internal::SpinLock::SlowLock" },
		  { 0 },
		  13,
		  LOCK_MUTEX,
		  true },
	};

	assert_libraries(cases, ARRAY_LEN(cases));
	cr_assert_str_eq(guess_of(&cases[0]).taken_by, "absl::Mutex::Lock");
	cr_assert_null(guess_of(&cases[1]).taken_by);
}

Test(lock_libraries, tells_tbbs_mutexes_from_its_idle_workers)
{
	static const struct library_case cases[] = {
		{ { "syscall", "tbb::detail::r1::wait_on_address" },
		  { LIBC, LIBTBB },
		  2,
		  LOCK_PARKER,
		  true },
		{ { "syscall", NULL, "start_thread" },
		  { LIBC, LIBTBB, LIBC },
		  2,
		  LOCK_CONDITION,
		  false },
	};

	assert_libraries(cases, ARRAY_LEN(cases));
}

/* A word of the program's own, by syscall(): what all wait for with one value is held meanwhile. */
Test(lock_libraries, takes_a_word_for_a_lock_where_one_value_is_waited_for_and_passed_on)
{
	static const char *const functions[] = { "syscall", "std::__detail::__platform_wait<int>" };
	static const char *const modules[] = { LIBC, PROGRAM };
	struct lock_clues clues = { .operation = PLAIN,
				    .is_private = true,
				    .value = 1,
				    .functions = functions,
				    .modules = modules,
				    .function_count = 2,
				    .waiters = 4,
				    .wakers_are_waiters = true };

	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_MUTEX);
	cr_assert(lock_kind_of(&clues).contended);
	cr_assert_leq(lock_kind_of(&clues).confidence, 0.6);
	clues.values_vary = true;
	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_FUTEX, "a phase, a turn");
	cr_assert_not(lock_kind_of(&clues).contended);
	clues.values_vary = false;
	clues.value = 0;
	cr_assert_not(lock_kind_of(&clues).contended, "there is nothing to be had yet");
	clues.value = 2;
	clues.wakers_are_waiters = false;
	cr_assert_not(lock_kind_of(&clues).contended, "a state: libc does not wait for its own");
}
