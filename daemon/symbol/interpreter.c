// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/interpreter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/symbol/python.h"
#include "daemon/symbol/symbolizer_parts.h"

/* A process that has no interpreter yet may be about to load one. */
#define ASK_AGAIN_NS 1000000000ull

struct known {
	pid_t pid; /* 0: a free place */
	struct python *python;
	uint64_t asked_ns;
	uint64_t used;
};

struct interpreters {
	struct known list[INTERPRETERS_MAX];
	uint64_t uses;
};

int interpreters_new(struct interpreters **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static void forget(struct known *known)
{
	python_close(known->python);
	*known = (struct known){ 0 };
}

void interpreters_free(struct interpreters *interpreters)
{
	for (size_t i = 0; interpreters && i < INTERPRETERS_MAX; i++)
		forget(&interpreters->list[i]);
	free(interpreters);
}

void interpreters_forget(struct interpreters *interpreters, pid_t pid)
{
	for (size_t i = 0; i < INTERPRETERS_MAX; i++)
		if (interpreters->list[i].pid == pid)
			forget(&interpreters->list[i]);
}

/* Its place, or the one used longest ago. */
static struct known *place_of(struct interpreters *interpreters, pid_t pid)
{
	struct known *oldest = &interpreters->list[0];

	for (size_t i = 0; i < INTERPRETERS_MAX; i++) {
		struct known *known = &interpreters->list[i];

		if (known->pid == pid)
			return known;
		if (known->used < oldest->used)
			oldest = known;
	}
	forget(oldest);
	oldest->pid = pid;
	return oldest;
}

struct python *interpreters_get(struct interpreters *interpreters, pid_t pid)
{
	struct known *known = place_of(interpreters, pid);
	uint64_t now_ns = monotonic_ns();

	known->used = ++interpreters->uses;
	if (!known->python && now_ns - known->asked_ns > ASK_AGAIN_NS) {
		known->asked_ns = now_ns;
		if (python_open(pid, &known->python) < 0)
			known->python = NULL;
	}
	return known->python;
}

/* ---- merging ---- */

static bool is_interpreter(const struct symbol_frame *frame)
{
	return frame->function && !strcmp(frame->function, "_PyEval_EvalFrameDefault");
}

static size_t count_interpreters(const struct symbol_frame *frames, size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += is_interpreter(&frames[i]);
	return found;
}

static size_t count_entries(const struct python_frame *frames, size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += frames[i].is_entry;
	return found;
}

static struct symbol_frame frame_of(struct symbolizer *symbolizer, const struct python_frame *from,
				    uint64_t address)
{
	return (struct symbol_frame){ .function = symbolizer_text(symbolizer, from->function),
				      .file = symbolizer_text(symbolizer, from->file),
				      .line = from->line ? from->line : UINT64_MAX,
				      .kind = FRAME_PYTHON,
				      .address = address };
}

static size_t put_together(struct symbolizer *symbolizer, const struct python_frame *python,
			   size_t python_count, struct symbol_frame *frames, size_t count,
			   size_t room)
{
	_cleanup_free_ struct symbol_frame *native = malloc(count * sizeof(*native));
	size_t out = 0, at = 0;
	bool entered;

	if (!native)
		return count;
	memcpy(native, frames, count * sizeof(*native));
	for (size_t i = 0; i < count && out < room; i++) {
		if (!is_interpreter(&native[i])) {
			frames[out++] = native[i];
			continue;
		}
		for (entered = false; !entered && at < python_count && out < room; at++) {
			entered = python[at].is_entry;
			frames[out++] = frame_of(symbolizer, &python[at], native[i].address);
		}
	}
	return out;
}

size_t interpreters_merge(struct symbolizer *symbolizer, pid_t pid, const struct raw_stack *stack,
			  struct symbol_frame *frames, size_t count, size_t room)
{
	struct python_copy copy = { stack->registers[STACK_RSP], stack->bytes,
				    stack->is_sample ? 0 : stack->size };
	_cleanup_free_ struct python_frame *python_frames = NULL;
	size_t calls = count_interpreters(frames, count);
	struct python *python = calls ? interpreters_get(symbolizer->interpreters, pid) : NULL;
	int found;

	if (!python)
		return count;
	python_frames = calloc(room, sizeof(*python_frames));
	if (!python_frames)
		return count;
	found = python_stack_then(python, stack->tid, &copy, python_frames, room);
	if (found <= 0 || count_entries(python_frames, (size_t)found) != calls)
		return count;
	return put_together(symbolizer, python_frames, (size_t)found, frames, count, room);
}
