// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deadlocks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/owned.h"
#include "daemon/children.h"
#include "daemon/model/waits_for.h"
#include "daemon/probe/copy.h"

struct look {
	uint64_t at_ns;
	struct waits_for_edge *edges;
	size_t count, room;
};

struct deadlocks {
	struct probe *probe;
	struct lockbook *book;
	struct look older, newer, last;
	struct waits_for_cycles *found;
	/* the report's */
	struct report_deadlock *rows;
	struct report_deadlocked *threads;
};

int deadlocks_new(struct probe *probe, struct lockbook *book, struct deadlocks **ret)
{
	struct deadlocks *deadlocks = calloc(1, sizeof(*deadlocks));

	if (!deadlocks)
		return -ENOMEM;
	deadlocks->probe = probe;
	deadlocks->book = book;
	*ret = deadlocks;
	return 0;
}

void deadlocks_free(struct deadlocks *deadlocks)
{
	if (!deadlocks)
		return;
	free(deadlocks->older.edges);
	free(deadlocks->newer.edges);
	free(deadlocks->last.edges);
	waits_for_free(deadlocks->found);
	free(deadlocks->rows);
	free(deadlocks->threads);
	free(deadlocks);
}

/* ---- a look ---- */

static int add(struct look *look, const struct thread_slot *slot, uint32_t holder,
	       enum waits_for_what what, uint32_t lock)
{
	struct waits_for_edge *edges = grow(look->edges, look->count, &look->room, sizeof(*edges));

	if (!edges)
		return -ENOMEM;
	look->edges = edges;
	look->edges[look->count++] = (struct waits_for_edge){ .waiter = slot->shown_tid,
							      .holder = holder,
							      .what = what,
							      .lock = lock,
							      .since_ns = (int64_t)slot->since_ns,
							      .moves = slot->seq };
	return 0;
}

/* A wait that ends by itself is no part of a deadlock, and one whose owner is not known no proof.
 */
static int add_lock(struct deadlocks *deadlocks, const struct thread_slot *slot, struct look *look)
{
	enum lock_kind kind;
	uint32_t owner;

	if (!slot->lock.row || (slot->futex_flags & FUTEX_TIMED))
		return 0;
	owner = look->at_ns - deadlocks_waits_since(slot) < DEADLOCK_LOOKS_NS
			? 0
			: lockbook_refused_owner(deadlocks->book, slot);
	if (owner)
		return add(look, slot, owner, WAITS_FOR_LOCK, slot->lock.row);
	owner = lockbook_owner(deadlocks->book, slot->lock, &kind);
	if (!owner)
		return 0;
	return add(look, slot, owner, kind == LOCK_JOIN ? WAITS_FOR_JOIN : WAITS_FOR_LOCK,
		   kind == LOCK_JOIN ? 0 : slot->lock.row);
}

/* Every thread of every child that would do; where they are not all known, somebody unknown. */
static int add_children(const struct thread_slot *slot, struct look *look)
{
	uint32_t holders[CHILD_THREADS_MAX];
	int count = children_waited_for((pid_t)slot->pid, (pid_t)slot->shown_tid, holders), r = 0;

	if (count <= 0)
		return add(look, slot, 0, WAITS_FOR_CHILD, 0);
	for (int i = 0; !r && i < count; i++)
		r = add(look, slot, holders[i], WAITS_FOR_CHILD, 0);
	return r;
}

static int take(struct deadlocks *deadlocks, struct look *look, uint64_t now_ns, uint64_t least_ns)
{
	uint32_t used = probe_slots_used(deadlocks->probe);
	struct thread_slot slot;
	int r = 0;

	look->at_ns = now_ns;
	look->count = 0;
	lockbook_begin_owners(deadlocks->book);
	for (uint32_t i = 0; !r && i < used; i++) {
		const struct thread_slot *shared = probe_slot(deadlocks->probe, i);

		if (!shared || shared->life != SLOT_LIVE || shared->state != THREAD_WAITING ||
		    (!shared->futex && shared->cause != WAIT_CHILD))
			continue;
		slot_copy_wait(shared, &slot);
		if (slot.state != THREAD_WAITING ||
		    now_ns - deadlocks_waits_since(&slot) < least_ns)
			continue;
		if (slot.futex)
			r = add_lock(deadlocks, &slot, look);
		else if (slot.cause == WAIT_CHILD)
			r = add_children(&slot, look);
	}
	return r;
}

/* The older one stays until the newer one is old enough to take its place. */
void deadlocks_look(struct deadlocks *deadlocks, uint64_t now_ns)
{
	struct look oldest = deadlocks->older;

	if (deadlocks->newer.at_ns && now_ns - deadlocks->newer.at_ns < DEADLOCK_LOOKS_NS)
		return;
	deadlocks->older = deadlocks->newer;
	deadlocks->newer = oldest;
	if (take(deadlocks, &deadlocks->newer, now_ns, 0) < 0)
		deadlocks->newer.count = 0;
}

/* ---- what has not moved ---- */

