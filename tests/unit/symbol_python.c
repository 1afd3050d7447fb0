// SPDX-License-Identifier: BSD-2-Clause
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/symbol/python.h"
#include "daemon/symbol/python_parts.h"
#include "tests/support/python_scene.h"

#define ROOM 512

static struct python_frame frames[ROOM];

/* Cut where python_frame has no room for more. */
static bool is_text(const char *got, const char *told, size_t room)
{
	size_t length = strlen(got);

	if (strcmp(got, told) == 0)
		return true;
	/* At most three bytes of a character had no room. */
	return length + 4 >= room && length < room && strncmp(got, told, length) == 0 &&
	       (told[length] & 0xc0) != 0x80;
}

static bool is_frame(const struct python_frame *frame, const json_t *told)
{
	return is_text(frame->function, scene_frame_text(told, 0), sizeof(frame->function)) &&
	       is_text(frame->file, scene_frame_text(told, 1), sizeof(frame->file)) &&
	       (json_int_t)frame->line == json_integer_value(json_array_get(told, 2));
}

static bool is_stack(const json_t *told, int count)
{
	if (count < 0 || (size_t)count != json_array_size(told))
		return false;
	for (int i = 0; i < count; i++)
		if (!is_frame(&frames[i], json_array_get(told, (size_t)i)))
			return false;
	return true;
}

/* It said so a moment before it blocked: it is waited for. Leaves its frames in `frames`. */
static int stack_as_told(struct python *python, pid_t tid, const json_t *told)
{
	int r = -1;

	for (int i = 0; i < 200; i++) {
		r = python_stack(python, tid, frames, ROOM);
		if (is_stack(told, r))
			return r;
		usleep(10000);
	}
	cr_assert_fail("thread %d: %d frames, the first %s:%lu; told: %s", tid, r,
		       r > 0 ? frames[0].function : "none", r > 0 ? frames[0].line : 0,
		       json_dumps(told, 0));
	return -1;
}

static struct python *open_scene(const struct scene *scene)
{
	struct python *python = NULL;

	cr_assert_eq(python_open(scene->pid, &python), 0);
	return python;
}

