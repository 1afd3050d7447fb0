// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/python_told.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

struct python_frame python_frames[PYTHON_ROOM];

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
		if (!is_frame(&python_frames[i], json_array_get(told, (size_t)i)))
			return false;
	return true;
}

int assert_told(struct python *python, pid_t tid, const json_t *told)
{
	int r = -1;

	for (int i = 0; i < 200; i++) {
		r = python_stack(python, tid, python_frames, PYTHON_ROOM);
		if (is_stack(told, r))
			return r;
		usleep(10000);
	}
	cr_assert_fail("thread %d: %d frames, the first %s:%lu; told: %s", tid, r,
		       r > 0 ? python_frames[0].function : "none",
		       r > 0 ? python_frames[0].line : 0, json_dumps(told, 0));
	return -1;
}

struct python *scene_python(const struct scene *scene)
{
	struct python *python = NULL;

	cr_assert_eq(python_open(scene->pid, &python), 0);
	return python;
}
