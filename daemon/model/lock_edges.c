// SPDX-License-Identifier: BSD-2-Clause
/* Who waited for a lock and who held it, up to the waits that have ended: the probes' edges. */
#include <errno.h>

#include "daemon/model/lock_window_parts.h"

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
	ret.asked_ns = grown(ret.asked_ns, first->asked_ns);
	ret.owned_ns = grown(ret.owned_ns, first->owned_ns);
	for (size_t i = 0; i < HOLDER_STATES; i++)
		ret.state_ns[i] = grown(ret.state_ns[i], first->state_ns[i]);
	return ret;
}

static int add_edge_moves(struct lock_window *window, struct lock_group *group,
			  const struct lock_edge *edge)
{
	struct wait_move move = { .tid = edge->tid,
				  .pid = edge->pid,
				  .count = edge->lock_waits,
				  .time_ns = edge->lock_blocked_ns,
				  .ready_ns = edge->lock_ready_ns };
	int r = lock_window_add_move(window, group, true, move);

	move.count = grown(edge->waits, edge->lock_waits);
	move.time_ns = grown(edge->blocked_ns, edge->lock_blocked_ns);
	move.ready_ns = grown(edge->ready_ns, edge->lock_ready_ns);
	return r ? r : lock_window_add_move(window, group, false, move);
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
	struct report_waiter *waiter = lock_group_add_waiter(group);

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

/* Of short waits the probes ask at one in some: less than this of it all tells nothing. */
#define ASKED_PART 64

bool lock_edge_is_owners(const struct lock_edge *edge)
{
	return edge->owned_ns && edge->owned_ns >= edge->asked_ns / 2 &&
	       edge->asked_ns >= edge->blocked_others_ns / ASKED_PART;
}

static const char *evidence_of(const struct lock_group *group, const struct lock_edge *edge)
{
	if (lock_edge_is_owners(edge))
		return "owner";
	return group->fact->contended ? "releaser" : "waker";
}

/*
 * The futex that the holder waited for, as far as one is known: the last one. That may be this very
 * lock, before it had it. And where all threads together have not waited for it for half as long,
 * it was mostly another.
 */
static const struct lock_group *group_behind(const struct lock_window *window,
					     const struct lock_group *group,
					     const struct lock_edge *edge)
{
	const struct lock_group *behind = lock_window_group(window, edge->behind);
	uint64_t futex_ns = edge->state_ns[HOLDER_LOCK] + edge->state_ns[HOLDER_CONDITION];

	return behind && behind != group && behind->row.wait_ns >= futex_ns / 2 ? behind : NULL;
}

/* What the thread waited for that looks like a lock, and is none. */
static uint64_t taken_for_lock_ns(const struct lock_window *window, const struct lock_edge *edge)
{
	uint64_t sum_ns = 0;
	size_t count;
	const struct wait_move *moves =
		wait_moves_of(window->moves, window->moves_count, edge->tid, &count);

	for (size_t i = 0; i < count; i++)
		if (moves[i].pid == edge->pid && moves[i].from == WAIT_LOCK)
			sum_ns += moves[i].time_ns + moves[i].ready_ns;
	return sum_ns;
}

/*
 * The holder's own waits for futexes. The probes have told locks from events by how they look; what
 * the futex that it waited for is, is known by now. Each word looks the same at all its waits.
 */
static void add_futex_states(const struct lock_window *window, struct lock_group *group,
			     const struct lock_edge *edge)
{
	struct report_holder_state *states = &group->row.holder_state_ns;
	const struct lock_group *behind = group_behind(window, group, edge);
	uint64_t lock_ns = edge->state_ns[HOLDER_LOCK];
	uint64_t other_ns = edge->state_ns[HOLDER_CONDITION], wrong_ns = 0;

	if (behind && behind->is_moved && behind->fact->contended) {
		lock_ns += other_ns;
		other_ns = 0;
	} else if (behind && behind->is_moved) {
		wrong_ns = lock_ns;
	} else if (!behind && lock_ns) {
		wrong_ns = least(lock_ns, taken_for_lock_ns(window, edge));
	}
	lock_ns -= wrong_ns;
	states->lock += lock_ns;
	states->other += other_ns + wrong_ns;
	lock_group_note_behind(group, behind, lock_ns);
}

static int add_edge_holder(const struct lock_window *window, struct lock_group *group,
			   const struct lock_edge *edge)
{
	struct report_holder_state *states = &group->row.holder_state_ns;
	struct report_holder *holder = lock_group_add_holder(group);

	if (!holder)
		return -ENOMEM;
	*holder = (struct report_holder){ .tid = edge->tid,
					  .pid = edge->pid,
					  .blocked_others_ns = edge->blocked_others_ns,
					  .releases = edge->releases,
					  .evidence = evidence_of(group, edge) };
	states->running += edge->state_ns[HOLDER_RUNNING];
	states->ready += edge->state_ns[HOLDER_READY];
	states->io += edge->state_ns[HOLDER_IO];
	states->other += edge->state_ns[HOLDER_OTHER];
	add_futex_states(window, group, edge);
	return 0;
}

/* Of all threads as waiters or, if `holders`, as holders. */
static int add_edges(struct lock_window *window, bool holders)
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
		if (edge.waits && !holders)
			r = add_edge_waiter(window, group, &edge);
		if (edge.releases && holders)
			r = add_edge_holder(window, group, &edge);
	}
	return r;
}

int lock_window_report_waits(struct lock_window *window, struct wait_move **ret_moves,
			     size_t *ret_count)
{
	int r = window->tables.rows ? add_edges(window, false) : 0;

	/* What its waiters look like to the probes has to be known of each lock first. */
	wait_moves_sort(window->moves, window->moves_count);
	if (!r && window->tables.rows)
		r = add_edges(window, true);
	if (r < 0)
		return r;
	*ret_moves = window->moves;
	*ret_count = window->moves_count;
	return 0;
}
