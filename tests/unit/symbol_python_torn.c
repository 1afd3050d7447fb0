// SPDX-License-Identifier: BSD-2-Clause
/* Memory that is not as it should be: torn, old, looped, or gone. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/symbol/python_parts.h"
#include "tests/support/python_scene.h"

#define ROOM 64

/* The memory of a blocked process, with a flaw now and then; the same ones in each run. */
struct flawed {
	struct python_process process;
	uint32_t random;
	unsigned int one_in; /* reads that are flawed; 0: none */
	unsigned int reads;
	uint64_t address; /* of a word that reads as `value` instead; 0: none */
	uint64_t value;
};

static struct python_frame frames[ROOM];

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void spoil(struct flawed *flawed, uint8_t *buffer, size_t size)
{
	size_t at = next_random(&flawed->random) % size;
	size_t word = at / 8 * 8;

	switch (next_random(&flawed->random) % 5) {
	case 0: /* a bit */
		buffer[at] ^= (uint8_t)(1u << next_random(&flawed->random) % 8);
		break;
	case 1: /* a word that is no pointer, or a huge length */
		memset(buffer + word, (int)next_random(&flawed->random), size - word < 8 ? 1 : 8);
		break;
	case 2: /* freed and used for something else */
		for (size_t i = 0; i < size; i++)
			buffer[i] = (uint8_t)next_random(&flawed->random);
		break;
	case 3: /* another object of the same kind, perhaps */
		buffer[word] = (uint8_t)(buffer[word] + 16 * next_random(&flawed->random));
		break;
	default: /* given back */
		memset(buffer, 0, size);
	}
}

static ssize_t read_flawed(void *context, uint64_t address, void *buffer, size_t size)
{
	struct flawed *flawed = context;
	ssize_t got = python_memory_read(&flawed->process, address, buffer, size);

	flawed->reads++;
	if (got <= 0)
		return got;
	if (flawed->address >= address && flawed->address + 8 <= address + (uint64_t)got)
		memcpy((char *)buffer + (flawed->address - address), &flawed->value, 8);
	if (flawed->one_in && next_random(&flawed->random) % flawed->one_in == 0)
		spoil(flawed, buffer, (size_t)got);
	return got;
}

static struct python *open_flawed(struct flawed *flawed, const struct scene *scene)
{
	struct python_memory memory = { read_flawed, flawed };
	struct python_place place;
	struct python *python = NULL;

	flawed->process.pid = scene->pid;
	cr_assert_eq(python_find(scene->pid, &place), 0);
	cr_assert_eq(python_open_memory(0, &memory, &place, &python), 0);
	return python;
}

static bool is_utf8(const char *text, size_t room)
{
	const unsigned char *at = (const unsigned char *)text;

	if (strnlen(text, room) == room)
		return false;
	while (*at) {
		int more = *at < 0x80 ? 0 : *at >> 5 == 6 ? 1 : *at >> 4 == 14 ? 2 : 3;

		if (*at >= 0x80 && (*at < 0xc2 || *at > 0xf4))
			return false;
		for (at++; more; more--, at++)
			if ((*at & 0xc0) != 0x80)
				return false;
	}
	return true;
}

static void check_frames(int count)
{
	cr_assert_leq(count, ROOM);
	for (int i = 0; i < count; i++) {
		cr_assert(is_utf8(frames[i].function, sizeof(frames[i].function)));
		cr_assert(is_utf8(frames[i].file, sizeof(frames[i].file)));
		cr_assert_leq(frames[i].line, INT32_MAX);
	}
}

