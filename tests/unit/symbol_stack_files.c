// SPDX-License-Identifier: BSD-2-Clause
/* Where names come from: files that are deleted, stripped, packed, or somebody else's. */
#include "daemon/symbol/symbolizer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

TestSuite(symbol_stack_files, .init = set_up, .fini = tear_down, .timeout = 60);

Test(symbol_stack_files, of_a_file_that_was_deleted_has_its_names)
{
	int at;

	stack_scene_make(&scene, "cp $P/stacks-nofp program");
	stack_scene_unwind(&scene);
	at = stack_scene_frame(&scene, "innermost", 0);
	cr_assert(at > 0 && scene.whole);
	cr_assert(strstr(scene.frames[at].module, "/program"), "%s", scene.frames[at].module);
	cr_assert_null(strstr(scene.frames[at].module, "deleted"));
}

/* A stripped program with the names of two functions, and so many zeros, in .gnu_debugdata. */
static void unwind_packed(const char *zeros)
{
	char script[512];

	snprintf(script, sizeof(script),
		 "strip -s -o program $P/stacks-nofp;"
		 "objcopy -S --keep-symbol=innermost --keep-symbol=middle $P/stacks-nofp mini;"
		 "head -c %s /dev/zero >> mini; xz -0 mini;"
		 "objcopy --add-section .gnu_debugdata=mini.xz program",
		 zeros);
	stack_scene_make(&scene, script);
	stack_scene_unwind(&scene);
	cr_assert(scene.whole);
}

static void assert_packed_names(void)
{
	cr_assert_gt(stack_scene_frame(&scene, "innermost", 0), 0);
	cr_assert_eq(stack_scene_frame(&scene, "middle", 0),
		     stack_scene_frame(&scene, "innermost", 0) + 1);
	cr_assert_lt(stack_scene_frame(&scene, "outermost", 0), 0, "that one was left out");
}

Test(symbol_stack_files, of_a_stripped_program_has_the_names_of_its_minidebuginfo)
{
	unwind_packed("0");
	assert_packed_names();
}

Test(symbol_stack_files, has_packed_names_of_many_megabytes)
{
	unwind_packed("60M");
	assert_packed_names();
}

/* 10 KB in the file: libdwfl would take all the memory that they claim. */
Test(symbol_stack_files, does_not_unpack_more_names_than_any_program_has)
{
	unwind_packed("65M");
	cr_assert_lt(stack_scene_frame(&scene, "innermost", 0), 0);
	cr_assert_gt(stack_scene_frame(&scene, "pthread_mutex_lock", 0), 0,
		     "other files have theirs");
}

/* libdw would take what they claim, up to a thousand times what is there. */
Test(symbol_stack_files, does_not_read_a_program_that_would_unpack_to_gigabytes)
{
	stack_scene_make(&scene, "printf 'ZLIB\\0\\0\\0\\0\\200\\0\\0\\0' > claim;"
				 "objcopy --add-section .zdebug_str=claim $P/stacks-nofp program");
	stack_scene_unwind(&scene);
	cr_assert_lt(stack_scene_frame(&scene, "innermost", 0), 0);
	cr_assert_gt(stack_scene_frame(&scene, "pthread_mutex_lock", 0), 0,
		     "other files have their names");
}

/* Its file is gone, too: whatever is asked about it first, while it lives, opens what it runs. */
Test(symbol_stack_files, of_a_process_that_has_ended_keeps_its_names)
{
	struct symbol_place nowhere;

	stack_scene_make(&scene, "cp $P/stacks-nofp program");
	cr_assert_eq(symbolizer_place(scene.symbolizer, scene.frozen.pid, 0, &nowhere), 0);
	frozen_kill(&(struct frozen){ .pid = scene.frozen.pid });
	scene.frozen.stack.may_read_on = true;
	stack_scene_unwind(&scene);
	cr_assert(scene.whole && stack_scene_frame(&scene, "innermost", 0) > 0 &&
		  stack_scene_frame(&scene, "main", 0) > 0);
	symbolizer_forget(scene.symbolizer, scene.frozen.pid);
	stack_scene_unwind(&scene);
	cr_assert_eq(scene.count, -ESRCH);
	scene.frozen.pid = 0;
}

