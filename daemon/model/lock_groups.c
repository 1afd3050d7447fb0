// SPDX-License-Identifier: BSD-2-Clause
/* Which rows of the probes' table are one lock, and what they come to in the window. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/model/lock_window_parts.h"

void lock_group_forget(struct lock_group *group)
{
	free(group->row.holders);
	free(group->row.waiters);
	free(group->row.stacks);
	number_index_release(&group->stack_numbers);
	free(group->buckets);
}

void lock_window_forget_groups(struct lock_window *window)
{
	for (size_t i = 0; i < window->groups_count; i++)
		lock_group_forget(&window->groups[i]);
	window->groups_count = 0;
	lock_window_forget_crowds(window);
	free(window->rows);
	window->rows = NULL;
	window->moves_count = 0;
}

struct lock_group *lock_window_group(const struct lock_window *window, struct lock_ref ref)
{
	uint32_t at = ref.row && ref.row <= LOCK_ROWS ? window->group_of[ref.row - 1] : 0;

	if (!at || window->tables.rows[ref.row - 1].generation != ref.generation)
		return NULL;
	return &window->groups[at - 1];
}

static bool is_same_lock(const struct lock_fact *one, const struct lock_fact *other)
{
	return !memcmp(one->key, other->key, sizeof(one->key));
}

static size_t hash_of(const struct lock_fact *fact)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < ARRAY_LEN(fact->key); i++)
		hash = (hash ^ fact->key[i]) * 0x9e3779b97f4a7c15ull;
	return hash >> 40;
}

/* Of one lock's words, one may be known by its functions and another by its look alone. */
static bool knows_better(const struct lock_fact *one, const struct lock_fact *other)
{
	return one->confidence > other->confidence && (one->owner_tid || !other->owner_tid);
}

/* There are at most as many groups as rows, and twice as many places. */
static struct lock_group *group_for(struct lock_window *window, const struct lock_fact *fact)
{
	size_t at = hash_of(fact) % GROUP_INDEX;
	struct lock_group *group;

	for (; window->group_index[at]; at = (at + 1) % GROUP_INDEX) {
		group = &window->groups[window->group_index[at] - 1];
		if (!is_same_lock(group->fact, fact))
			continue;
		if (knows_better(fact, group->fact))
			group->fact = fact;
		return group;
	}
	group = lock_window_append((void **)&window->groups, &window->groups_count,
				   &window->groups_room, sizeof(*group));
	if (!group)
		return NULL;
	group->fact = fact;
	window->group_index[at] = (uint32_t)window->groups_count;
	return group;
}

static void note_owned(struct lock_window *window)
{
	window->owned_count = 0;
	for (uint32_t i = 0; i < window->groups_count; i++)
		if (window->groups[i].open_ns && window->groups[i].fact->owner_tid)
			window->owned[window->owned_count++] = i;
}

static void add_sums(struct lock_group *group, const struct lock_sums *now,
		     const struct lock_sums *then)
{
	struct report_lock *row = &group->row;

	row->waits += grown(now->waits, then->waits);
	row->blocked_ns += grown(now->blocked_ns, then->blocked_ns);
	row->wait_ns += grown(now->blocked_ns + now->ready_ns, then->blocked_ns + then->ready_ns);
	row->timeouts += now->timeouts - then->timeouts;
	row->unattributed_ns += grown(now->unattributed_ns, then->unattributed_ns);
	group->queued += now->queued - then->queued;
}

/* The row's longest wait of all may lie before the window: its buckets of the window tell. */
static uint64_t longest(const struct lock_row *row, const struct first_lock *first)
{
	for (uint32_t i = HISTOGRAM_BUCKETS; i-- > 0;)
		if (row->histogram[i] > first->histogram[i])
			return i == HISTOGRAM_BUCKETS - 1 || row->max_ns < histogram_floor(i + 1)
				       ? row->max_ns
				       : histogram_floor(i + 1) - 1;
	return 0;
}

static bool is_row_of(const struct lock_row *row, uint32_t set)
{
	return row->address > LOCK_BUSY && (row->sets >> set & 1);
}

static int add_row(struct lock_window *window, uint32_t at, const struct lock_fact *fact)
{
	static const struct first_lock nothing;
	const struct lock_row *row = &window->tables.rows[at];
	const struct first_lock *first = window->first[at];
	struct lock_group *group = group_for(window, fact);
	uint64_t before_ns = 0;

	if (!group)
		return -ENOMEM;
	if (!first || first->generation != row->generation)
		first = &nothing;
	window->group_of[at] = (uint32_t)(group - window->groups) + 1;
	add_sums(group, &row->sums[window->set], &first->sums);
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		group->histogram[i] += grown(row->histogram[i], first->histogram[i]);
	group->row.max_wait_ns = larger(group->row.max_wait_ns, longest(row, first));
	/* Nobody has released it since the window opened. */
	if (first->since_ns == row->since_ns)
		before_ns = first->open_ns;
	else
		group->before_ns += first->open_ns;
	group->open_ns += grown(lock_row_open_ns(row, window->now_ns), before_ns);
	group->since_ns = larger(group->since_ns, row->since_ns);
	return 0;
}

int lock_window_report_begin(struct lock_window *window, const struct lock_tables *tables,
			     lock_fact_fn fact_of, void *context, uint64_t now_ns)
{
	int r = 0;

	lock_window_forget_groups(window);
	window->tables = *tables;
	window->now_ns = now_ns;
	memset(window->group_of, 0, LOCK_ROWS * sizeof(*window->group_of));
	memset(window->group_index, 0, GROUP_INDEX * sizeof(*window->group_index));
	for (size_t i = 0; i < window->first_waits_count; i++)
		window->first_waits[i].lasts = false;
	for (uint32_t i = 0; !r && i < LOCK_ROWS; i++)
		if (lock_row_is_used(tables, i) && is_row_of(&tables->rows[i], window->set))
			r = add_row(window, i, fact_of(context, i));
	note_owned(window);
	return r;
}

const char *lock_window_waits_for(const struct lock_window *window, const struct thread_slot *slot)
{
	const struct lock_group *group =
		slot_waits_for_lock(slot) ? lock_window_group(window, slot->lock) : NULL;

	return group ? group->fact->id : NULL;
}
