/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of locks and of edges (a thread and a lock). Global functions throughout, which know
 * rows by their numbers: the verifier looks at each once, not at every place that calls it.
 */
#ifndef PARTRACE_BPF_LOCK_H
#define PARTRACE_BPF_LOCK_H

#include "bpf/maps.h"

#define LOCK_TRIES 64
#define BUSY_LOOKS 512

static __always_inline struct thread_slot *slot_at(u32 index)
{
	return bpf_map_lookup_elem(&threads, &index);
}

/* Rows are counted from 1; no map has a row before the first. */
static __always_inline struct lock_row *lock_at(u32 row)
{
	u32 index = row - 1;

	return bpf_map_lookup_elem(&locks, &index);
}

static __always_inline struct lock_edge *edge_at(u32 row)
{
	u32 index = row - 1;

	return bpf_map_lookup_elem(&edges, &index);
}

static __always_inline u64 *lock_key_at(u32 row)
{
	u32 index = row - 1;

	return bpf_map_lookup_elem(&lock_keys, &index);
}

static __always_inline u64 *edge_key_at(u32 row)
{
	u32 index = row - 1;

	return bpf_map_lookup_elem(&edge_keys, &index);
}

static __always_inline u32 lock_hash(u64 value)
{
	return value * 0x9e3779b97f4a7c15ull >> 40;
}

/* ---- locks ---- */

/* How much has been waited for it, to find the least: of what others count in its home, too. */
static __always_inline u64 lock_weight(struct lock_row *row)
{
	s64 pending_ns = row->integral_ns;

	return row->weight_ns + (pending_ns > 0 ? pending_ns : 0);
}

static __always_inline u64 lock_waiters(struct lock_row *row)
{
	return *(volatile u64 *)&row->word >> SET_TIME_BITS;
}

/* What a row's sums held is lost for the sets that it belonged to. */
static __always_inline void lock_give_up(struct lock_row *row)
{
	for (u32 set = 0; set < SETS_MAX; set++) {
		u32 key = set;
		struct lock_losses *lost = bpf_map_lookup_elem(&lock_losses, &key);
		struct lock_sums *sums = &row->sums[set];

		if (!lost)
			return;
		__sync_fetch_and_add(&lost->waits, sums->waits);
		__sync_fetch_and_add(&lost->wait_ns, sums->blocked_ns + sums->ready_ns);
	}
}

/* Takes the row for a new lock, from `had` (0: from nobody); false when another CPU was faster. */
__weak __noinline int lock_take(u32 number, u64 had)
{
	struct lock_row *row = lock_at(number);
	u32 first = 0;
	void *zeros = bpf_map_lookup_elem(&no_lock, &first);
	u64 *key = lock_key_at(number);

	if (!row || !key || !zeros)
		return 0;
	/* In a guest the first access to a page can take long: not while others wait for the key.
	 */
	*(volatile u64 *)&row->touched = 0;
	if (__sync_val_compare_and_swap(key, had, LOCK_BUSY) != had)
		return 0;
	row->generation++;
	if (!had)
		return 1;
	lock_give_up(row);
	bpf_probe_read_kernel(row->sums, sizeof(row->sums) + sizeof(row->histogram), zeros);
	row->word = row->integral_ns = row->since_ns = row->weight_ns = row->max_ns = 0;
	row->sets = row->home = row->home_known = row->value = row->value_changes = 0;
	row->owner = row->owner_asked = 0;
	return 1;
}

/*
 * Can nobody else take this row? One waits there, or in the home that they are counted in, or it is
 * a home itself.
 */
static __always_inline bool lock_is_kept(struct lock_row *row, u32 number)
{
	u32 home_number = row->home;
	struct lock_row *home;

	if (lock_waiters(row) || home_number == number)
		return true;
	home = home_number ? lock_at(home_number) : NULL;
	return home && lock_waiters(home);
}

/*
 * A row's key once who is just taking it has said for which lock: mostly another CPU for the same
 * one, which would otherwise get a second row, and each half of the waiters and of the holders.
 */
__weak __noinline u64 lock_key_settled(u32 number)
{
	u64 *key = lock_key_at(number), seen = 0;

	for (u32 i = 0; key && i < BUSY_LOOKS; i++) {
		seen = *(volatile u64 *)key;
		if (seen != LOCK_BUSY)
			break;
		/* For the pause that the call is: some ten microseconds in all. */
		bpf_ktime_get_ns();
	}
	return seen;
}

/* The row of this word, made if need be; 0: none is free, and all around are waited for. */
__weak __noinline u32 lock_find(u64 space, u64 address, u32 tgid, u32 pid)
{
	/* The next process gets the memory of one that ended: by that alone all would crowd here.
	 */
	u32 hash = lock_hash((address >> 2) + (space >> 6) + ((u64)tgid << 16)), victim = 0;
	u64 least_ns = ~0ull, had = 0, *key;
	struct lock_row *row;

	for (u32 i = 0; i < LOCK_PROBES; i++) {
		u32 number = ((hash + i) & (LOCK_ROWS - 1)) + 1;
		u64 seen;

		row = lock_at(number);
		if (!row)
			return 0;
		seen = lock_key_settled(number);
		if (seen == address && row->space == space && row->tgid == tgid)
			return number;
		if (seen && (seen == LOCK_BUSY || lock_weight(row) >= least_ns ||
			     lock_is_kept(row, number)))
			continue;
		if (!seen && victim && !had)
			continue;
		least_ns = seen ? lock_weight(row) : 0;
		victim = number;
		had = seen;
	}
	row = lock_at(victim);
	key = lock_key_at(victim);
	if (!row || !key || !lock_take(victim, had))
		return 0;
	row->space = space;
	row->tgid = tgid;
	row->pid = pid;
	row->address = address;
	barrier();
	*(volatile u64 *)key = address;
	return victim;
}

