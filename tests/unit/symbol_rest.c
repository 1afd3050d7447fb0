// SPDX-License-Identifier: BSD-2-Clause
/* What was read of ELF files is given back at rest, and nothing that was known is lost with it. */
#include "daemon/symbol/symbolizer.h"

#include <string.h>

#include <criterion/criterion.h>

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

TestSuite(symbol_rest, .init = set_up, .fini = tear_down, .timeout = 60);

static const char *name_of(pid_t pid, const char *variable)
{
	static struct symbol_place place;

	cr_assert_eq(symbolizer_place(scene.symbolizer, pid,
				      frozen_address(&scene.frozen, variable), &place),
		     0);
	return place.symbol ? place.symbol : "(none)";
}

Test(symbol_rest, gives_back_what_was_read_once)
{
	cr_assert_not(symbolizer_rest(scene.symbolizer), "nothing was read yet");
	stack_scene_start(&scene, "stacks-nofp", "main", NULL);
	stack_scene_unwind(&scene);
	cr_assert(symbolizer_rest(scene.symbolizer));
	cr_assert_not(symbolizer_rest(scene.symbolizer));
}

Test(symbol_rest, leaves_a_stack_that_was_met_as_it_was_and_reads_no_file_for_it)
{
	struct symbol_frame before[SYMBOL_FRAMES_MAX];
	int count;

	stack_scene_start(&scene, "stacks-nofp", "main", NULL);
	stack_scene_unwind(&scene);
	count = scene.count;
	memcpy(before, scene.frames, sizeof(before));
	symbolizer_rest(scene.symbolizer);
	stack_scene_unwind(&scene);
	cr_assert(scene.whole && scene.count == count);
	cr_assert_eq(memcmp(before, scene.frames, (size_t)count * sizeof(*before)), 0);
	cr_assert_not(symbolizer_rest(scene.symbolizer), "no file was read again");
}

Test(symbol_rest, ends_with_the_next_question_also_about_a_file_that_was_deleted)
{
	pid_t pid;

	stack_scene_make(&scene, "cp $P/stacks-nofp program");
	pid = scene.frozen.pid;
	stack_scene_unwind(&scene);
	symbolizer_rest(scene.symbolizer);
	cr_assert_str_eq(name_of(pid, "queue_lock"), "queue_lock");
	cr_assert(symbolizer_rest(scene.symbolizer), "it was read again");
	frozen_kill(&scene.frozen);
	cr_assert_str_eq(name_of(pid, "queue_lock"), "queue_lock", "its process is gone, too");
}

/* Of a signal's frame the rule is an expression in the file: not kept, but read again. */
Test(symbol_rest, unwinds_through_a_signal_as_before)
{
	int count;

	stack_scene_start(&scene, "stacks-nofp", "signal", NULL);
	stack_scene_unwind(&scene);
	count = scene.count;
	cr_assert(scene.whole && count > 0);
	symbolizer_rest(scene.symbolizer);
	stack_scene_unwind(&scene);
	cr_assert(scene.whole && scene.count == count);
	cr_assert(symbolizer_rest(scene.symbolizer), "a file was read again");
}
