// SPDX-License-Identifier: BSD-2-Clause
/* The GIL: which words it is, and who holds it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/owned.h"
#include "tests/unit/python_told.h"

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

static struct scene start_with_gil(const char *interpreter)
{
	/* A free-threaded build has it on demand; the others know no such variable, or mean the
	 * same. */
	setenv("PYTHON_GIL", "1", 1);
	return scene_start(interpreter, "gil");
}

/* The main thread starves, while the other sleeps on with the GIL in its hands. */
static void check_gil(const char *interpreter)
{
	struct scene scene = start_with_gil(interpreter);
	_cleanup_(python_closep) struct python *python = scene_python(&scene);
	const json_t *thread = json_array_get(scene.threads, 0);
	uint64_t futex = 0;
	pid_t holder;

	assert_told(python, scene_tid(thread), json_object_get(thread, "frames"));
	cr_assert_eq(python_gil_holder(python, &holder), 0);
	cr_assert_eq(holder, scene_tid(thread));
	for (int i = 0; i < 200 && !python_is_gil(python, futex); i++, usleep(1000))
		futex = futex_of(scene.pid, scene.pid);
	cr_assert(python_is_gil(python, futex));
	cr_assert_not(python_is_gil(python, futex + 4096));
	cr_assert_not(python_is_gil(python, 0));
	scene_stop(&scene);
}

Test(python_gil, knows_the_gil_and_who_holds_it)
{
	for_each_interpreter(check_gil);
}

static void check_no_holder(const char *interpreter)
{
	struct scene scene = scene_start(interpreter, "pool");
	_cleanup_(python_closep) struct python *python = scene_python(&scene);
	const json_t *thread;
	pid_t holder = -1;
	size_t i;

	json_array_foreach (scene.threads, i, thread)
		assert_told(python, scene_tid(thread), json_object_get(thread, "frames"));
	cr_assert_eq(python_gil_holder(python, &holder), 0);
	cr_assert_eq(holder, 0);
	scene_stop(&scene);
}

Test(python_gil, knows_that_nobody_holds_the_gil)
{
	for_each_interpreter(check_no_holder);
}
