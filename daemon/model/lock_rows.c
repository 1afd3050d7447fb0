// SPDX-License-Identifier: BSD-2-Clause
/* The report's rows on locks: who waited, who held, and from where. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/model/lock_stats.h"
#include "daemon/model/lock_window_parts.h"

/* ---- threads that wait now, or hold what is waited for ---- */

static struct report_waiter *add_waiter(struct lock_group *group)
{
	return lock_window_append((void **)&group->row.waiters, &group->row.waiters_count,
				  &group->waiters_room, sizeof(struct report_waiter));
}

static struct report_holder *add_holder(struct lock_group *group)
{
	return lock_window_append((void **)&group->row.holders, &group->row.holders_count,
				  &group->holders_room, sizeof(struct report_holder));
}

static struct first_wait *first_wait_of(struct lock_window *window, uint32_t slot,
					uint32_t generation, struct lock_ref lock)
{
	for (size_t i = 0; i < window->first_waits_count; i++) {
		struct first_wait *wait = &window->first_waits[i];

		if (wait->slot == slot && wait->generation == generation &&
		    wait->lock.row == lock.row && wait->lock.generation == lock.generation)
			return wait;
	}
	return NULL;
}

/* Waits under another cause than the lock's kind says. */
static int add_move(struct lock_window *window, const struct lock_group *group, bool as_lock,
		    struct wait_move move)
{
	struct wait_move *added;

	if (as_lock == group->fact->contended || (!move.count && !move.time_ns))
		return 0;
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
	struct first_wait *first = first_wait_of(window, slot->index, slot->generation, slot->lock);
	uint64_t waited_ns = window->now_ns > slot->since_ns ? window->now_ns - slot->since_ns : 0;
	struct report_waiter *waiter = add_waiter(group);

	if (!waiter)
		return -ENOMEM;
	if (waited_ns > group->row.max_wait_ns)
		group->row.max_wait_ns = waited_ns;
	if (first && first->since_ns == slot->since_ns) {
		first->lasts = true;
		waited_ns -= first->waited_ns < waited_ns ? first->waited_ns : waited_ns;
	}
	*waiter = (struct report_waiter){
		.tid = slot->shown_tid, .pid = slot->pid, .waits = 1, .wait_ns = waited_ns
	};
	group->row.waits++;
	group->row.waiting_now++;
	group->row.blocked_ns += waited_ns;
	group->row.wait_ns += waited_ns;
	return add_move(window, group, slot->cause == WAIT_LOCK,
			(struct wait_move){ .tid = slot->shown_tid,
					    .pid = slot->pid,
					    .count = 1,
					    .time_ns = waited_ns });
}

static uint64_t *state_sum(struct report_holder_state *states, const struct thread_slot *slot)
{
	if (slot->state == THREAD_RUNNING)
		return &states->running;
	if (slot->state != THREAD_WAITING)
		return &states->ready;
	if (slot->cause == WAIT_LOCK)
		return &states->lock;
	return slot->cause == WAIT_IO || slot->cause == WAIT_IPC ? &states->io : &states->other;
}

/*
 * What a thread did from `from_ns` to `to_ns`, as far back as its last entries reach; what it does
 * now is known even where there are none.
 */
static void add_past(const struct thread_slot *slot, uint64_t from_ns, uint64_t to_ns,
		     struct report_holder_state *states)
{
	uint64_t *sums[HOLDER_STATES] = { &states->running, &states->ready, &states->lock,
					  &states->io, &states->other };

