// SPDX-License-Identifier: BSD-2-Clause
/* Stacks of real processes, which block in a place that is known. */
#include "daemon/symbol/symbolizer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/owned.h"
#include "tests/unit/stack_scene.h"

static struct stack_scene scene;

static void set_up(void)
{
	stack_scene_open(&scene);
}

static void tear_down(void)
{
	stack_scene_close(&scene);
}

TestSuite(symbol_stack, .init = set_up, .fini = tear_down, .timeout = 60);

static void assert_callers(int at, const char *const *functions)
{
	for (; *functions; functions++, at++) {
		cr_assert(at < scene.count, "%s is on the stack", *functions);
		cr_assert(scene.frames[at].function, "frame %d has a name, %s", at, *functions);
		cr_assert_str_eq(scene.frames[at].function, *functions);
	}
}

static void assert_known_stack(const char *program, const char *how, const char *start_function)
{
	const char *known[] = { "innermost", "middle", "outermost", start_function, NULL };
	int lock;

	stack_scene_start(&scene, program, how, NULL);
	stack_scene_unwind(&scene);
	lock = stack_scene_frame(&scene, "pthread_mutex_lock", 0);
	cr_assert(lock >= 0 || strstr(program, "musl"), "%s: the lock is named", program);
	assert_callers(lock >= 0 ? lock + 1 : stack_scene_frame(&scene, "innermost", 0), known);
	cr_assert(scene.whole, "%s: down to the thread's start", program);
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
KNOWN_STACKS(with_a_stripped_musl_which_tells_few_of_its_names, "stacks-musl-dynamic")

Test(symbol_stack, of_a_stripped_program_has_what_its_dynamic_symbols_name)
{
	assert_known_stack("stacks-stripped", "main", "main");
}

Test(symbol_stack, has_offsets_modules_lines_and_kinds)
{
	int at;

	stack_scene_start(&scene, "stacks-nofp", "main", NULL);
	stack_scene_unwind(&scene);
	at = stack_scene_frame(&scene, "innermost", 0);
	cr_assert(at > 0);
	cr_assert(scene.frames[at].offset > 0 && scene.frames[at].offset < 200);
	cr_assert(strstr(scene.frames[at].module, "/stacks-nofp"), "%s", scene.frames[at].module);
	cr_assert(scene.frames[at].file && strstr(scene.frames[at].file, "programs/stacks.c"));
	cr_assert_eq(scene.frames[at].line, frozen_address(&scene.frozen, "taking_line"),
		     "line %lu: in the function itself, not in what is inlined into it",
		     scene.frames[at].line);
	cr_assert_eq(scene.frames[at].kind, FRAME_NATIVE);
	cr_assert_eq(scene.frames[0].address, scene.frozen.stack.registers[STACK_RIP]);
}

Test(symbol_stack, goes_through_a_signal_handler_to_what_was_interrupted)
{
	static const char *const functions[] = { "innermost", "middle", "outermost", "on_signal",
						 NULL };
	int at;

	stack_scene_start(&scene, "stacks-nofp", "signal", NULL);
	stack_scene_unwind(&scene);
	at = stack_scene_frame(&scene, "innermost", 0);
	assert_callers(at, functions);
	at = stack_scene_frame(&scene, "<signal handler called>", at);
	cr_assert(at > 0, "nothing says where the handler was called");
	at = stack_scene_frame(&scene, "raiser", at);
	cr_assert(at > 0 && stack_scene_frame(&scene, "main", at) > at && scene.whole);
}

/* The handler's stack is elsewhere, so that the copy doesn't have the other one. */
Test(symbol_stack, goes_back_from_a_signal_stack_while_the_thread_is_blocked)
{
	stack_scene_start(&scene, "stacks-nofp", "altstack", NULL);
	scene.frozen.stack.size = 4096;
	stack_scene_unwind(&scene);
	cr_assert(stack_scene_frame(&scene, "on_signal", 0) > 0);
	cr_assert(!scene.whole && stack_scene_frame(&scene, "raiser", 0) < 0);
	scene.frozen.stack.may_read_on = true;
	stack_scene_unwind(&scene);
	cr_assert(scene.whole &&
		  stack_scene_frame(&scene, "main", stack_scene_frame(&scene, "raiser", 0)) > 0);
}

Test(symbol_stack, that_is_cut_off_is_short_and_says_so)
{
	int full;

	stack_scene_start(&scene, "stacks-nofp", "main", "100");
	stack_scene_unwind(&scene);
	full = scene.count;
	cr_assert(scene.whole && full > 100);
	scene.frozen.stack.size = 2048;
	stack_scene_unwind(&scene);
	cr_assert(!scene.whole && scene.count > 5 && scene.count < full);
	scene.frozen.stack.size = 0;
	stack_scene_unwind(&scene);
	cr_assert(!scene.whole);
	cr_assert_eq(scene.count, 1, "where it stopped is known without any stack");
}

/* Wherever it is cut: what there is are the same frames, and none is made up. */
Test(symbol_stack, that_is_cut_off_anywhere_begins_like_the_whole)
{
	static uint64_t addresses[SYMBOL_FRAMES_MAX];
	static const char *const programs[] = { "stacks-nofp", "stacks-static", "stacks-fp" };
	size_t size;
	int full;

	for (size_t program = 0; program < ARRAY_LEN(programs); program++) {
		stack_scene_start(&scene, programs[program], "main", "3");
		size = scene.frozen.stack.size;
		stack_scene_unwind(&scene);
		full = scene.count;
		for (int i = 0; i < full; i++)
			addresses[i] = scene.frames[i].address;
		for (size_t cut = 0; cut < size && cut < 4096; cut += 5) {
			scene.frozen.stack.size = cut;
			stack_scene_unwind(&scene);
			cr_assert(scene.count <= full && scene.whole == (scene.count == full));
			for (int i = 0; i < scene.count; i++)
				cr_assert_eq(scene.frames[i].address, addresses[i], "at %zu", cut);
		}
		frozen_kill(&scene.frozen);
	}
}

Test(symbol_stack, that_is_cut_off_is_read_on_while_the_thread_is_blocked)
{
	int full;

	stack_scene_start(&scene, "stacks-nofp", "main", "100");
	stack_scene_unwind(&scene);
	full = scene.count;
	scene.frozen.stack.size = 1001;
	scene.frozen.stack.may_read_on = true;
	stack_scene_unwind(&scene);
	cr_assert(scene.whole);
	cr_assert_eq(scene.count, full);
	scene.frozen.stack.size = 0;
	stack_scene_unwind(&scene);
	cr_assert(scene.whole);
	cr_assert_eq(scene.count, full);
}

Test(symbol_stack, that_is_deeper_than_there_is_room_ends_there)
{
	stack_scene_start(&scene, "stacks-nofp", "thread", "400");
	stack_scene_unwind(&scene);
	cr_assert_eq(scene.count, SYMBOL_FRAMES_MAX);
	cr_assert_not(scene.whole);
	cr_assert_str_eq(scene.frames[scene.count - 1].function, "middle");
	scene.count = symbolizer_stack(scene.symbolizer, scene.frozen.pid, &scene.frozen.stack,
				       scene.frames, 3, &scene.whole);
	cr_assert_eq(scene.count, 3);
	cr_assert_not(scene.whole);
}

Test(symbol_stack, has_the_names_that_a_runtime_gives_to_its_code)
{
	char path[64];
	int at;

	stack_scene_start(&scene, "stacks-nofp", "jit", NULL);
	stack_scene_unwind(&scene);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", scene.frozen.pid);
	unlink(path);
	at = stack_scene_frame(&scene, "Made::up(int)", 0);
	cr_assert(at > 0 && at == stack_scene_frame(&scene, "innermost", 0) + 1);
	cr_assert_eq(scene.frames[at].kind, FRAME_JIT);
	cr_assert_eq(scene.frames[at].offset, 6);
	cr_assert(scene.whole && stack_scene_frame(&scene, "main", at) == at + 1);
}

Test(symbol_stack, of_a_process_that_never_was_is_refused)
{
	struct raw_stack nothing = { 0 };

	cr_assert_eq(symbolizer_stack(scene.symbolizer, 0, &nothing, scene.frames, 1, &scene.whole),
		     -ESRCH);
	cr_assert_eq(
		symbolizer_stack(scene.symbolizer, -1, &nothing, scene.frames, 1, &scene.whole),
		-ESRCH);
	cr_assert_eq(symbolizer_stack(scene.symbolizer, 1 << 30, &nothing, scene.frames, 1,
				      &scene.whole),
		     -ESRCH);
}
