// SPDX-License-Identifier: BSD-2-Clause
/* What a wait is by the stack of a language's runtime, or of a program with locks of its own. */
#include <criterion/criterion.h>

#include "base/owned.h"
#include "daemon/model/lock_clues.h"
#include "tests/unit/lock_stacks.h"

Test(lock_runtimes, knows_the_gil_by_whoever_takes_it)
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
	};

	assert_kinds(cases, ARRAY_LEN(cases));
}

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

Test(lock_runtimes, a_semaphore_of_python_is_a_lock_where_it_is_passed_on)
{
	static const struct stack_case cases[] = {
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
	};

	assert_kinds(cases, ARRAY_LEN(cases));
}

/* Python's frames bear names as in a traceback, and are read when the wait is over. */
Test(lock_runtimes, a_condition_of_python_is_one_but_where_it_is_passed_on)
{
	const char *functions[] = { NULL, "sem_clockwait", "PyThread_acquire_lock_timed", "wait",
				    "get" };
	const char *modules[] = { NULL, NULL, NULL, "/usr/lib/python3.11/threading.py",
				  "/usr/lib/python3.11/queue.py" };
	struct lock_clues clues = { .operation = BITSET,
				    .functions = functions,
				    .modules = modules,
				    .function_count = 5,
				    .waiters = 1 };
	struct lock_guess guess = lock_kind_of(&clues);

	cr_assert_eq(guess.kind, LOCK_CONDITION, "%s", guess.why);
	cr_assert_not(guess.contended);
	clues.waiters = 4;
	clues.wakers_are_waiters = true;
	guess = lock_kind_of(&clues);
	cr_assert_eq(guess.kind, LOCK_SEMAPHORE, "%s", guess.why);
	cr_assert(guess.contended, "the queue's mutex, seen when its taker waits already");
	clues.wakers_are_waiters = false;
	modules[3] = "/home/me/pool.py";
	cr_assert_eq(lock_kind_of(&clues).kind, LOCK_SEMAPHORE, "a wait() of the program's own");
}

/* As gdb shows it on Debian's python3.11, less the names that are not in the stripped files. */
Test(lock_runtimes, knows_pythons_idle_workers_by_the_module_they_wait_in)
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

#define THREADING "/usr/lib/python3.11/threading.py"

/* `with` calls __enter__, the same function as acquire(), from C. */
Test(lock_runtimes, a_semaphore_of_python_is_a_lock_where_with_takes_it)
{
	const char *functions[] = { "__new_sem_wait_slow64",
				    "PyThread_acquire_lock_timed",
				    "wait",
				    "acquire",
				    NULL,
				    "work" };
	const char *modules[] = { "/lib/libc.so.6", "/usr/bin/python3.11", THREADING,
				  THREADING,        "/usr/bin/python3.11", "/home/me/pool.py" };
	struct lock_clues clues = {
		.operation = BITSET, .functions = functions, .modules = modules, .function_count = 6
	};
	struct lock_guess guess = lock_kind_of(&clues);

	cr_assert(guess.kind == LOCK_SEMAPHORE && guess.contended, "%s", guess.why);
	cr_assert_str_eq(guess.taken_by, "Semaphore.acquire");
	cr_assert_str_eq(clues_semaphore_user(&clues), "work");

	/* Called by name, and given back by whoever: it may be a signal. */
	functions[4] = "work";
	modules[4] = "/home/me/pool.py";
	clues.function_count = 5;
	guess = lock_kind_of(&clues);
	cr_assert(guess.kind == LOCK_SEMAPHORE && !guess.contended, "%s", guess.why);
	clues.wakers_are_waiters = true;
	clues.waiters = 4;
	cr_assert(lock_kind_of(&clues).contended);

	/* A Condition's own wait(), Event.wait() and Queue.get() are none. */
	functions[3] = "wait";
	cr_assert_null(clues_semaphore_user(&clues));
}