/*
 * One waiter more (delta 1) or less (-1); returns how many there were. As in a set of threads, who
 * wins the swap owns the interval that it ends, and late ones count negative.
 */
__weak __noinline u32 lock_move(u32 number, int delta, u64 now)
{
	struct lock_row *row = lock_at(number);
	u64 old, new, waiters;

	if (!row)
		return 0;
	for (int i = 0; i < LOCK_TRIES; i++) {
		old = *(volatile u64 *)&row->word;
		waiters = old >> SET_TIME_BITS;
		if (delta < 0 && !waiters)
			return 0;
		new = (waiters + delta) << SET_TIME_BITS | (now & SET_TIME_MASK);
		if (__sync_val_compare_and_swap(&row->word, old, new) != old)
			continue;
		if (waiters)
			__sync_fetch_and_add(&row->integral_ns, set_elapsed(now, old) * waiters);
		return waiters;
	}
	return 0;
}

/*
 * The waiting since the last release, taken out: who takes it accounts for it. Below zero it is a
 * waiter's that was counted until it ran, and whose time in a run queue has been blamed on holders
 * meanwhile: left there, it makes the next ones' less.
 */
static __always_inline u64 lock_take_integral(struct lock_row *row)
{
	s64 waited_ns = __sync_lock_test_and_set(&row->integral_ns, 0);

	if (waited_ns >= 0) {
		row->weight_ns += waited_ns;
		return waited_ns;
	}
	__sync_fetch_and_add(&row->integral_ns, waited_ns);
	return 0;
}

/* Who had the lock meanwhile is not known. */
__weak __noinline int lock_blame_nobody(u32 number, u32 home_number, u32 sets)
{
	struct lock_row *row = lock_at(number), *home = lock_at(home_number);
	u64 waited_ns;

	if (!row || !home)
		return 0;
	waited_ns = lock_take_integral(home);
	for (u32 set = 0; set < SETS_MAX; set++)
		if (sets >> set & 1)
			__sync_fetch_and_add(&row->sums[set].unattributed_ns, waited_ns);
	return 0;
}

/* ---- edges ---- */

static __always_inline bool edge_is(struct lock_edge *edge, struct thread_slot *slot, u32 number,
				    u32 generation)
{
	return edge->lock == number && edge->slot == slot->index &&
	       edge->slot_generation == slot->generation && edge->lock_generation == generation;
}

/* That of the thread's last wait, where it was for this lock; NULL: it has to be looked for. */
static __always_inline struct lock_edge *edge_again(struct thread_slot *slot, u32 number,
						    u32 generation)
{
	struct lock_edge *edge = edge_at(slot->edge);

	return edge && edge_is(edge, slot, number, generation) ? edge : NULL;
}

static __always_inline void edge_fill(struct lock_edge *edge, struct thread_slot *slot, u32 number,
				      u32 generation)
{
	u64 *words = (u64 *)edge;

	for (u32 i = 1; i < sizeof(*edge) / sizeof(u64); i++)
		words[i] = 0;
	edge->lock = number;
	edge->slot = slot->index;
	edge->lock_generation = generation;
	edge->slot_generation = slot->generation;
	edge->sets = slot->sets;
	edge->tid = slot->shown_tid;
	edge->pid = slot->pid;
	__builtin_memcpy(edge->comm, slot->comm, sizeof(edge->comm));
}

/* The row of this thread and this lock, taken from the least if need be; 0: no room. */
__weak __noinline u32 edge_find(u32 index, u32 number, u32 generation)
{
	struct thread_slot *slot = slot_at(index);
	u64 wanted = LOCK_EDGE_KEY(number, index), least_ns = ~0ull, had = 0, *key;
	u32 hash = lock_hash(wanted), victim = 0;
	struct lock_edge *edge;

	if (!slot)
		return 0;
	for (u32 i = 0; i < LOCK_PROBES; i++) {
		u32 at = ((hash + i) & (EDGE_ROWS - 1)) + 1;
		u64 weight_ns;

		edge = edge_at(at);
		key = edge_key_at(at);
		if (!edge || !key)
			return 0;
		if (*key == wanted && edge_is(edge, slot, number, generation))
			return at;
		weight_ns = *key ? edge->blocked_ns + edge->blocked_others_ns + 1 : 0;
		if (weight_ns >= least_ns)
			continue;
		least_ns = weight_ns;
		victim = at;
		had = *key;
	}
	edge = edge_at(victim);
	key = edge_key_at(victim);
	if (!edge || !key || __sync_val_compare_and_swap(key, had, wanted) != had) {
		count_loss(&losses.edges);
		return 0;
	}
	if (had)
		count_loss(&losses.edges);
	edge_fill(edge, slot, number, generation);
	return victim;
}

#endif
