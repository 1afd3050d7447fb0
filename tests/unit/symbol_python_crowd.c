// SPDX-License-Identifier: BSD-2-Clause
/* Processes with many Python threads, some of which come and go. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>

#include "base/owned.h"
#include "daemon/symbol/python_parts.h"
#include "tests/unit/python_told.h"

struct counted {
	struct python_process process;
	size_t reads;
};

static ssize_t read_counted(void *context, uint64_t address, void *buffer, size_t size)
{
	struct counted *counted = context;

	counted->reads++;
	return python_memory_read(&counted->process, address, buffer, size);
}

static struct python *open_counted(struct counted *counted)
{
	struct python_memory memory = { read_counted, counted };
	struct python_place place;
	struct python *python = NULL;

	cr_assert_eq(python_find(counted->process.pid, &place), 0);
	cr_assert_eq(python_open_memory(0, &memory, &place, &python), 0);
	return python;
}

static void check_told(struct python *python, const struct scene *scene, size_t from, size_t to,
		       size_t step)
{
	for (size_t i = from; i < to; i += step) {
		const json_t *thread = json_array_get(scene->threads, i);

		assert_told(python, scene_tid(thread), json_object_get(thread, "frames"));
	}
}

/* From the list's head each of 200 threads would take some 200 reads to be found. */
static void check_reads(const char *interpreter)
{
	struct scene scene = scene_start(interpreter, "crowd");
	struct counted counted = { .process.pid = scene.pid };
	_cleanup_(python_closep) struct python *python = open_counted(&counted);
	size_t count = json_array_size(scene.threads);

	check_told(python, &scene, 0, 200, 1);
	counted.reads = 0;
	for (size_t i = 0; i < count; i++)
		cr_assert_gt(python_stack(python, scene_tid(json_array_get(scene.threads, i)),
					  python_frames, PYTHON_ROOM),
			     0);
	cr_assert_lt(counted.reads, 60 * count, "%zu reads for %zu threads", counted.reads, count);
	scene_stop(&scene);
}

Test(python_crowd, is_not_walked_through_for_each_of_its_threads)
{
	cr_assert_gt(for_each_interpreter(check_reads), 0);
}

/* Those that have gone leave states behind that others get. */
static void check_leavers(const char *interpreter)
{
	struct scene scene = scene_start(interpreter, "crowd");
	_cleanup_(python_closep) struct python *python = scene_python(&scene);

	check_told(python, &scene, 0, 200, 1);
	kill(scene.pid, SIGUSR1);
	scene_read_more(&scene);
	for (size_t i = 1; i < 200; i += 2)
		cr_assert_eq(python_stack(python, scene_tid(json_array_get(scene.threads, i)),
					  python_frames, PYTHON_ROOM),
			     -ESRCH);
	check_told(python, &scene, 0, 200, 2);
	check_told(python, &scene, 201, 301, 1);
	scene_stop(&scene);
}

Test(python_crowd, that_changes_is_not_believed_to_be_as_it_was)
{
	cr_assert_gt(for_each_interpreter(check_leavers), 0);
}