	if (slot->since_ns < to_ns) {
		uint64_t since_ns = slot->since_ns > from_ns ? slot->since_ns : from_ns;

		*state_sum(states, slot) += to_ns - since_ns;
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

/* The lock's memory names this thread, and others have waited since the last release. */
static int add_owner(struct lock_window *window, const struct thread_slot *slot,
		     struct lock_group *group)
{
	struct report_holder *holder = add_holder(group);

	if (!holder)
		return -ENOMEM;
	*holder = (struct report_holder){ .tid = slot->shown_tid,
					  .pid = slot->pid,
					  .blocked_others_ns = group->open_ns,
					  .evidence = "owner" };
	add_past(slot, group->since_ns, window->now_ns, &group->row.holder_state_ns);
	if (slot->lock.row && slot->state == THREAD_WAITING && group->open_ns > group->behind_ns) {
		group->behind_ns = group->open_ns;
		group->behind = slot->lock;
	}
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
	for (size_t i = 0; !r && i < window->groups_count; i++)
		if (window->groups[i].open_ns &&
		    window->groups[i].fact->owner_tid == slot->shown_tid)
			r = add_owner(window, slot, &window->groups[i]);
	return r;
}

/* ---- edges ---- */

static void subtract(__u64 *from, __u64 what)
{
	*from -= what < *from ? what : *from;
}

/* What the edge has grown by since the first look. */
static struct lock_edge edge_since(const struct lock_window *window, uint32_t at,
				   const struct lock_edge *edge)
{
	const struct lock_edge *first = window->first_edges[at];
	struct lock_edge ret = *edge;

	if (!first || first->lock != edge->lock || first->slot != edge->slot ||
	    first->slot_generation != edge->slot_generation ||
	    first->lock_generation != edge->lock_generation)
		return ret;
	subtract(&ret.waits, first->waits);
	subtract(&ret.blocked_ns, first->blocked_ns);
	subtract(&ret.ready_ns, first->ready_ns);
	ret.lock_waits -= first->lock_waits;
	subtract(&ret.lock_blocked_ns, first->lock_blocked_ns);
	subtract(&ret.lock_ready_ns, first->lock_ready_ns);
	subtract(&ret.releases, first->releases);
	subtract(&ret.blocked_others_ns, first->blocked_others_ns);
	subtract(&ret.owned_ns, first->owned_ns);
	for (size_t i = 0; i < HOLDER_STATES; i++)
		subtract(&ret.state_ns[i], first->state_ns[i]);
	return ret;
}

static int add_edge_moves(struct lock_window *window, const struct lock_group *group,
			  const struct lock_edge *edge)
{
	struct wait_move move = { .tid = edge->tid,
				  .pid = edge->pid,
				  .count = edge->lock_waits,
				  .time_ns = edge->lock_blocked_ns,
				  .ready_ns = edge->lock_ready_ns };
	int r = add_move(window, group, true, move);

	move.count = edge->waits - edge->lock_waits;
	move.time_ns = edge->blocked_ns - edge->lock_blocked_ns;
	move.ready_ns = edge->ready_ns - edge->lock_ready_ns;
	return r ? r : add_move(window, group, false, move);
}

static int add_edge_waiter(struct lock_window *window, struct lock_group *group,
			   struct lock_edge *edge)
{
	struct lock_ref ref = { edge->lock, edge->lock_generation };
	struct first_wait *first = first_wait_of(window, edge->slot, edge->slot_generation, ref);
	struct report_waiter *waiter = add_waiter(group);

	if (!waiter)
		return -ENOMEM;
	/* A wait that had begun before the window, and has ended in it. */
	if (first && !first->lasts) {
		subtract(&edge->blocked_ns, first->waited_ns);
		subtract((__u64 *)&group->row.blocked_ns, first->waited_ns);
		subtract((__u64 *)&group->row.wait_ns, first->waited_ns);
	}
	*waiter = (struct report_waiter){ .tid = edge->tid,
					  .pid = edge->pid,
					  .waits = edge->waits,
					  .wait_ns = edge->blocked_ns + edge->ready_ns };
	return add_edge_moves(window, group, edge);
}

static const char *evidence_of(const struct lock_group *group, const struct lock_edge *edge)
{
	if (edge->owned_ns && edge->owned_ns >= edge->blocked_others_ns / 2)
		return "owner";
	return group->fact->contended ? "releaser" : "waker";
}

static int add_edge_holder(struct lock_group *group, const struct lock_edge *edge)
{
	struct report_holder_state *states = &group->row.holder_state_ns;
	struct report_holder *holder = add_holder(group);

	if (!holder)
		return -ENOMEM;
	*holder = (struct report_holder){ .tid = edge->tid,
					  .pid = edge->pid,
					  .blocked_others_ns = edge->blocked_others_ns,
					  .releases = edge->releases,
					  .evidence = evidence_of(group, edge) };
	states->running += edge->state_ns[HOLDER_RUNNING];
	states->ready += edge->state_ns[HOLDER_READY];
	states->lock += edge->state_ns[HOLDER_LOCK];
	states->io += edge->state_ns[HOLDER_IO];
	states->other += edge->state_ns[HOLDER_OTHER];
	if (edge->state_ns[HOLDER_LOCK] > group->behind_ns) {
		group->behind_ns = edge->state_ns[HOLDER_LOCK];
		group->behind = edge->behind;
	}
	return 0;
}

static int add_edges(struct lock_window *window)
{
	int r = 0;

	for (uint32_t i = 0; !r && i < EDGE_ROWS; i++) {
		const struct lock_edge *shared = &window->tables.edges[i];
		struct lock_ref ref = { shared->lock, shared->lock_generation };
		struct lock_group *group;
		struct lock_edge edge;

		if (!shared->lock || !(shared->sets >> window->set & 1))
			continue;
		group = lock_window_group(window, ref);
		if (!group)
			continue;
		edge = edge_since(window, i, shared);
		if (edge.waits)
			r = add_edge_waiter(window, group, &edge);
		if (!r && edge.releases)
			r = add_edge_holder(group, &edge);
	}
	return r;
}

/* ---- one row for each thread ---- */

static int waiter_by_tid(const void *one, const void *other)
{
	const struct report_waiter *a = one, *b = other;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

static int holder_by_tid(const void *one, const void *other)
{
	const struct report_holder *a = one, *b = other;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

static void merge_people(struct report_lock *row)
{
	size_t kept = 0;

	if (row->waiters_count)
		qsort(row->waiters, row->waiters_count, sizeof(*row->waiters), waiter_by_tid);
	for (size_t i = 0; i < row->waiters_count; i++) {
		if (kept && row->waiters[kept - 1].tid == row->waiters[i].tid) {
			row->waiters[kept - 1].waits += row->waiters[i].waits;
			row->waiters[kept - 1].wait_ns += row->waiters[i].wait_ns;
		} else {
			row->waiters[kept++] = row->waiters[i];
		}
	}
	row->waiters_count = kept;
	kept = 0;
	if (row->holders_count)
		qsort(row->holders, row->holders_count, sizeof(*row->holders), holder_by_tid);
	for (size_t i = 0; i < row->holders_count; i++) {
		if (kept && row->holders[kept - 1].tid == row->holders[i].tid) {
			row->holders[kept - 1].releases += row->holders[i].releases;
			row->holders[kept - 1].blocked_others_ns +=
				row->holders[i].blocked_others_ns;
		} else {
			row->holders[kept++] = row->holders[i];
		}
	}
	row->holders_count = kept;
}

/* ---- stacks ---- */

static const char *const role_names[] = {
	[STACK_WAITER] = "waiter", [STACK_RELEASER] = "releaser"
};

static int add_stacks(struct lock_window *window)
{
	for (size_t i = 0; i < window->stacks_count; i++) {
		const struct lock_stack *stack = &window->stacks[i];
		struct lock_group *group = lock_window_group(window, stack->lock);
		struct report_stack *row;

		if (!group)
			continue;
		row = lock_window_append((void **)&group->row.stacks, &group->row.stacks_count,
					 &group->stacks_room, sizeof(*row));
		if (!row)
			return -ENOMEM;
		*row = (struct report_stack){ .role = role_names[stack->role],
					      .waits = stack->waits,
					      .wait_ns = stack->wait_ns,
					      .end = stack->whole ? "root" : "short",
					      .frames = (struct report_frame *)stack->frames,
					      .frames_count = stack->frames_count };
	}
	return 0;
}

/* ---- the rows ---- */

struct named {
	uint64_t tid;
	const char *name;
};

static int named_by_tid(const void *one, const void *other)
{
	const struct named *a = one, *b = other;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

/* Names of the report's own threads, for they may have changed since the probes noted them. */
static struct named *names_of(const struct report *report)
{
	struct named *names = calloc(report->threads_count + 1, sizeof(*names));

	if (!names)
		return NULL;
	for (size_t i = 0; i < report->threads_count; i++)
		names[i] = (struct named){ report->threads[i].tid, report->threads[i].name };
	qsort(names, report->threads_count, sizeof(*names), named_by_tid);
	return names;
}

static const char *name_of(const struct named *names, size_t count, uint64_t tid)
{
	struct named key = { .tid = tid };
	const struct named *found = bsearch(&key, names, count, sizeof(*names), named_by_tid);

	return found ? found->name : NULL;
}

static void name_people(struct report_lock *row, const struct named *names, size_t count)
{
	for (size_t i = 0; i < row->waiters_count; i++)
		row->waiters[i].name = name_of(names, count, row->waiters[i].tid);
	for (size_t i = 0; i < row->holders_count; i++)
		row->holders[i].name = name_of(names, count, row->holders[i].tid);
}

static uint64_t stackless(const struct report_lock *row)
{
	uint64_t with_ns = 0;

	for (size_t i = 0; i < row->stacks_count; i++)
		if (!strcmp(row->stacks[i].role, role_names[STACK_WAITER]))
			with_ns += row->stacks[i].wait_ns;
	return row->wait_ns > with_ns ? row->wait_ns - with_ns : 0;
}

static int fill_row(struct lock_window *window, struct lock_group *group, const struct named *names,
		    size_t names_count)
{
	const struct lock_group *behind = lock_window_group(window, group->behind);
	const struct lock_fact *fact = group->fact;
	struct report_lock *row = &group->row;
	struct rows_rest rest = { 0 };

	group->buckets = calloc(HISTOGRAM_BUCKETS, sizeof(*group->buckets));
	if (!group->buckets)
		return -ENOMEM;
	row->id = fact->id;
	row->name = fact->name;
	row->kind = lock_kind_names[fact->kind];
	row->confidence = fact->confidence;
	row->contended = fact->contended;
	row->shared = fact->shared;
	row->pid = fact->pid;
	row->place = fact->place;
	row->owner_tid = fact->owner_tid ? fact->owner_tid : NO_VALUE;
	row->unattributed_ns += group->open_ns;
	row->histogram = group->buckets;
	row->histogram_count = lock_histogram_rows(group->histogram, group->buckets);
	row->holder_waits_for = behind && behind != group ? behind->fact->id : NULL;
	merge_people(row);
	row->fairness = fairness_of_waiters(row->waiters, row->waiters_count);
	row->convoy = row->waits ? convoy_of(group->queued, row->waits) : NAN;
	row->stackless_ns = stackless(row);
	row->waiters_count =
		waiters_rank(row->waiters, row->waiters_count, LOCK_PEOPLE_IN_ROW, &rest);
	row->holders_count =
		holders_rank(row->holders, row->holders_count, LOCK_PEOPLE_IN_ROW, &rest);
	row->stacks_count = stacks_rank(row->stacks, row->stacks_count, LOCK_STACKS_IN_ROW, &rest);
	name_people(row, names, names_count);
	return 0;
}

int lock_window_report_waits(struct lock_window *window, const struct wait_move **ret_moves,
			     size_t *ret_count)
{
	int r = window->tables.rows ? add_edges(window) : 0;

	if (r < 0)
		return r;
	wait_moves_sort(window->moves, window->moves_count);
	*ret_moves = window->moves;
	*ret_count = window->moves_count;
	return 0;
}

int lock_window_report_end(struct lock_window *window, struct report *report)
{
	_cleanup_free_ struct named *names = NULL;
	size_t count = 0;
	int r;

	/* Nobody has shown the tables: there are none. */
	if (!window->tables.rows)
		return 0;
	names = names_of(report);
	r = add_stacks(window);
	window->rows = calloc(window->groups_count + 1, sizeof(*window->rows));
	if (!window->rows || !names)
		return -ENOMEM;
	for (size_t i = 0; !r && i < window->groups_count; i++) {
		if (!window->groups[i].row.waits)
			continue;
		r = fill_row(window, &window->groups[i], names, report->threads_count);
		window->rows[count++] = window->groups[i].row;
	}
	if (r < 0)
		return r;
	report->locks_count =
		locks_rank(window->rows, count, LOCK_ROWS_IN_REPORT, &report->more_locks);
	report->locks = window->rows;
	report->more_locks.lost_waits = window->tables.losses->waits - window->first_losses.waits;
	report->more_locks.lost_ns = window->tables.losses->wait_ns - window->first_losses.wait_ns;
	return 0;
}
