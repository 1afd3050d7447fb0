// SPDX-License-Identifier: BSD-2-Clause
/* Where the states of threads were seen last: to walk a list of thousands for each would take as
 * long as all else together. */
#include <errno.h>
#include <stdlib.h>

#include "daemon/symbol/python_parts.h"

/* By TID, one for each place: TIDs of one process mostly follow each other. */
#define PLACES (1u << 14)
/* Shorter lists are walked. */
#define WORTH_IT 16u

struct python_known {
	struct {
		uint64_t address;
		uint64_t interpreter;
	} at[PLACES];
};

struct search {
	struct python *python;
	uint64_t native_id;
	uint64_t frame, held;
	bool found;
	unsigned int steps;
	unsigned int enough; /* steps, once it is found */
};

/* Without memory for it, each thread is searched for. */
static void note(struct python *python, const struct python_thread *thread)
{
	if (!python->known)
		python->known = calloc(1, sizeof(*python->known));
	if (!python->known)
		return;
	python->known->at[thread->native_id % PLACES].address = thread->address;
	python->known->at[thread->native_id % PLACES].interpreter = thread->interpreter;
}

/*
 * A state that is being made for a new thread carries its maker's TID, and has no frames yet. A
 * search goes on for as long as it took: so searches for all of them are no longer than two walks,
 * and one for the newest, who stands first, is short.
 */
static int is_searched(const struct python_thread *thread, void *context)
{
	struct search *search = context;

	search->steps++;
	if (search->steps > WORTH_IT && thread->frame)
		note(search->python, thread);
	if (thread->native_id == search->native_id && !search->frame) {
		search->found = true;
		search->frame = thread->frame;
		search->held = thread->held;
		search->enough = 2 * search->steps;
	}
	return search->frame && search->steps >= search->enough;
}

/* Only what still stands in its list, and is still this thread's, is believed. */
static int look_where_it_was(struct python *python, uint64_t native_id, uint64_t *ret,
			     uint64_t *ret_held)
{
	const struct python_layout *layout = &python->layout;
	struct python_thread thread = { 0 };
	uint64_t interpreter, previous, next, itself = 0;
	int r;

	if (!python->known || !python->known->at[native_id % PLACES].address)
		return -EAGAIN;
	thread.address = python->known->at[native_id % PLACES].address;
	interpreter = python->known->at[native_id % PLACES].interpreter;
	r = python_read(&python->memory, thread.address + layout->thread_previous, &previous,
			sizeof(previous));
	if (r == 0)
		r = python_read_thread(python, interpreter, previous, &thread, &next);
	if (r == 0)
		r = python_read(&python->memory,
				previous ? previous + layout->thread_next
					 : interpreter + layout->interpreter_threads,
				&itself, sizeof(itself));
	if (r < 0)
		return r;
	if (itself != thread.address || thread.native_id != native_id || !thread.frame)
		return -EAGAIN;
	*ret = thread.frame;
	*ret_held = thread.held;
	return 0;
}

int python_find_frame(struct python *python, uint64_t native_id, uint64_t *ret, uint64_t *ret_held)
{
	struct search search = { .python = python, .native_id = native_id };
	int r = look_where_it_was(python, native_id, ret, ret_held);

	if (r == 0)
		return 0;
	r = python_each_thread(python, is_searched, &search);
	/* What the list is like behind it is another matter. */
	if (r < 0 && !search.frame)
		return r;
	if (!search.found)
		return -ESRCH;
	*ret = search.frame;
	*ret_held = search.held;
	return 0;
}
