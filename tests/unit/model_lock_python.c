// SPDX-License-Identifier: BSD-2-Clause
/* What CPython's own locks are taken for: the GIL, threading.Lock, idle workers. */
#include <criterion/criterion.h>

#include "base/owned.h"
#include "daemon/model/lock_clues.h"
#include "tests/unit/lock_stacks.h"

Test(lock_python, knows_the_gil_by_whoever_takes_it)
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

Test(lock_python, a_semaphore_of_python_is_a_lock_where_it_is_passed_on)
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
Test(lock_python, a_condition_of_python_is_one_but_where_it_is_passed_on)
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
Test(lock_python, knows_pythons_idle_workers_by_the_module_they_wait_in)
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
Test(lock_python, a_semaphore_of_python_is_a_lock_where_with_takes_it)
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
