// SPDX-License-Identifier: BSD-2-Clause
/* Stacks of threads that run on, or die, while they are read. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/symbol/python_parts.h"
#include "tests/unit/python_told.h"

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
	cr_assert_str_eq(python_frames[count - 1].function, "_bootstrap");
	for (int i = 0; i + 1 < count; i++)
		cr_assert(may_call(python_frames[i + 1].function, python_frames[i].function),
			  "%s calls %s", python_frames[i + 1].function, python_frames[i].function);
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
	_cleanup_(python_closep) struct python *python = scene_python(&scene);
	pid_t tids[3] = { scene.pid }, holder;
	unsigned int known = 0;

	while (python_each_thread(python, count_spinners, tids) < 0)
		tids[1] = 0;
	for (int i = 0; i < 500; i++) {
		int r = python_stack(python, tids[1 + i % 2], python_frames, PYTHON_ROOM);

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

Test(python_running, tells_of_a_running_thread_nothing_that_never_was)
{
	for_each_interpreter(check_running);
}

Test(python_running, says_that_the_process_is_gone_when_it_goes_meanwhile)
{
	struct scene scene = scene_start(DEBIAN_PYTHON, "running");
	_cleanup_(python_closep) struct python *python = scene_python(&scene);
	uint64_t killed_ns = 0;
	pid_t holder;
	int r = 0;

	for (int i = 0; r != -ESRCH; i++) {
		if (i == 100)
			kill(scene.pid, SIGKILL);
		if (i == 100)
			killed_ns = monotonic_ns();
		r = python_stack(python, scene.pid, python_frames, PYTHON_ROOM);
		cr_assert(r >= 0 || r == -EAGAIN || r == -ESRCH, "%d", r);
		cr_assert(!killed_ns || monotonic_ns() - killed_ns < 2 * NSEC_PER_SEC);
	}
	cr_assert(killed_ns);
	cr_assert_eq(python_gil_holder(python, &holder), -ESRCH);
	scene_stop(&scene);
	cr_assert_eq(python_open(scene.pid, &python), -ESRCH);
}
