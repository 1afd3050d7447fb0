// SPDX-License-Identifier: BSD-2-Clause
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/owned.h"
#include "daemon/symbol/python_parts.h"
#include "tests/unit/python_told.h"

static void check_scene(const char *interpreter, const char *name, size_t threads)
{
	struct scene scene = scene_start(interpreter, name);
	_cleanup_(python_closep) struct python *python = scene_python(&scene);
	const json_t *thread;
	size_t i;

	cr_assert_eq(json_array_size(scene.threads), threads);
	json_array_foreach (scene.threads, i, thread)
		assert_told(python, scene_tid(thread), json_object_get(thread, "frames"));
	scene_stop(&scene);
}

static void check_blocked(const char *interpreter)
{
	check_scene(interpreter, "blocked", 10);
}

static void check_pool(const char *interpreter)
{
	check_scene(interpreter, "pool", 5);
}

Test(python, tells_the_stack_of_each_blocked_thread_as_python_itself_does)
{
	for_each_interpreter(check_blocked);
}

Test(python, tells_the_stacks_of_a_pool)
{
	for_each_interpreter(check_pool);
}

static void check_version(const char *interpreter)
{
	struct scene scene = scene_start(interpreter, "pool");
	_cleanup_(python_closep) struct python *python = scene_python(&scene);
	char path[64], exe[256] = "", major_minor[8];

	/* The name of the executable ends as the version begins; that of a free-threaded one has a
	 * t. */
	snprintf(path, sizeof(path), "/proc/%d/exe", scene.pid);
	cr_assert(readlink(path, exe, sizeof(exe) - 1) > 0);
	snprintf(major_minor, sizeof(major_minor), "%s", strrchr(exe, '/') + strlen("/python"));
	major_minor[strcspn(major_minor, "t")] = '\0';
	cr_assert_eq(strncmp(python_version(python), major_minor, strlen(major_minor)), 0,
		     "%s of %s", python_version(python), exe);
	scene_stop(&scene);
}

Test(python, knows_its_version)
{
	for_each_interpreter(check_version);
}

/* The child has one thread, with another TID than it had when its state was made. */
static void check_fork(const char *interpreter)
{
	struct scene scene = scene_start(interpreter, "fork");
	const json_t *thread = json_array_get(scene.threads, 1);
	pid_t pid = scene_tid(thread);
	_cleanup_(python_closep) struct python *python = NULL;

	cr_assert_neq(pid, scene.pid);
	cr_assert_eq(python_open(pid, &python), 0);
	assert_told(python, pid, json_object_get(thread, "frames"));
	cr_assert_eq(
		python_stack(python, scene_tid(json_array_get(scene.threads, 0)), python_frames, 1),
		-ESRCH);
	kill(pid, SIGKILL);
	scene_stop(&scene);
}

Test(python, follows_a_fork)
{
	for_each_interpreter(check_fork);
}

static const struct python_frame *find_function(const char *name, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(python_frames[i].function, name) == 0)
			return &python_frames[i];
	cr_assert_fail("no frame of %s", name);
	return NULL;
}

/* _bootstrap is called by C and calls run; sorted() calls the lambda, which calls the next. */
static void check_entries(const char *interpreter)
{
	struct scene scene = scene_start(interpreter, "blocked");
	_cleanup_(python_closep) struct python *python = scene_python(&scene);
	const json_t *thread = scene_thread_in(&scene, "in_callback");
	int count = assert_told(python, scene_tid(thread), json_object_get(thread, "frames"));

	cr_assert(find_function("_bootstrap", count)->is_entry);
	cr_assert_not(find_function("_bootstrap_inner", count)->is_entry);
	cr_assert_not(find_function("run", count)->is_entry);
	cr_assert(find_function("<lambda>", count)->is_entry);
	cr_assert_not(find_function("block_in_key", count)->is_entry);
	/* Cut right behind it, it is told all the same. */
	for (int i = 0; i < count; i++)
		if (strcmp(python_frames[i].function, "<lambda>") == 0)
			count = python_stack(python, scene_tid(thread), python_frames,
					     (size_t)i + 1);
	cr_assert(python_frames[count - 1].is_entry);
	cr_assert_str_eq(python_frames[count - 1].function, "<lambda>");
	scene_stop(&scene);
}

Test(python, marks_the_frames_that_are_called_from_c)
{
	for_each_interpreter(check_entries);
}

Test(python, gives_no_more_frames_than_there_is_room)
{
	struct scene scene = scene_start(DEBIAN_PYTHON, "blocked");
	_cleanup_(python_closep) struct python *python = scene_python(&scene);
	const json_t *thread = scene_thread_in(&scene, "in_recursion");

	assert_told(python, scene_tid(thread), json_object_get(thread, "frames"));
	memset(python_frames, 0, sizeof(python_frames));
	cr_assert_eq(python_stack(python, scene_tid(thread), python_frames, 0), 0);
	cr_assert_eq(python_stack(python, scene_tid(thread), python_frames, 3), 3);
	cr_assert_str_eq(python_frames[2].function, "in_recursion");
	cr_assert_eq(python_frames[3].line, 0);
	scene_stop(&scene);
}

Test(python, knows_no_thread_that_python_does_not_know)
{
	struct scene scene = scene_start(DEBIAN_PYTHON, "pool");
	_cleanup_(python_closep) struct python *python = scene_python(&scene);

	cr_assert_eq(python_stack(python, getpid(), python_frames, PYTHON_ROOM), -ESRCH);
	scene_stop(&scene);
}

Test(python, is_not_found_in_what_is_not_python)
{
	struct python *python = NULL;

	cr_assert_eq(python_open(getpid(), &python), -ENOENT);
	cr_assert_null(python);
	cr_assert_eq(python_open(0x7ffffff0, &python), -ESRCH);
}

static void check_refused(const char *interpreter)
{
	pid_t pid = scene_spawn_sleeper(interpreter);
	struct python *python = NULL;

	cr_expect_eq(python_open(pid, &python), -EOPNOTSUPP, "%s", interpreter);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

Test(python, refuses_a_version_whose_layout_is_not_known)
{
	if (!for_each_old_interpreter(check_refused))
		cr_skip_test("no CPython 3.7 to 3.10 here");
}

/* Its TIDs are small numbers of its own; ours are asked for and told. */
Test(python, translates_the_tids_of_another_pid_namespace)
{
	struct scene scene = scene_start_in_namespace(DEBIAN_PYTHON, "gil");
	_cleanup_(python_closep) struct python *python = NULL;
	const json_t *thread = json_array_get(scene.threads, 0);
	pid_t pid = scene_child(&scene), tid, holder;

	if (!thread)
		cr_skip_test("no PID namespaces here");
	cr_assert_eq(python_open(pid, &python), 0);
	cr_assert_eq(json_integer_value(json_object_get(thread, "pid")), 1);
	cr_assert_eq(python_tid_outside(python, (uint64_t)scene_tid(thread), &tid), 0);
	cr_assert_neq(tid, scene_tid(thread));
	assert_told(python, tid, json_object_get(thread, "frames"));
	cr_assert_eq(python_gil_holder(python, &holder), 0);
	cr_assert_eq(holder, tid);
	cr_assert_eq(python_stack(python, scene_tid(thread), python_frames, PYTHON_ROOM), -ESRCH);
	kill(pid, SIGKILL);
	scene_stop(&scene);
}
