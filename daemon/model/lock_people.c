// SPDX-License-Identifier: BSD-2-Clause
/* Who waited for a lock and who held it: threads that still do, and the probes' table of edges. */
#include <errno.h>

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

struct first_wait *lock_window_first_wait(struct lock_window *window, uint32_t slot,
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
	struct first_wait *first =
		lock_window_first_wait(window, slot->index, slot->generation, slot->lock);
	uint64_t waited_ns = grown(window->now_ns, slot->since_ns);
	struct report_waiter *waiter = add_waiter(group);

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

	if (slot->since_ns < to_ns && from_ns < to_ns) {
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

/* A holder waited so long itself, for a lock that is there and another than this. */
static void note_behind(const struct lock_window *window, struct lock_group *group,
			struct lock_ref behind, uint64_t waited_ns)
{
	const struct lock_group *other = lock_window_group(window, behind);

	if (!other || other == group || waited_ns <= group->behind_ns)
		return;
	group->behind_ns = waited_ns;
	group->behind = other->fact->id;
}

/* The lock's memory names this thread, and others have waited since the last release. */
static int add_owner(struct lock_window *window, const struct thread_slot *slot,
		     struct lock_group *group)
{
	uint64_t from_ns =
		group->since_ns > window->opened_ns ? group->since_ns : window->opened_ns;
	struct report_holder *holder = add_holder(group);

	if (!holder)
		return -ENOMEM;
	*holder = (struct report_holder){ .tid = slot->shown_tid,
					  .pid = slot->pid,
					  .blocked_others_ns = group->open_ns,
					  .evidence = "owner" };
	add_past(slot, from_ns, window->now_ns, &group->row.holder_state_ns);
	if (slot->state == THREAD_WAITING)
		note_behind(window, group, slot->lock, group->open_ns);
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

/* Counters only grow: a row that has less is another's, or the same two's who came anew. */
static bool is_same_edge(const struct lock_edge *first, const struct lock_edge *edge)
{
	return first->lock == edge->lock && first->slot == edge->slot &&
	       first->slot_generation == edge->slot_generation &&
	       first->lock_generation == edge->lock_generation && first->waits <= edge->waits &&
	       first->releases <= edge->releases && first->blocked_ns <= edge->blocked_ns &&
	       first->blocked_others_ns <= edge->blocked_others_ns;
}

/* What the edge has grown by since the first look. */
static struct lock_edge edge_since(const struct lock_window *window, uint32_t at,
				   const struct lock_edge *edge)
{
	const struct lock_edge *first = window->first_edges[at];
	struct lock_edge ret = *edge;

	if (!first || !is_same_edge(first, edge))
		return ret;
	ret.waits = grown(ret.waits, first->waits);
	ret.blocked_ns = grown(ret.blocked_ns, first->blocked_ns);
	ret.ready_ns = grown(ret.ready_ns, first->ready_ns);
	ret.lock_waits -= first->lock_waits;
	ret.lock_blocked_ns = grown(ret.lock_blocked_ns, first->lock_blocked_ns);
	ret.lock_ready_ns = grown(ret.lock_ready_ns, first->lock_ready_ns);
	ret.releases = grown(ret.releases, first->releases);
	ret.blocked_others_ns = grown(ret.blocked_others_ns, first->blocked_others_ns);
	ret.owned_ns = grown(ret.owned_ns, first->owned_ns);
	for (size_t i = 0; i < HOLDER_STATES; i++)
		ret.state_ns[i] = grown(ret.state_ns[i], first->state_ns[i]);
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

	move.count = grown(edge->waits, edge->lock_waits);
	move.time_ns = grown(edge->blocked_ns, edge->lock_blocked_ns);
	move.ready_ns = grown(edge->ready_ns, edge->lock_ready_ns);
	return r ? r : add_move(window, group, false, move);
}

static uint64_t least(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

/*
 * A wait that had begun before the window, and has ended in it. It may have been over when the
 * window opened, its thread ready without our knowing.
 */
static void take_off_first(struct lock_group *group, struct lock_edge *edge,
			   const struct first_wait *first)
{
	uint64_t blocked_ns = edge->lock_blocked_ns, ready_ns = edge->lock_ready_ns;

	if (!first->as_lock) {
		blocked_ns = grown(edge->blocked_ns, blocked_ns);
		ready_ns = grown(edge->ready_ns, ready_ns);
	}
	blocked_ns = least(first->waited_ns, blocked_ns);
	ready_ns = least(first->waited_ns - blocked_ns, ready_ns);
	edge->blocked_ns = grown(edge->blocked_ns, blocked_ns);
	edge->ready_ns = grown(edge->ready_ns, ready_ns);
	group->row.blocked_ns = grown(group->row.blocked_ns, blocked_ns);
	group->row.wait_ns = grown(group->row.wait_ns, blocked_ns + ready_ns);
	if (!first->as_lock)
		return;
	edge->lock_blocked_ns -= blocked_ns;
	edge->lock_ready_ns -= ready_ns;
}

static int add_edge_waiter(struct lock_window *window, struct lock_group *group,
			   struct lock_edge *edge)
{
	struct lock_ref ref = { edge->lock, edge->lock_generation };
	struct first_wait *first =
		lock_window_first_wait(window, edge->slot, edge->slot_generation, ref);
	struct report_waiter *waiter = add_waiter(group);

	if (!waiter)
		return -ENOMEM;
	if (first && !first->lasts)
		take_off_first(group, edge, first);
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

static int add_edge_holder(const struct lock_window *window, struct lock_group *group,
			   const struct lock_edge *edge)
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
	note_behind(window, group, edge->behind, edge->state_ns[HOLDER_LOCK]);
	return 0;
}

static int add_edges(struct lock_window *window)
{
	int r = 0;

	for (uint32_t i = 0; !r && i < EDGE_ROWS; i++) {
		const struct lock_edge *shared = &window->tables.edges[i];
		struct lock_group *group;
		struct lock_edge edge;
		struct lock_ref ref;

		if (!lock_edge_is_used(&window->tables, i) || !shared->lock ||
		    !(shared->sets >> window->set & 1))
			continue;
		ref = (struct lock_ref){ shared->lock, shared->lock_generation };
		group = lock_window_group(window, ref);
		if (!group)
			continue;
		edge = edge_since(window, i, shared);
		if (edge.waits)
			r = add_edge_waiter(window, group, &edge);
		if (!r && edge.releases)
			r = add_edge_holder(window, group, &edge);
	}
	return r;
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