static void check_scene(const char *interpreter, const char *name, size_t threads)
{
	struct scene scene = scene_start(interpreter, name);
	_cleanup_(python_closep) struct python *python = open_scene(&scene);
	const json_t *thread;
	size_t i;

	cr_assert_eq(json_array_size(scene.threads), threads);
	json_array_foreach (scene.threads, i, thread)
		stack_as_told(python, scene_tid(thread), json_object_get(thread, "frames"));
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
	_cleanup_(python_closep) struct python *python = open_scene(&scene);
	char path[64], exe[256] = "", major_minor[8];

	/* The name of the executable ends as the version begins. */
	snprintf(path, sizeof(path), "/proc/%d/exe", scene.pid);
	cr_assert(readlink(path, exe, sizeof(exe) - 1) > 0);
	snprintf(major_minor, sizeof(major_minor), "%s", strrchr(exe, '/') + strlen("/python"));
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
	stack_as_told(python, pid, json_object_get(thread, "frames"));
	cr_assert_eq(python_stack(python, scene_tid(json_array_get(scene.threads, 0)), frames, 1),
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
		if (strcmp(frames[i].function, name) == 0)
			return &frames[i];
	cr_assert_fail("no frame of %s", name);
	return NULL;
}

/* _bootstrap is called by C and calls run; sorted() calls the lambda, which calls the next. */
static void check_entries(const char *interpreter)
{
	struct scene scene = scene_start(interpreter, "blocked");
	_cleanup_(python_closep) struct python *python = open_scene(&scene);
	const json_t *thread = scene_thread_in(&scene, "in_callback");
	int count = stack_as_told(python, scene_tid(thread), json_object_get(thread, "frames"));

	cr_assert(find_function("_bootstrap", count)->is_entry);
	cr_assert_not(find_function("_bootstrap_inner", count)->is_entry);
	cr_assert_not(find_function("run", count)->is_entry);
	cr_assert(find_function("<lambda>", count)->is_entry);
	cr_assert_not(find_function("block_in_key", count)->is_entry);
	/* Cut right behind it, it is told all the same. */
	for (int i = 0; i < count; i++)
		if (strcmp(frames[i].function, "<lambda>") == 0)
			count = python_stack(python, scene_tid(thread), frames, (size_t)i + 1);
	cr_assert(frames[count - 1].is_entry);
	cr_assert_str_eq(frames[count - 1].function, "<lambda>");
	scene_stop(&scene);
}

Test(python, marks_the_frames_that_are_called_from_c)
{
	for_each_interpreter(check_entries);
}

Test(python, gives_no_more_frames_than_there_is_room)
{
	struct scene scene = scene_start(DEBIAN_PYTHON, "blocked");
	_cleanup_(python_closep) struct python *python = open_scene(&scene);
	const json_t *thread = scene_thread_in(&scene, "in_recursion");

	stack_as_told(python, scene_tid(thread), json_object_get(thread, "frames"));
	memset(frames, 0, sizeof(frames));
	cr_assert_eq(python_stack(python, scene_tid(thread), frames, 0), 0);
	cr_assert_eq(python_stack(python, scene_tid(thread), frames, 3), 3);
	cr_assert_str_eq(frames[2].function, "in_recursion");
	cr_assert_eq(frames[3].line, 0);
	scene_stop(&scene);
}

Test(python, knows_no_thread_that_python_does_not_know)
{
	struct scene scene = scene_start(DEBIAN_PYTHON, "pool");
	_cleanup_(python_closep) struct python *python = open_scene(&scene);

	cr_assert_eq(python_stack(python, getpid(), frames, ROOM), -ESRCH);
	scene_stop(&scene);
}

/* "202 0xADDRESS …" while it waits in futex(); 0 if it does not. */
static uint64_t futex_of(pid_t pid, pid_t tid)
{
	char path[64];
	_cleanup_fclose_ FILE *file = NULL;
	unsigned long address = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
	file = fopen(path, "re");
	cr_assert(file);
	return fscanf(file, "202 0x%lx", &address) == 1 ? address : 0;
}

/* The main thread starves, while the other sleeps on with the GIL in its hands. */
static void check_gil(const char *interpreter)
{
	struct scene scene = scene_start(interpreter, "gil");
	_cleanup_(python_closep) struct python *python = open_scene(&scene);
	const json_t *thread = json_array_get(scene.threads, 0);
	uint64_t futex = 0;
	pid_t holder;

	stack_as_told(python, scene_tid(thread), json_object_get(thread, "frames"));
	cr_assert_eq(python_gil_holder(python, &holder), 0);
	cr_assert_eq(holder, scene_tid(thread));
	for (int i = 0; i < 200 && !python_is_gil(python, futex); i++, usleep(1000))
		futex = futex_of(scene.pid, scene.pid);
	cr_assert(python_is_gil(python, futex));
	cr_assert_not(python_is_gil(python, futex + 4096));
	cr_assert_not(python_is_gil(python, 0));
	scene_stop(&scene);
}

Test(python, knows_the_gil_and_who_holds_it)
{
	for_each_interpreter(check_gil);
}

static void check_no_holder(const char *interpreter)
{
	struct scene scene = scene_start(interpreter, "pool");
	_cleanup_(python_closep) struct python *python = open_scene(&scene);
	const json_t *thread;
	pid_t holder = -1;
	size_t i;

	json_array_foreach (scene.threads, i, thread)
		stack_as_told(python, scene_tid(thread), json_object_get(thread, "frames"));
	cr_assert_eq(python_gil_holder(python, &holder), 0);
	cr_assert_eq(holder, 0);
	scene_stop(&scene);
}

Test(python, knows_that_nobody_holds_the_gil)
{
	for_each_interpreter(check_no_holder);
}

/* Who may call whom, outermost last; anything else never happened. */
static bool may_call(const char *caller, const char *function)
{
	static const char *const calls[][2] = {
		{ "_bootstrap", "_bootstrap_inner" },
		{ "_bootstrap_inner", "run" },
		{ "run", "spin" },
		{ "spin", "branch" },
		{ "branch", "twig" },
		{ "twig", "leaf" },
	};

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		if (strcmp(caller, calls[i][0]) == 0 && strcmp(function, calls[i][1]) == 0)
			return true;
	return false;
}

static void check_running_stack(int count)
{
	cr_assert_str_eq(frames[count - 1].function, "_bootstrap");
	for (int i = 0; i + 1 < count; i++)
		cr_assert(may_call(frames[i + 1].function, frames[i].function), "%s calls %s",
			  frames[i + 1].function, frames[i].function);
}

static int count_spinners(const struct python_thread *thread, void *context)
{
	pid_t *tids = context;

	if ((pid_t)thread->native_id != tids[0])
		tids[tids[1] ? 2 : 1] = (pid_t)thread->native_id;
	return 0;
}

/* Of two threads that call and return all the time. */
static void check_running(const char *interpreter)
{
	struct scene scene = scene_start(interpreter, "running");
	_cleanup_(python_closep) struct python *python = open_scene(&scene);
	pid_t tids[3] = { scene.pid }, holder;
	unsigned int known = 0;

	while (python_each_thread(python, count_spinners, tids) < 0)
		tids[1] = 0;
	for (int i = 0; i < 500; i++) {
		int r = python_stack(python, tids[1 + i % 2], frames, ROOM);

		cr_assert(r > 0 || r == -EAGAIN, "%d", r);
		if (r > 0)
			check_running_stack(r);
		known += r > 0;
		r = python_gil_holder(python, &holder);
		cr_assert(r == -EAGAIN || (r == 0 && (holder == 0 || holder == tids[0] ||
						      holder == tids[1] || holder == tids[2])));
	}
	cr_log_info("%s: %u of 500", interpreter, known);
	cr_assert_gt(known, 100);
	scene_stop(&scene);
}

Test(python, tells_of_a_running_thread_nothing_that_never_was)
{
	for_each_interpreter(check_running);
}

Test(python, says_that_the_process_is_gone_when_it_goes_meanwhile)
{
	struct scene scene = scene_start(DEBIAN_PYTHON, "running");
	_cleanup_(python_closep) struct python *python = open_scene(&scene);
	uint64_t killed_ns = 0;
	pid_t holder;
	int r = 0;

	for (int i = 0; r != -ESRCH; i++) {
		if (i == 100)
			kill(scene.pid, SIGKILL);
		if (i == 100)
			killed_ns = monotonic_ns();
		r = python_stack(python, scene.pid, frames, ROOM);
		cr_assert(r >= 0 || r == -EAGAIN || r == -ESRCH, "%d", r);
		cr_assert(!killed_ns || monotonic_ns() - killed_ns < 2 * NSEC_PER_SEC);
	}
	cr_assert(killed_ns);
	cr_assert_eq(python_gil_holder(python, &holder), -ESRCH);
	scene_stop(&scene);
	cr_assert_eq(python_open(scene.pid, &python), -ESRCH);
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
	stack_as_told(python, tid, json_object_get(thread, "frames"));
	cr_assert_eq(python_gil_holder(python, &holder), 0);
	cr_assert_eq(holder, tid);
	cr_assert_eq(python_stack(python, scene_tid(thread), frames, ROOM), -ESRCH);
	kill(pid, SIGKILL);
	scene_stop(&scene);
}