static const struct look *first_look(const struct deadlocks *deadlocks, uint64_t now_ns)
{
	const struct look *newer = &deadlocks->newer, *older = &deadlocks->older;

	if (newer->at_ns && now_ns - newer->at_ns >= DEADLOCK_LOOKS_NS)
		return newer;
	return older->at_ns && now_ns - older->at_ns >= DEADLOCK_LOOKS_NS ? older : NULL;
}

static const struct thread_slot *slot_of(const struct deadlocks *deadlocks, uint32_t tid)
{
	uint32_t used = probe_slots_used(deadlocks->probe);

	for (uint32_t i = 0; i < used; i++) {
		const struct thread_slot *slot = probe_slot(deadlocks->probe, i);

		if (slot && slot->life == SLOT_LIVE && slot->shown_tid == tid)
			return slot;
	}
	return NULL;
}

static void ask_frames(struct deadlocks *deadlocks)
{
	if (deadlocks->found->count)
		probe_look(deadlocks->probe);
	for (size_t i = 0; i < deadlocks->found->count; i++)
		for (size_t k = 0; k < deadlocks->found->cycles[i].edges_count; k++) {
			const struct thread_slot *slot =
				slot_of(deadlocks, deadlocks->found->cycles[i].edges[k].waiter);

			if (slot)
				lockbook_ask_thread(deadlocks->book, slot->index);
		}
}

int deadlocks_find(struct deadlocks *deadlocks, uint64_t now_ns)
{
	const struct look *first = first_look(deadlocks, now_ns);
	int r;

	waits_for_free(deadlocks->found);
	deadlocks->found = NULL;
	if (!first || !first->count)
		return 0;
	r = take(deadlocks, &deadlocks->last, now_ns, DEADLOCK_SETTLED_NS);
	if (!r)
		r = waits_for_cycles(first->edges, first->count, deadlocks->last.edges,
				     deadlocks->last.count, &deadlocks->found);
	if (!r)
		ask_frames(deadlocks);
	return r;
}

/* ---- the report ---- */

static void fill_thread(struct deadlocks *deadlocks, const struct waits_for_edge *edge,
			uint64_t opened_ns, struct report_deadlocked *row)
{
	const struct thread_slot *slot = slot_of(deadlocks, edge->waiter);
	const struct lock_fact *fact =
		edge->lock ? lockbook_fact(deadlocks->book, edge->lock - 1) : NULL;
	struct standing_stack stack;

	*row = (struct report_deadlocked){ .tid = edge->waiter,
					   .waits_for = waits_for_names[edge->what],
					   .lock = fact ? fact->id : NULL,
					   .lock_name = fact ? fact->name : NULL,
					   .held_by_tid = edge->holder };
	if (!slot)
		return;
	fact = lockbook_refused_fact(deadlocks->book, slot);
	if (fact) {
		row->lock = fact->id;
		row->lock_name = fact->name;
	}
	row->pid = slot->pid;
	row->name = slot->comm;
	row->since_ns = (int64_t)deadlocks_waits_since(slot) - (int64_t)opened_ns;
	stack = lockbook_thread_stack(deadlocks->book, slot);
	row->end = standing_stack_end(&stack);
	row->frames = (struct report_frame *)stack.frames;
	row->frames_count = stack.frames_count;
}

/* Nobody in it has moved since it was found, and one of them is of this set. */
static bool stands(const struct deadlocks *deadlocks, const struct waits_for_cycle *cycle,
		   uint32_t set)
{
	bool is_of_set = false;

	for (size_t i = 0; i < cycle->edges_count; i++) {
		const struct thread_slot *slot = slot_of(deadlocks, cycle->edges[i].waiter);

		if (!slot || slot->seq != cycle->edges[i].moves)
			return false;
		if (lockbook_is_refused(deadlocks->book, slot) &&
		    !lockbook_refused_fact(deadlocks->book, slot))
			return false;
		is_of_set |= slot->sets >> set & 1;
	}
	return is_of_set;
}

int deadlocks_fill(struct deadlocks *deadlocks, uint32_t set, uint64_t opened_ns,
		   struct report *report)
{
	const struct waits_for_cycles *found = deadlocks->found;
	struct report_deadlocked *thread;
	size_t threads = 0;

	report->deadlocks_count = 0;
	for (size_t i = 0; found && i < found->count; i++)
		threads += found->cycles[i].edges_count;
	if (!threads)
		return 0;
	free(deadlocks->rows);
	free(deadlocks->threads);
	deadlocks->rows = calloc(found->count, sizeof(*deadlocks->rows));
	thread = deadlocks->threads = calloc(threads, sizeof(*deadlocks->threads));
	if (!deadlocks->rows || !deadlocks->threads)
		return -ENOMEM;
	for (size_t i = 0; i < found->count; i++) {
		const struct waits_for_cycle *cycle = &found->cycles[i];

		if (!stands(deadlocks, cycle, set))
			continue;
		deadlocks->rows[report->deadlocks_count++] =
			(struct report_deadlock){ thread, cycle->edges_count };
		for (size_t k = 0; k < cycle->edges_count; k++)
			fill_thread(deadlocks, &cycle->edges[k], opened_ns, thread++);
	}
	report->deadlocks = deadlocks->rows;
	return 0;
}
