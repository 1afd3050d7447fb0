// SPDX-License-Identifier: BSD-2-Clause
/* What Ruby's threads wait for, by stacks of Debian's ruby3.1 (stripped) and of unstripped ones. */
#include <criterion/criterion.h>

#include "base/owned.h"
#include "tests/unit/lock_stacks.h"

#define LIBC    "/usr/lib/x86_64-linux-gnu/libc.so.6"
#define RUBY    "/usr/lib/x86_64-linux-gnu/libruby-3.1.so.3.1.2"
#define OTHER   "/usr/lib/x86_64-linux-gnu/ruby/3.1.0/zlib.so"
#define MONITOR "/usr/lib/x86_64-linux-gnu/ruby/3.1.0/monitor.so"
#define DEEP    8

struct ruby_case {
	const char *functions[DEEP];
	const char *modules[DEEP];
};

#define IN_LIBC(...)                                                                               \
	{ __VA_ARGS__ },                                                                           \
	{                                                                                          \
		LIBC, RUBY, RUBY, RUBY, RUBY, RUBY, RUBY, RUBY                                     \
	}

static struct lock_guess guess_of(const struct ruby_case *stack)
{
	struct lock_clues clues = {
		.operation = BITSET,
		.is_private = true,
		.functions = stack->functions,
		.modules = stack->modules,
		.function_count = DEEP,
		.waiters = 1,
	};

	return lock_kind_of(&clues);
}

static void assert_all(const struct ruby_case *cases, size_t count, enum lock_kind kind,
		       bool contended)
{
	for (size_t i = 0; i < count; i++) {
		struct lock_guess guess = guess_of(&cases[i]);

		cr_assert_eq(guess.kind, kind, "case %zu: %s (%s)", i, lock_kind_names[guess.kind],
			     guess.why);
		cr_assert_eq(guess.contended, contended, "case %zu: %s", i, guess.why);
	}
}

Test(lock_ruby, knows_the_gvl_by_the_exported_function_that_takes_it)
{
	static const struct ruby_case cases[] = {
		{ IN_LIBC("pthread_cond_wait", "rb_native_cond_wait", NULL, NULL,
			  "rb_threadptr_execute_interrupts", NULL, NULL, "rb_vm_exec") },
		{ IN_LIBC("pthread_cond_timedwait", NULL, NULL, NULL,
			  "rb_threadptr_execute_interrupts", NULL, NULL, "rb_vm_exec") },
		{ IN_LIBC("pthread_cond_wait", "rb_native_cond_wait", NULL,
			  "rb_thread_io_blocking_region", NULL, NULL, NULL, NULL) },
		{ { "pthread_cond_wait", "rb_native_cond_wait", NULL, "rb_nogvl", NULL },
		  { LIBC, RUBY, RUBY, RUBY, OTHER } },
	};

	assert_all(cases, ARRAY_LEN(cases), LOCK_GIL, true);
	cr_assert_str_eq(guess_of(&cases[0]).name, "Ruby GVL");
}

Test(lock_ruby, knows_the_gvl_by_static_functions_where_they_have_names)
{
	static const struct ruby_case cases[] = {
		{ IN_LIBC("pthread_cond_wait", "rb_native_cond_wait", "gvl_acquire_common",
			  "gvl_acquire", "native_sleep", "sleep_forever", NULL, NULL) },
		{ IN_LIBC("pthread_cond_wait", "rb_native_cond_wait",
			  "thread_sched_wait_running_turn", "thread_sched_to_running_common",
			  "thread_sched_to_running", "rb_nogvl", NULL, NULL) },
	};

	assert_all(cases, ARRAY_LEN(cases), LOCK_GIL, true);
}

Test(lock_ruby, knows_a_mutex_and_a_monitor)
{
	static const struct ruby_case cases[] = {
		{ IN_LIBC("pthread_cond_wait", "rb_native_cond_wait", NULL, NULL, NULL,
			  "rb_mutex_synchronize", NULL, NULL) },
		{ IN_LIBC("pthread_cond_wait", "rb_native_cond_wait", "native_sleep",
			  "sleep_forever", "do_mutex_lock", "rb_mutex_lock", NULL, NULL) },
		{ { "pthread_cond_wait", "rb_native_cond_wait", NULL, NULL, NULL, NULL },
		  { LIBC, RUBY, RUBY, RUBY, RUBY, MONITOR } },
	};

	assert_all(cases, ARRAY_LEN(cases), LOCK_PARKER, true);
}

/* A queue, a sleep under a lock, a ractor without messages, a function of an extension's own. */
Test(lock_ruby, takes_no_other_wait_for_contention)
{
	static const struct ruby_case cases[] = {
		{ IN_LIBC("pthread_cond_wait", "rb_native_cond_wait", NULL, NULL, NULL, NULL,
			  "rb_ensure", "rb_mutex_synchronize") },
		{ IN_LIBC("pthread_cond_wait", "rb_native_cond_wait", NULL, NULL, NULL, NULL,
			  "rb_ensure", "rb_mutex_sleep") },
		{ IN_LIBC("pthread_cond_wait", "rb_native_cond_wait", NULL, "rb_nogvl", NULL, NULL,
			  NULL, "rb_vm_exec") },
		{ IN_LIBC("pthread_cond_wait", "rb_native_cond_wait", "native_sleep",
			  "sleep_forever", "rb_thread_sleep_forever", NULL, NULL, NULL) },
		{ IN_LIBC("pthread_cond_wait", "rb_native_cond_wait",
			  "thread_sched_wait_running_turn", "thread_sched_to_waiting_until_wakeup",
			  "native_sleep", "sleep_forever", "queue_sleep", "rb_ensure") },
		{ { "pthread_cond_wait", NULL, "rb_nogvl", NULL }, { LIBC, OTHER, RUBY, OTHER } },
		{ { "pthread_cond_wait", NULL, "rb_threadptr_execute_interrupts", NULL },
		  { LIBC, OTHER, RUBY, RUBY } },
	};

	assert_all(cases, ARRAY_LEN(cases), LOCK_CONDITION, false);
}
