// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/code_window.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/model/code_window_parts.h"

struct code_window *code_window_new(void)
{
	struct code_window *window = calloc(1, sizeof(*window));

	if (!window)
		return NULL;
	window->places = calloc(CODE_PLACES, sizeof(*window->places));
	if (window->places)
		return window;
	free(window);
	return NULL;
}

void code_window_free(struct code_window *window)
{
	if (!window)
		return;
	for (size_t i = 0; i < window->stacks_count; i++)
		free(window->stacks[i].frames);
	free(window->functions);
	free(window->stacks);
	free(window->places);
	free(window->rows);
	free(window->coders);
	free(window->stack_rows);
	free(window);
}

/* ---- sums ---- */

static void add_to(struct code_sums *sums, const struct code_sample *sample)
{
	uint32_t running = sample->running ? sample->running : 1;

	sums->samples++;
	sums->kernel += sample->in_kernel;
	sums->alone += running == 1;
	sums->weight += 1.0 / running;
}

/* A few counters for many keys: a newcomer takes the least of them, and goes on from its count. */
static void count_key(struct code_count *counts, size_t room, uint64_t key)
{
	struct code_count *least = counts;

	for (size_t i = 0; i < room; i++) {
		if (counts[i].samples && counts[i].key == key) {
			counts[i].samples++;
			return;
		}
		if (counts[i].samples < least->samples)
			least = &counts[i];
	}
	least->key = key;
	least->samples++;
}

/* ---- functions ---- */

static bool is_python(const struct report_frame *frame)
{
	return frame->kind && !strcmp(frame->kind, "python");
}

/* What is below a Python function is its interpreter, or what it called that is not Python. */
static const struct report_frame *own_frame(const struct code_sample *sample)
{
	static const struct report_frame kernel = { .function = "[kernel]",
						    .line = NO_VALUE,
						    .kind = "unknown" },
					 unknown = { .line = NO_VALUE, .kind = "unknown" };

	for (size_t i = 0; i < sample->frames_count; i++)
		if (is_python(&sample->frames[i]))
			return &sample->frames[i];
	if (sample->frames_count)
		return &sample->frames[0];
	return sample->in_kernel ? &kernel : &unknown;
}

/* An inlined function brings its own file with it, so that only Python's tell functions apart. */
static bool is_same_function(const struct report_frame *one, const struct report_frame *other)
{
	return one->function == other->function && one->module == other->module &&
	       (one->file == other->file || !is_python(one));
}

static struct code_function *function_of(struct code_window *window,
					 const struct report_frame *frame)
{
	size_t room = window->functions_room ? 2 * window->functions_room : 64;
	struct code_function *grown;

	for (size_t i = 0; i < window->functions_count; i++)
		if (is_same_function(&window->functions[i].frame, frame))
			return &window->functions[i];
	if (window->functions_count == CODE_FUNCTIONS_MAX)
		return NULL;
	if (window->functions_count == window->functions_room) {
		grown = realloc(window->functions, room * sizeof(*grown));
		if (!grown)
			return NULL;
		window->functions = grown;
		window->functions_room = room;
	}
	grown = &window->functions[window->functions_count++];
	*grown = (struct code_function){ .frame = *frame };
	return grown;
}

static void add_function(struct code_window *window, const struct code_sample *sample)
{
	const struct report_frame *frame = own_frame(sample);
	struct code_function *function = function_of(window, frame);

	if (!function)
		return;
	add_to(&function->sums, sample);
	count_key(function->threads, CODE_COUNTS, (uint64_t)sample->pid << 32 | sample->tid);
	if (frame->line == NO_VALUE)
		return;
	count_key(function->lines, CODE_COUNTS, frame->line);
	if (!function->frame.file)
		function->frame.file = frame->file;
}

/* ---- stacks ---- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * 0x9e3779b97f4a7c15ull + (hash >> 29);
}

/*
 * Functions make a stack, not the very instructions: there are as many of these as samples. Callers
 * without a name are told apart by their place.
 */
static uint64_t place_in(const struct code_sample *sample, size_t i)
{
	return i && !sample->frames[i].function ? sample->frames[i].offset : 0;
}

static uint64_t hash_of(const struct code_sample *sample)
{
	uint64_t hash = sample->frames_count;

	for (size_t i = 0; i < sample->frames_count; i++) {
		hash = mix(hash, (uintptr_t)sample->frames[i].function);
		hash = mix(hash, (uintptr_t)sample->frames[i].module);
		hash = mix(hash, place_in(sample, i));
	}
	return hash;
}

static bool is_same_stack(const struct code_stack *stack, uint64_t hash,
			  const struct code_sample *sample)
{
	if (stack->hash != hash || stack->frames_count != sample->frames_count)
		return false;
	for (size_t i = 0; i < sample->frames_count; i++)
		if (!is_same_function(&stack->frames[i], &sample->frames[i]) ||
		    (place_in(sample, i) && stack->frames[i].offset != sample->frames[i].offset))
			return false;
	return true;
}

static struct code_stack *new_stack(struct code_window *window)
{
	size_t room = window->stacks_room ? 2 * window->stacks_room : 64;
	struct code_stack *grown;

	if (window->stacks_count == window->stacks_room) {
		grown = realloc(window->stacks, room * sizeof(*grown));
		if (!grown)
			return NULL;
		window->stacks = grown;
		window->stacks_room = room;
	}
	return &window->stacks[window->stacks_count];
}

static struct code_stack *add_stack_at(struct code_window *window, size_t at, uint64_t hash,
				       const struct code_sample *sample)
{
	size_t bytes = sample->frames_count * sizeof(*sample->frames);
	struct code_stack *stack;

	if (window->stacks_count == CODE_STACKS_MAX ||
	    window->frames_count + sample->frames_count > CODE_FRAMES_MAX)
		return NULL;
	stack = new_stack(window);
	if (!stack)
		return NULL;
	*stack = (struct code_stack){ .hash = hash, .frames_count = sample->frames_count };
	stack->frames = malloc(bytes);
	if (!stack->frames)
		return NULL;
	memcpy(stack->frames, sample->frames, bytes);
	window->frames_count += sample->frames_count;
	window->places[at] = (uint32_t)++window->stacks_count;
	return stack;
}

static void add_stack(struct code_window *window, const struct code_sample *sample)
{
	uint64_t hash = hash_of(sample);
	size_t at = hash % CODE_PLACES;
	struct code_stack *stack;

	if (!sample->frames_count)
		return;
	while (window->places[at] &&
	       !is_same_stack(&window->stacks[window->places[at] - 1], hash, sample))
		at = (at + 1) % CODE_PLACES;
	stack = window->places[at] ? &window->stacks[window->places[at] - 1]
				   : add_stack_at(window, at, hash, sample);
	if (!stack)
		return;
	add_to(&stack->sums, sample);
	stack->whole |= sample->whole;
}

void code_window_add(struct code_window *window, const struct code_sample *sample)
{
	add_to(&window->sums, sample);
	add_function(window, sample);
	add_stack(window, sample);
}
