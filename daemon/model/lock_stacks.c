// SPDX-License-Identifier: BSD-2-Clause
/* Where in the code locks are waited for, given up and held: kept as they come, and in a report. */
#include <errno.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/model/lock_window_parts.h"

static int lose(struct lock_window *window, int error)
{
	window->lost_stacks++;
	return error;
}

static uint64_t hash_of(struct lock_ref lock, enum stack_role role,
			const struct report_frame *frames)
{
	uint64_t hash = number_index_mix((uintptr_t)frames, role);

	return number_index_mix(hash, (uint64_t)lock.row << 32 | lock.generation);
}

static struct lock_stack *known_stack(const struct lock_window *window, struct lock_ref lock,
				      enum stack_role role, const struct report_frame *frames)
{
	uint64_t hash = hash_of(lock, role, frames);
	size_t tried = 0;
	uint32_t at;

	while (number_index_next(&window->stack_numbers, hash, &tried, &at)) {
		struct lock_stack *stack = &window->stacks[at];

		if (stack->frames == frames && stack->lock.row == lock.row &&
		    stack->lock.generation == lock.generation && stack->role == role)
			return stack;
	}
	return NULL;
}

int lock_window_stack(struct lock_window *window, struct lock_ref lock, enum stack_role role,
		      uint64_t waits, uint64_t wait_ns, const struct report_frame *frames,
		      size_t frames_count, bool whole)
{
	struct lock_stack *stack = known_stack(window, lock, role, frames);

	window->short_stacks += !whole;
	if (stack) {
		stack->waits += waits;
		stack->wait_ns += wait_ns;
		return 0;
	}
	if (window->stacks_count == LOCK_STACKS_MAX)
		return lose(window, -ENOSPC);
	stack = lock_window_append((void **)&window->stacks, &window->stacks_count,
				   &window->stacks_room, sizeof(*stack));
	if (!stack)
		return lose(window, -ENOMEM);
	if (number_index_add(&window->stack_numbers, hash_of(lock, role, frames),
			     (uint32_t)window->stacks_count - 1) < 0) {
		window->stacks_count--;
		return lose(window, -ENOMEM);
	}
	*stack = (struct lock_stack){ lock, role, waits, wait_ns, frames, frames_count, whole };
	return 0;
}

uint64_t lock_window_lost_stacks(const struct lock_window *window)
{
	return window->lost_stacks;
}

uint64_t lock_window_short_stacks(const struct lock_window *window)
{
	return window->short_stacks;
}

/* ---- in a report ---- */

static const char *const role_names[] = {
	[STACK_WAITER] = "waiter", [STACK_RELEASER] = "releaser"
};
/* No sample of the probes tells it: it is where the owner of a lock is found at the report. */
static const char HOLDER[] = "holder";

static const char *end_of(bool whole)
{
	return whole ? "root" : "short";
}

struct report_stack *lock_group_stack(struct lock_group *group, const char *role,
				      const struct report_frame *frames)
{
	uint64_t hash = number_index_mix((uintptr_t)frames, (uintptr_t)role);
	struct report_lock *row = &group->row;
	size_t tried = 0;
	uint32_t at;

	while (number_index_next(&group->stack_numbers, hash, &tried, &at))
		if (row->stacks[at].frames == frames && row->stacks[at].role == role)
			return &row->stacks[at];
	if (number_index_add(&group->stack_numbers, hash, (uint32_t)row->stacks_count) < 0)
		return NULL;
	return lock_window_append((void **)&row->stacks, &row->stacks_count, &group->stacks_room,
				  sizeof(*row->stacks));
}

/* ---- where a holder is ---- */

/* It sleeps with the lock, and others wait. */
static void note_owner(struct lock_window *window, const struct thread_slot *slot,
		       const struct standing_stack *stack)
{
	if (!stack->frames_count || slot->state != THREAD_WAITING)
		return;
	for (size_t i = 0; i < window->owned_count; i++) {
		struct lock_group *group = &window->groups[window->owned[i]];

		if (group->fact->owner_tid != slot->shown_tid || !group->fact->contended)
			continue;
		group->owner_stack = *stack;
		group->owner_state = lock_window_state_of(window, slot);
	}
}

/* One look tells where holders are only if they mostly do what this one does. */
static bool is_usual(const struct report_holder_state *states, enum holder_state state)
{
	const uint64_t all[] = { [HOLDER_RUNNING] = states->running,
				 [HOLDER_READY] = states->ready,
				 [HOLDER_LOCK] = states->lock,
				 [HOLDER_IO] = states->io,
				 [HOLDER_OTHER] = states->other };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i] > all[state])
			return false;
	return true;
}

int lock_group_add_holder_stack(struct lock_group *group)
{
	struct report_stack *row;

	if (!group->owner_stack.frames || !group->owned_ns ||
	    !is_usual(&group->row.holder_state_ns, group->owner_state))
		return 0;
	row = lock_group_stack(group, HOLDER, group->owner_stack.frames);
	if (!row)
		return -ENOMEM;
	row->role = HOLDER;
	row->end = end_of(group->owner_stack.whole);
	row->waits = group->row.waiting_now;
	row->wait_ns = group->owned_ns;
	row->frames = (struct report_frame *)group->owner_stack.frames;
	row->frames_count = group->owner_stack.frames_count;
	return 0;
}

/* ---- where threads wait ---- */

int lock_window_report_stack(struct lock_window *window, const struct thread_slot *slot,
			     const struct standing_stack *stack)
{
	struct lock_group *group = NULL;
	struct first_wait *first;
	struct report_stack *row;
	uint64_t waited_ns;

	note_owner(window, slot, stack);
	if (stack->frames_count && slot->state == THREAD_WAITING && slot->futex)
		group = lock_window_group(window, slot->lock);
	if (!group)
		return 0;
	first = lock_window_first_wait(window, slot->index, slot->generation, slot->lock);
	waited_ns = less(window->now_ns, slot->since_ns);
	if (first && first->since_ns == slot->since_ns)
		waited_ns -= first->waited_ns < waited_ns ? first->waited_ns : waited_ns;
	row = lock_group_stack(group, role_names[STACK_WAITER], stack->frames);
	if (!row)
		return -ENOMEM;
	row->role = role_names[STACK_WAITER];
	row->end = end_of(stack->whole);
	row->waits++;
	row->wait_ns += waited_ns;
	row->frames = (struct report_frame *)stack->frames;
	row->frames_count = stack->frames_count;
	return 0;
}

int lock_window_add_stacks(struct lock_window *window)
{
	for (size_t i = 0; i < window->stacks_count; i++) {
		const struct lock_stack *stack = &window->stacks[i];
		struct lock_group *group = lock_window_group(window, stack->lock);
		const char *role = role_names[stack->role];
		struct report_stack *row;

		if (!group)
			continue;
		row = lock_group_stack(group, role, stack->frames);
		if (!row)
			return -ENOMEM;
		row->role = role;
		row->waits += stack->waits;
		row->wait_ns += stack->wait_ns;
		row->end = end_of(stack->whole);
		row->frames = (struct report_frame *)stack->frames;
		row->frames_count = stack->frames_count;
	}
	return 0;
}

uint64_t lock_row_stackless_ns(const struct report_lock *row)
{
	uint64_t with_ns = 0;

	for (size_t i = 0; i < row->stacks_count; i++)
		if (!strcmp(row->stacks[i].role, role_names[STACK_WAITER]))
			with_ns += row->stacks[i].wait_ns;
	return less(row->wait_ns, with_ns);
}
