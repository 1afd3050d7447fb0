// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <pthread.h>
#include <stddef.h>

#include "daemon/symbol/python_parts.h"

/* struct _gil_runtime_state, the same in 3.11, 3.12 and 3.13; that of 3.13t has a word before it.
 */
struct gil {
	unsigned long interval_us;
	uint64_t last_holder;
	int locked;
	unsigned long switches;
	pthread_cond_t condition;
	pthread_mutex_t mutex;
	pthread_cond_t switch_condition;
	pthread_mutex_t switch_mutex;
};
_Static_assert(offsetof(struct gil, last_holder) == PYTHON_GIL_HOLDER, "as the layout counts");

static int gil_address(struct python *python, uint64_t interpreter, uint64_t *ret)
{
	const struct python_layout *layout = &python->layout;
	uint64_t address = python->place.runtime + layout->runtime_gil;
	int r = 0;

	if (layout->runtime_gil == PYTHON_NONE)
		r = python_read(&python->memory, interpreter + layout->interpreter_gil, &address,
				sizeof(address));
	if (r == 0 && !python_is_pointer(address))
		return -EAGAIN;
	if (r == 0)
		*ret = address;
	return r;
}

static int add_gil(struct python *python, uint64_t interpreter)
{
	uint64_t gil = 0;
	int r = gil_address(python, interpreter, &gil);

	if (r < 0)
		return r;
	for (unsigned int i = 0; i < python->gil_count; i++)
		if (python->gils[i] == gil)
			return 0;
	if (python->gil_count < PYTHON_GILS_MAX)
		python->gils[python->gil_count++] = gil;
	return 0;
}

int python_find_gils(struct python *python)
{
	const struct python_layout *layout = &python->layout;
	uint64_t interpreter;
	int r = python_read(&python->memory, python->place.runtime + layout->runtime_interpreters,
			    &interpreter, sizeof(interpreter));

	if (r == 0 && interpreter == 0)
		return -EAGAIN;
	for (int i = 0; i < PYTHON_INTERPRETERS_MAX && r == 0 && interpreter; i++) {
		if (!python_is_pointer(interpreter))
			return -EAGAIN;
		r = add_gil(python, interpreter);
		if (r == 0)
			r = python_read(&python->memory, interpreter + layout->interpreter_next,
					&interpreter, sizeof(interpreter));
	}
	return r;
}

bool python_is_gil(const struct python *python, uint64_t address)
{
	for (unsigned int i = 0; i < python->gil_count; i++)
		if (address - python->gils[i] < python->layout.gil_head + sizeof(struct gil))
			return true;
	return false;
}

struct holder {
	uint64_t address;
	uint64_t native_id;
};

static int is_holder(const struct python_thread *thread, void *context)
{
	struct holder *holder = context;

	if (thread->address != holder->address)
		return 0;
	holder->native_id = thread->native_id;
	return 1;
}

/* 0 in `ret_native_id`: nobody. */
static int read_holder(struct python *python, uint64_t *ret_native_id)
{
	const struct python_layout *layout = &python->layout;
	struct holder holder = { 0 };
	uint64_t interpreter = 0, address = 0;
	struct gil gil = { 0 };
	int r = python_read(&python->memory, python->place.runtime + layout->runtime_main,
			    &interpreter, sizeof(interpreter));

	if (r == 0)
		r = gil_address(python, interpreter, &address);
	if (r == 0)
		r = python_read(&python->memory, address + layout->gil_head, &gil,
				offsetof(struct gil, condition));
	if (r < 0)
		return r;
	if (gil.locked == 1 && gil.last_holder) {
		holder.address = gil.last_holder;
		r = python_each_thread(python, is_holder, &holder);
		if (r <= 0)
			return r < 0 ? r : -EAGAIN;
	}
	*ret_native_id = holder.native_id;
	return 0;
}

int python_gil_holder(struct python *python, pid_t *ret_tid)
{
	uint64_t inside = 0;
	int r = -EAGAIN;

	for (int i = 0; i < PYTHON_ATTEMPTS && r == -EAGAIN; i++)
		r = read_holder(python, &inside);
	if (r < 0)
		return r;
	if (inside)
		return python_tid_outside(python, inside, ret_tid);
	*ret_tid = 0;
	return 0;
}
