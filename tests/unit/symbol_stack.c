// SPDX-License-Identifier: BSD-2-Clause
/* Stacks of real processes, which block in a place that is known. */
#include "daemon/symbol/symbolizer.h"

#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "base/owned.h"
#include "tests/support/frozen.h"

static struct symbolizer *symbolizer;
static struct frozen frozen;
static struct symbol_frame frames[SYMBOL_FRAMES_MAX];
static int count;
static bool whole;

static void set_up(void)
{
	cr_assert_eq(symbolizer_new(&symbolizer), 0);
}

static void tear_down(void)
{
	frozen_kill(&frozen);
	symbolizer_free(symbolizer);
}

TestSuite(symbol_stack, .init = set_up, .fini = tear_down, .timeout = 60);

static void start(const char *program, const char *how, const char *depth)
{
	const char *arguments[] = { how, depth, NULL };

	frozen_start(&frozen, program, arguments);
	frozen_copy(&frozen, FROZEN_STACK_MAX);
}

static void unwind(void)
{
	count = symbolizer_stack(symbolizer, frozen.pid, &frozen.stack, frames, ARRAY_LEN(frames),
				 &whole);
	for (int i = 0; i < count && getenv("VERBOSE"); i++)
		fprintf(stderr, "  %d %#lx %s+%#lx (%s) %s:%ld %s\n", i, frames[i].address,
			frames[i].function ? frames[i].function : "-", frames[i].offset,
			frames[i].module ? frames[i].module : "-",
			frames[i].file ? frames[i].file : "-", (long)frames[i].line,
			frame_kind_names[frames[i].kind]);
}

/* Its index; -1 when it is not there from `from` on. */
static int frame_of(const char *function, int from)
{
	for (int i = from; i < count; i++)
		if (frames[i].function && !strcmp(frames[i].function, function))
			return i;
	return -1;
}

static void assert_callers(int at, const char *const *functions)
{
	for (; *functions; functions++, at++) {
		cr_assert(at < count, "%s is on the stack", *functions);
		cr_assert(frames[at].function, "frame %d has a name, %s", at, *functions);
		cr_assert_str_eq(frames[at].function, *functions);
	}
}

static void assert_known_stack(const char *program, const char *how, const char *start_function)
{
	const char *known[] = { "innermost", "middle", "outermost", start_function, NULL };
	int lock;

	start(program, how, NULL);
	unwind();
	lock = frame_of("pthread_mutex_lock", 0);
	cr_assert(lock >= 0 || !strcmp(program, "stacks-musl"), "%s: the lock is named", program);
	assert_callers(lock >= 0 ? lock + 1 : frame_of("innermost", 0), known);
	cr_assert(whole, "%s: down to the thread's start", program);
}

#define KNOWN_STACKS(name, program)                                                                \
	Test(symbol_stack, of_a_thread_##name)                                                     \
	{                                                                                          \
		assert_known_stack(program, "thread", "in_thread");                                \
	}                                                                                          \
	Test(symbol_stack, of_the_first_thread_##name)                                             \
	{                                                                                          \
		assert_known_stack(program, "main", "main");                                       \
	}

KNOWN_STACKS(with_frame_pointers, "stacks-fp")
KNOWN_STACKS(without_frame_pointers, "stacks-nofp")
KNOWN_STACKS(at_fixed_addresses, "stacks-nopie")
KNOWN_STACKS(in_a_static_program, "stacks-static")
KNOWN_STACKS(in_a_static_pie_program, "stacks-static-pie")
KNOWN_STACKS(with_musl_which_tells_nothing_of_its_frames, "stacks-musl")