/* The text may be another one's (a bit of a letter), but it is text; and it ends. */
static void check_flaws(const char *interpreter)
{
	struct scene scene = scene_start(interpreter, "blocked");
	struct flawed flawed = { .random = 88172645 };
	_cleanup_(python_closep) struct python *python = open_flawed(&flawed, &scene);
	unsigned int whole = 0, torn = 0;
	pid_t holder;

	for (unsigned int i = 0; i < 1000; i++) {
		const json_t *thread =
			json_array_get(scene.threads, i % json_array_size(scene.threads));
		int r;

		flawed.reads = 0;
		flawed.one_in = 1 << i % 10;
		r = python_stack(python, scene_tid(thread), frames, ROOM);
		cr_assert(r >= 0 || r == -EAGAIN || r == -ESRCH, "%d", r);
		check_frames(r);
		whole += r > 0;
		torn += r < 0;
		r = python_gil_holder(python, &holder);
		cr_assert(r == 0 || r == -EAGAIN || r == -ESRCH, "%d", r);
		cr_assert_lt(flawed.reads, 10000);
	}
	cr_assert_gt(whole, 150);
	cr_assert_gt(torn, 150);
	scene_stop(&scene);
}

Test(python_torn, memory_gives_text_or_an_error)
{
	for_each_interpreter(check_flaws);
}

/* Opening asks more of the memory than reading: what it takes for good must be right. */
static void check_opening(const char *interpreter)
{
	struct scene scene = scene_start(interpreter, "pool");
	struct flawed flawed = { .process.pid = scene.pid, .random = 521288629 };
	struct python_memory memory = { read_flawed, &flawed };
	struct python_place place;
	unsigned int opened = 0;

	cr_assert_eq(python_find(scene.pid, &place), 0);
	for (unsigned int i = 0; i < 1000; i++) {
		_cleanup_(python_closep) struct python *python = NULL;
		int r;

		flawed.one_in = 1 << i % 6;
		r = python_open_memory(0, &memory, &place, &python);
		cr_assert(r == 0 || r == -EAGAIN || r == -EOPNOTSUPP, "%d", r);
		cr_assert_eq(r == 0, python != NULL);
		opened += r == 0;
		if (r == 0)
			check_frames(python_stack(python, scene.pid, frames, ROOM));
	}
	cr_assert(opened > 30 && opened < 1000);
	scene_stop(&scene);
}

Test(python_torn, memory_is_opened_or_refused)
{
	for_each_interpreter(check_opening);
}

static int take_first(const struct python_thread *thread, void *context)
{
	*(struct python_thread *)context = *thread;
	return 1;
}

static void check_loops(const char *interpreter)
{
	struct scene scene = scene_start(interpreter, "pool");
	struct flawed flawed = { 0 };
	_cleanup_(python_closep) struct python *python = open_flawed(&flawed, &scene);
	struct python_thread thread;

	/* The innermost frame is its own caller, and its caller's … */
	cr_assert_eq(python_each_thread(python, take_first, &thread), 1);
	flawed.address = thread.frame + python->layout.frame_previous;
	flawed.value = thread.frame;
	cr_assert_eq(python_stack(python, (pid_t)thread.native_id, frames, ROOM), ROOM);
	cr_assert_str_eq(frames[ROOM - 1].function, frames[0].function);
	/* The first thread comes after itself: the last would be looked for without end. */
	flawed.address = thread.address + python->layout.thread_next;
	flawed.value = thread.address;
	cr_assert_eq(python_stack(python, 0x7ffffff0, frames, ROOM), -EAGAIN);
	scene_stop(&scene);
}

Test(python_torn, lists_that_loop_end)
{
	for_each_interpreter(check_loops);
}

static void check_marks(const char *interpreter)
{
	struct scene scene = scene_start(interpreter, "pool");
	struct flawed flawed = { 0 };
	_cleanup_(python_closep) struct python *python = open_flawed(&flawed, &scene);
	struct python_thread thread;
	uint64_t type;

	/* A code whose type is another, be it by one bit: no name is read from it. */
	cr_assert_eq(python_each_thread(python, take_first, &thread), 1);
	cr_assert_eq(python_read(&python->memory, thread.frame + python->layout.frame_code, &type,
				 sizeof(type)),
		     0);
	flawed.address = type + python->layout.object_type;
	flawed.value = python->place.bytes_type;
	cr_assert_eq(python_stack(python, (pid_t)thread.native_id, frames, ROOM), -EAGAIN);
	scene_stop(&scene);
}

Test(python_torn, objects_of_another_type_are_not_believed)
{
	for_each_interpreter(check_marks);
}
