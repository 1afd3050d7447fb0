// SPDX-License-Identifier: BSD-2-Clause
/* Who waits for a lock and who holds it, at the moment of the report. */
#include <errno.h>

#include "daemon/model/lock_window_parts.h"

struct report_waiter *lock_group_add_waiter(struct lock_group *group)
{
	return lock_window_append((void **)&group->row.waiters, &group->row.waiters_count,
				  &group->waiters_room, sizeof(struct report_waiter));
}

struct report_holder *lock_group_add_holder(struct lock_group *group)
{
	return lock_window_append((void **)&group->row.holders, &group->row.holders_count,
				  &group->holders_room, sizeof(struct report_holder));
}

size_t lock_window_first_waits_of(const struct lock_window *window, uint32_t slot)
{
	size_t low = 0, high = window->first_waits_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (window->first_waits[middle].slot < slot)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct first_wait *lock_window_first_wait(struct lock_window *window, uint32_t slot,
					  uint32_t generation, struct lock_ref lock)
{
	for (size_t i = lock_window_first_waits_of(window, slot);
	     i < window->first_waits_count && window->first_waits[i].slot == slot; i++) {
		struct first_wait *wait = &window->first_waits[i];

		if (wait->generation == generation && wait->lock.row == lock.row &&
		    wait->lock.generation == lock.generation)
			return wait;
	}
	return NULL;
}

/* Waits under another cause than the lock's kind says. */
int lock_window_add_move(struct lock_window *window, struct lock_group *group, bool as_lock,
			 struct wait_move move)
{
	struct wait_move *added;

	if (as_lock == group->fact->contended || (!move.count && !move.time_ns))
		return 0;
	group->is_moved = true;
	added = lock_window_append((void **)&window->moves, &window->moves_count,
				   &window->moves_room, sizeof(*added));
	if (!added)
		return -ENOMEM;
	*added = move;
	added->from = as_lock ? WAIT_LOCK : WAIT_CONDITION;
	added->to = as_lock ? WAIT_CONDITION : WAIT_LOCK;
	return 0;
}

static int add_open_wait(struct lock_window *window, const struct thread_slot *slot,
			 struct lock_group *group)
{
	struct first_wait *first =
		lock_window_first_wait(window, slot->index, slot->generation, slot->lock);
	uint64_t waited_ns = grown(window->now_ns, slot->since_ns);
	struct report_waiter *waiter = lock_group_add_waiter(group);

	if (!waiter)
		return -ENOMEM;
	if (waited_ns > group->row.max_wait_ns)
		group->row.max_wait_ns = waited_ns;
	if (first && first->since_ns == slot->since_ns) {
		first->lasts = true;
		waited_ns = grown(waited_ns, first->waited_ns);
	}
	*waiter = (struct report_waiter){
		.tid = slot->shown_tid, .pid = slot->pid, .waits = 1, .wait_ns = waited_ns
	};
	group->row.waits++;
	group->row.waiting_now++;
	group->queued += (slot->futex_flags & FUTEX_QUEUED) != 0;
	group->row.blocked_ns += waited_ns;
	group->row.wait_ns += waited_ns;
	return lock_window_add_move(window, group, slot->cause == WAIT_LOCK,
				    (struct wait_move){ .tid = slot->shown_tid,
							.pid = slot->pid,
							.count = 1,
							.time_ns = waited_ns });
}

enum holder_state lock_window_state_of(const struct lock_window *window,
				       const struct thread_slot *slot)
{
	const struct lock_group *group = NULL;

	if (slot->state == THREAD_RUNNING)
		return HOLDER_RUNNING;
	if (slot->state != THREAD_WAITING)
		return HOLDER_READY;
	if (slot->futex)
		group = lock_window_group(window, slot->lock);
	if (group ? group->fact->contended : slot->cause == WAIT_LOCK)
		return HOLDER_LOCK;
	return slot->cause == WAIT_IO || slot->cause == WAIT_IPC ? HOLDER_IO : HOLDER_OTHER;
}

/*
 * What a thread did from `from_ns` to now, as far back as its last entries reach; what it does
 * now is known even where there are none.
 */
static void add_past(const struct lock_window *window, const struct thread_slot *slot,
		     uint64_t from_ns, struct report_holder_state *states)
{
	uint64_t *sums[HOLDER_STATES] = { &states->running, &states->ready, &states->lock,
					  &states->io,      &states->other, &states->other };
	uint64_t to_ns = window->now_ns;

	if (slot->since_ns < to_ns && from_ns < to_ns) {
		uint64_t since_ns = slot->since_ns > from_ns ? slot->since_ns : from_ns;

		*sums[lock_window_state_of(window, slot)] += to_ns - since_ns;
		to_ns = since_ns;
	}
	for (uint32_t i = 1; i <= PAST_ENTRIES && to_ns > from_ns; i++) {
		uint64_t entry = slot->past[(slot->past_at - i) % PAST_ENTRIES];
		uint64_t since_ns = entry >> PAST_STATE_BITS;
		uint32_t state = entry & ((1 << PAST_STATE_BITS) - 1);

		if (!entry || state >= HOLDER_STATES)
			return;
		if (since_ns < from_ns)
			since_ns = from_ns;
		if (since_ns >= to_ns)
			continue;
		*sums[state] += to_ns - since_ns;
		to_ns = since_ns;
	}
}

void lock_group_note_behind(struct lock_group *group, const struct lock_group *behind,
			    uint64_t waited_ns)
{
	if (!behind || behind == group || waited_ns <= group->behind_ns)
		return;
	group->behind_ns = waited_ns;
	group->behind = behind->fact->id;
}

/* The lock's memory names this thread, and others have waited since the last release. */
static int add_owner(struct lock_window *window, const struct thread_slot *slot,
		     struct lock_group *group)
{
	uint64_t from_ns =
		group->since_ns > window->opened_ns ? group->since_ns : window->opened_ns;
	struct report_holder *holder = lock_group_add_holder(group);

	if (!holder)
		return -ENOMEM;
	*holder = (struct report_holder){ .tid = slot->shown_tid,
					  .pid = slot->pid,
					  .blocked_others_ns = group->open_ns,
					  .evidence = "owner" };
	add_past(window, slot, from_ns, &group->row.holder_state_ns);
	if (slot->state == THREAD_WAITING)
		lock_group_note_behind(group, lock_window_group(window, slot->lock),
				       group->open_ns);
	group->owned_ns = group->open_ns;
	group->open_ns = 0;
	return 0;
}

int lock_window_report_thread(struct lock_window *window, const struct thread_slot *slot)
{
	struct lock_group *group = NULL;
	int r = 0;

	if (slot->state == THREAD_WAITING && slot->futex)
		group = lock_window_group(window, slot->lock);
	if (group)
		r = add_open_wait(window, slot, group);
	for (size_t i = 0; !r && i < window->owned_count; i++) {
		group = &window->groups[window->owned[i]];
		if (group->open_ns && group->fact->owner_tid == slot->shown_tid)
			r = add_owner(window, slot, group);
	}
	return r;
}