/* As in a container, whose debug packages this machine has not. */
Test(symbol_stack_files, has_the_names_of_a_debug_file_in_the_processs_own_root)
{
	const char *arguments[] = { "main", NULL };
	char text[1024], folder[] = "/tmp/partrace-symbol-XXXXXX";
	int at;

	cr_assert(mkdtemp(folder));
	snprintf(text, sizeof(text),
		 "set -e; P=${PARTRACE_BUILD:-build}/tests/programs; cd %s;"
		 "gcc -x c -O2 -static -o chroot - <<E\n"
		 "#include <unistd.h>\n"
		 "int main(int n, char **v) { return chroot(\"%s\") || chdir(\"/\") || "
		 "execl(\"/program\", \"program\", v[1], (char *)0); }\nE\n"
		 "strip -g -o program $P/stacks-static; strip -s program;"
		 "id=$(readelf -n program | sed -n 's/.*Build ID: //p');"
		 "to=usr/lib/debug/.build-id/$(echo $id | cut -c1-2); mkdir -p $to;"
		 "objcopy --only-keep-debug $P/stacks-static $to/$(echo $id | cut -c3-).debug",
		 folder, folder);
	cr_assert_eq(system(text), 0);
	snprintf(text, sizeof(text), "%s/chroot", folder);
	frozen_start(&scene.frozen, text, arguments);
	frozen_copy(&scene.frozen, FROZEN_STACK_MAX);
	stack_scene_unwind(&scene);
	snprintf(text, sizeof(text), "rm -rf %s", folder);
	cr_assert_eq(system(text), 0);
	at = stack_scene_frame(&scene, "innermost", 0);
	cr_assert(at > 0 && scene.whole);
	cr_assert(strstr(scene.frames[at].module, "/program"), "%s", scene.frames[at].module);
	cr_assert(scene.frames[at].file && scene.frames[at].line > 10);
}

/* As a build leaves it: stripped, with the name of a file of `source` that lies in that folder. */
static int innermost_of_linked(const char *place, const char *source)
{
	char text[1024], folder[] = "/tmp/partrace-symbol-XXXXXX";

	cr_assert(mkdtemp(folder));
	snprintf(text, sizeof(text),
		 "set -e; P=$(realpath ${PARTRACE_BUILD:-build})/tests/programs; cd %s;"
		 "mkdir -p %s; objcopy --only-keep-debug $P/%s %s/program.debug;"
		 "objcopy -S --add-gnu-debuglink=%s/program.debug $P/stacks-nofp program",
		 folder, place, source, place, place);
	cr_assert_eq(system(text), 0);
	snprintf(text, sizeof(text), "%s/program", folder);
	stack_scene_start(&scene, text, "main", NULL);
	stack_scene_unwind(&scene);
	snprintf(text, sizeof(text), "rm -rf %s", folder);
	cr_assert_eq(system(text), 0);
	cr_assert_gt(stack_scene_frame(&scene, "pthread_mutex_lock", 0), 0);
	return stack_scene_frame(&scene, "innermost", 0);
}

Test(symbol_stack_files, has_the_names_of_a_debug_file_beside_the_program)
{
	int at = innermost_of_linked(".", "stacks-nofp");

	cr_assert(at > 0 && scene.whole);
	cr_assert(scene.frames[at].file && scene.frames[at].line > 10);
}

Test(symbol_stack_files, has_the_names_of_a_debug_file_in_a_folder_of_such)
{
	cr_assert_gt(innermost_of_linked(".debug", "stacks-nofp"), 0);
}

Test(symbol_stack_files, does_not_believe_a_debug_file_of_another_build)
{
	cr_assert_lt(innermost_of_linked(".", "stacks-fp"), 0);
}

Test(symbol_stack_files, does_not_believe_somebody_elses_names)
{
	char path[64];
	int at;

	stack_scene_start(&scene, "stacks-nofp", "jit", NULL);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", scene.frozen.pid);
	cr_assert_eq(chown(path, 12345, 12345), 0);
	stack_scene_unwind(&scene);
	unlink(path);
	at = stack_scene_frame(&scene, "innermost", 0) + 1;
	cr_assert_eq(scene.frames[at].kind, FRAME_UNKNOWN);
	cr_assert_null(scene.frames[at].function);
	cr_assert(scene.whole && stack_scene_frame(&scene, "main", at) == at + 1,
		  "it is gone through all the same");
}

/* Frozen in code that its runtime made up, with this for a perf-PID.map's first lines. */
static struct jit_loss loss_with(const char *lines, bool keeps_the_rest)
{
	char path[64], rest[256] = "";
	FILE *map;

	stack_scene_start(&scene, "stacks-nofp", "jit", NULL);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", scene.frozen.pid);
	map = fopen(path, "r+");
	cr_assert(map && fgets(rest, sizeof(rest), map));
	cr_assert_eq(ftruncate(fileno(map), 0), 0);
	rewind(map);
	fprintf(map, "%s%s", lines, keeps_the_rest ? rest : "");
	fclose(map);
	stack_scene_unwind(&scene);
	unlink(path);
	cr_assert_eq(stack_scene_frame(&scene, "Made::up(int)", 0) > 0, keeps_the_rest);
	return symbolizer_jit_loss(scene.symbolizer, scene.frozen.pid);
}

Test(symbol_stack_files, lines_that_are_no_entries_are_no_loss_while_all_code_is_named)
{
	cr_assert_eq(loss_with("7f0\nnothing\n", true).kind, JIT_NOTHING_LOST);
}

Test(symbol_stack_files, lines_that_are_no_entries_are_told_where_code_has_no_name)
{
	struct jit_loss loss = loss_with("7f0\nnothing\n", false);

	cr_assert_eq(loss.kind, JIT_MALFORMED);
	cr_assert_eq(loss.lines, 2);
}

Test(symbol_stack_files, last_line_that_is_just_being_written_is_no_loss)
{
	cr_assert_eq(loss_with("1000 10 other\n7f0", false).kind, JIT_NOTHING_LOST);
}
