// SPDX-License-Identifier: BSD-2-Clause
/* What a wait is by the stack of a language's runtime, or of a program with locks of its own. */
#include <criterion/criterion.h>

#include "base/owned.h"
#include "tests/unit/lock_stacks.h"

Test(lock_runtimes, knows_the_locks_of_rust)
{
	static const struct stack_case cases[] = {
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
		{ { "syscall", "<std::sync::barrier::Barrier>::wait" },
		  BITSET,
		  7,
		  true,
		  LOCK_BARRIER,
		  false },
		{ { "syscall", "<std::sys::sync::mutex::futex::Mutex>::lock_contended",
		    "<std::sync::barrier::Barrier>::wait" },
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
	};

	assert_kinds(cases, ARRAY_LEN(cases));
}

Test(lock_runtimes, knows_the_locks_of_cplusplus)
{
	static const struct stack_case cases[] = {
		{ { "syscall", "std::__detail::__platform_wait<int>",
		    "std::__atomic_wait_address_bare<std::__atomic_semaphore::_M_acquire()::{"
		    "lambda()#1}>" },
		  PLAIN,
		  0,
		  true,
		  LOCK_SEMAPHORE,
		  true },
		{ { "std::__atomic_futex_unsigned_base::_M_futex_wait_until(unsigned int*)" },
		  PLAIN,
		  1,
		  false,
		  LOCK_CONDITION,
		  false },
	};

	assert_kinds(cases, ARRAY_LEN(cases));
}

/* rustc 1.95, whose names say <path::Type>::method. */
Test(lock_runtimes, knows_the_locks_of_newer_rust)
{
	static const struct stack_case cases[] = {
		{ { "syscall", "<std::sys::sync::mutex::futex::Mutex>::lock_contended" },
		  BITSET,
		  2,
		  true,
		  LOCK_MUTEX,
		  true },
		{ { "syscall", "<std::sys::sync::rwlock::futex::RwLock>::read_contended" },
		  BITSET,
		  -1u,
		  false,
		  LOCK_RWLOCK,
		  true },
		{ { "syscall", "<std::sys::sync::rwlock::futex::RwLock>::write_contended" },
		  BITSET,
		  5,
		  false,
		  LOCK_RWLOCK,
		  true },
		{ { "syscall", "<std::sys::sync::condvar::futex::Condvar>::wait" },
		  BITSET,
		  7,
		  true,
		  LOCK_CONDITION,
		  false },
		{ { "syscall", "std::thread::functions::park" },
		  BITSET,
		  -1u,
		  false,
		  LOCK_PARKER,
		  false },
		{ { "syscall", "<std::thread::thread::Thread>::park",
		    "std::sync::mpmc::list::Channel<T>::recv::{{closure}}" },
		  BITSET,
		  -1u,
		  false,
		  LOCK_PARKER,
		  false },
		{ { "syscall", "parking_lot_core::parking_lot::park::<()>",
		    "<parking_lot::raw_mutex::RawMutex>::lock_slow" },
		  PLAIN,
		  1,
		  false,
		  LOCK_PARKER,
		  true },
	};

	assert_kinds(cases, ARRAY_LEN(cases));
}

Test(lock_runtimes, knows_the_locks_of_gos_runtime)
{
	static const struct stack_case cases[] = {
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

	assert_kinds(cases, ARRAY_LEN(cases));
}

Test(lock_runtimes, a_java_monitor_is_contended_where_it_is_entered)
{
	static const struct stack_case cases[] = {
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
	};

	assert_kinds(cases, ARRAY_LEN(cases));
}

/* Its own threads wait so for work, each where no other does. */
Test(lock_runtimes, a_monitor_of_the_jvm_itself_is_no_parker)
{
	const char *functions[] = { NULL, "pthread_cond_wait", "os::PlatformMonitor::wait(long)",
				    "Monitor::wait_without_safepoint_check(long)" };
	const char *modules[] = { "/lib/libc.so.6", "/lib/libc.so.6", "/jvm/lib/server/libjvm.so",
				  "/jvm/lib/server/libjvm.so" };
	struct lock_clues clues = { .operation = BITSET,
				    .is_private = true,
				    .functions = functions,
				    .modules = modules,
				    .function_count = ARRAY_LEN(functions),
				    .waiters = 1 };

	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_CONDITION);
	cr_assert_geq(lock_kind_of(&clues).confidence, 0.9);
}

Test(lock_runtimes, a_java_parker_is_contended_only_under_a_lock_that_is_known)
{
	static const struct stack_case cases[] = {
		{ { NULL, "pthread_cond_wait", "Parker::park(bool, long)", "Unsafe_Park" },
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
		    ("Ljava/util/concurrent/locks/"
		     "AbstractQueuedSynchronizer$ConditionObject;::await"),
		    "Ljava/util/concurrent/LinkedBlockingQueue;::take" },
		  BITSET,
		  0,
		  false,
		  LOCK_PARKER,
		  false },
	};

	assert_kinds(cases, ARRAY_LEN(cases));
}

Test(lock_runtimes, a_semaphore_of_postgresql_is_a_lock_under_an_acquire_function)
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
	};

	assert_kinds(cases, ARRAY_LEN(cases));
}

Test(lock_runtimes, a_shared_variable_of_perl_is_locked_but_where_it_is_waited_for)
{
	static const struct stack_case cases[] = {
		{ { NULL, "pthread_cond_wait", NULL, "Perl_pp_lock", "Perl_runops_standard" },
		  BITSET,
		  0,
		  false,
		  LOCK_MUTEX,
		  true },
		{ { NULL, "pthread_cond_wait", NULL, NULL, "Perl_mg_set" },
		  BITSET,
		  0,
		  false,
		  LOCK_MUTEX,
		  true },
		{ { NULL, "pthread_cond_wait", NULL, "Perl_pp_entersub", "Perl_runops_standard" },
		  BITSET,
		  0,
		  false,
		  LOCK_CONDITION,
		  false },
	};

	assert_kinds(cases, ARRAY_LEN(cases));
}
