// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/java.h"

#include <errno.h>
#include <stdlib.h>

#include "base/owned.h"

#define THREADS_MAX 65536u
/* A JavaThread is an object of the C heap with its parker in it. */
#define THREAD_BYTES_MAX 8192u

struct reader {
	struct target_memory *memory;
	pid_t pid;
	const struct java_layout *layout;
};

static int read_at(const struct reader *reader, uint64_t address, void *buffer, size_t size)
{
	ssize_t got = target_memory_read_now(reader->memory, reader->pid, address, buffer, size);

	return got == (ssize_t)size ? 0 : -ENODATA;
}

/* The thread that begins last before the word: it lies in that one. */
static int find_thread(const struct reader *reader, uint64_t word, uint64_t *ret)
{
	const struct java_layout *layout = reader->layout;
	_cleanup_free_ uint64_t *threads = NULL;
	uint64_t list, array, nearest = 0;
	uint32_t count;

	if (read_at(reader, layout->threads_at, &list, sizeof(list)) < 0 ||
	    read_at(reader, list + layout->list_length, &count, sizeof(count)) < 0 ||
	    read_at(reader, list + layout->list_threads, &array, sizeof(array)) < 0 || !count ||
	    count > THREADS_MAX)
		return -ENODATA;
	threads = calloc(count, sizeof(*threads));
	if (!threads || read_at(reader, array, threads, count * sizeof(*threads)) < 0)
		return -ENODATA;
	for (uint32_t i = 0; i < count; i++)
		if (threads[i] <= word && threads[i] > nearest)
			nearest = threads[i];
	if (word - nearest >= THREAD_BYTES_MAX)
		return -ENODATA;
	*ret = nearest;
	return 0;
}

/* A pointer within the Java heap, or to a class: of 4 bytes, or of 8. */
static int read_pointer(const struct reader *reader, uint64_t address, bool is_short, uint64_t base,
			uint32_t shift, uint64_t *ret)
{
	uint64_t value = 0;
	int r = read_at(reader, address, &value, is_short ? 4 : 8);

	if (r < 0 || !value)
		return -ENODATA;
	*ret = is_short ? base + (value << shift) : value;
	return 0;
}

static int read_blocker(const struct reader *reader, uint64_t thread, uint64_t *ret)
{
	const struct java_layout *layout = reader->layout;
	uint64_t handle, object;

	if (read_at(reader, thread + layout->thread_object, &handle, sizeof(handle)) < 0 ||
	    read_at(reader, handle, &object, sizeof(object)) < 0)
		return -ENODATA;
	return read_pointer(reader, object + (uint64_t)layout->blocker, layout->short_oops,
			    layout->oop_base, layout->oop_shift, ret);
}

static int read_class_name(const struct reader *reader, uint64_t object, char *ret, size_t size)
{
	const struct java_layout *layout = reader->layout;
	uint64_t klass, name;
	uint16_t length;

	if (read_pointer(reader, object + layout->object_class, layout->short_classes,
			 layout->class_base, layout->class_shift, &klass) < 0 ||
	    read_at(reader, klass + layout->class_name, &name, sizeof(name)) < 0 ||
	    read_at(reader, name + layout->name_length, &length, sizeof(length)) < 0 || !length ||
	    length >= size || read_at(reader, name + layout->name_text, ret, length) < 0)
		return -ENODATA;
	ret[length] = '\0';
	return 0;
}

/* What was read while it moved is no name. */
static bool make_readable(char *name)
{
	for (char *at = name; *at; at++) {
		if (*at == '/')
			*at = '.';
		if (*at <= ' ' || *at > '~')
			return false;
	}
	return *name;
}

int java_blocker(struct target_memory *memory, pid_t pid, const struct java_layout *layout,
		 uint64_t word, char *ret, size_t size)
{
	struct reader reader = { memory, pid, layout };
	uint64_t thread, blocker;

	if (find_thread(&reader, word, &thread) < 0 ||
	    read_blocker(&reader, thread, &blocker) < 0 ||
	    read_class_name(&reader, blocker, ret, size) < 0 || !make_readable(ret))
		return -ENODATA;
	return 0;
}
