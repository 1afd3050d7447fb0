// SPDX-License-Identifier: BSD-2-Clause
/* The tables of locks, and the probe of wakes that is attached only while they are waited for. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/owned.h"
#include "daemon/probe/probe_parts.h"

#define LOCK_KEY_BYTES (LOCK_ROWS * sizeof(uint64_t))
#define EDGE_KEY_BYTES (EDGE_ROWS * sizeof(uint64_t))
#define LOSS_BYTES     4096
_Static_assert(LOCK_KEY_BYTES % 4096 == 0 && EDGE_KEY_BYTES % 4096 == 0, "whole pages");
_Static_assert(SETS_MAX * sizeof(struct lock_losses) <= LOSS_BYTES, "one page");

uint32_t probe_standing_count(uint32_t max_threads)
{
	uint32_t beyond = max_threads > STACK_BUFFERS ? max_threads - STACK_BUFFERS : 1;

	return (beyond + STANDING_IN_PAGE - 1) / STANDING_IN_PAGE * STANDING_IN_PAGE;
}

int probe_map_locks(struct probe *probe)
{
	const struct {
		struct bpf_map *map;
		size_t bytes;
		void **to;
	} small[] = {
		{ probe->skeleton->maps.lock_keys, LOCK_KEY_BYTES, (void **)&probe->lock_keys },
		{ probe->skeleton->maps.edge_keys, EDGE_KEY_BYTES, (void **)&probe->edge_keys },
		{ probe->skeleton->maps.lock_losses, LOSS_BYTES, (void **)&probe->lock_losses },
	};
	const struct {
		struct bpf_map *map;
		size_t bytes, count;
		struct lazy_array *to;
	} large[] = {
		{ probe->skeleton->maps.locks, sizeof(struct lock_row), LOCK_ROWS, &probe->locks },
		{ probe->skeleton->maps.edges, sizeof(struct lock_edge), EDGE_ROWS, &probe->edges },
		{ probe->skeleton->maps.stacks, sizeof(struct stack_buffer), STACK_BUFFERS,
		  &probe->stacks },
		{ probe->skeleton->maps.standing, sizeof(struct standing), probe->standing_count,
		  &probe->standing },
	};
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_LEN(small); i++)
		r = probe_map_array(small[i].map, small[i].bytes, 0, small[i].to);
	for (size_t i = 0; !r && i < ARRAY_LEN(large); i++)
		r = lazy_open(large[i].to, bpf_map__fd(large[i].map), large[i].bytes,
			      large[i].count);
	return r;
}

static void unmap(void *memory, size_t bytes)
{
	if (memory)
		munmap(memory, bytes);
}

void probe_unmap_locks(struct probe *probe)
{
	lazy_close(&probe->locks);
	lazy_close(&probe->edges);
	lazy_close(&probe->stacks);
	lazy_close(&probe->standing);
	unmap(probe->lock_keys, LOCK_KEY_BYTES);
	unmap(probe->edge_keys, EDGE_KEY_BYTES);
	unmap(probe->lock_losses, LOSS_BYTES);
}

/* Rows that are used, each looked at once, so that it is mapped. */
const struct lock_row *probe_locks(struct probe *probe)
{
	for (uint32_t i = 0; i < LOCK_ROWS; i++)
		if (probe->lock_keys[i])
			lazy_at(&probe->locks, i);
	return (const struct lock_row *)probe->locks.memory;
}

const struct lock_edge *probe_edges(struct probe *probe)
{
	for (uint32_t i = 0; i < EDGE_ROWS; i++)
		if (probe->edge_keys[i])
			lazy_at(&probe->edges, i);
	return (const struct lock_edge *)probe->edges.memory;
}

struct lock_row *probe_lock(struct probe *probe, uint32_t row)
{
	return lazy_at(&probe->locks, row);
}

const uint64_t *probe_lock_keys(const struct probe *probe)
{
	return probe->lock_keys;
}

const uint64_t *probe_edge_keys(const struct probe *probe)
{
	return probe->edge_keys;
}

struct lock_losses *probe_lock_losses(const struct probe *probe, uint32_t set)
{
	return &probe->lock_losses[set];
}

/*
 * A free row is clean but for its generation, which grows: whoever still means it finds it changed.
 * Nobody waits there who is watched; a count that says otherwise is of those who were.
 */
void probe_lock_free(struct probe *probe, uint32_t row)
{
	struct lock_row *lock = probe_lock(probe, row);
	uint64_t *key = &probe->lock_keys[row], address = *key;
	__u32 generation;

	if (!lock || address <= LOCK_BUSY ||
	    !__atomic_compare_exchange_n(key, &address, LOCK_BUSY, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return;
	generation = lock->generation + 1;
	memset(lock, 0, sizeof(*lock));
	lock->generation = generation;
	__atomic_store_n(key, 0, __ATOMIC_RELEASE);
}

/* Its thread may still mean the row: it finds that it is nobody's, and takes another. */
void probe_edge_free(struct probe *probe, uint32_t row)
{
	struct lock_edge *edge = lazy_at(&probe->edges, row);

	if (!edge)
		return;
	__atomic_store_n(&edge->lock, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&probe->edge_keys[row], 0, __ATOMIC_RELEASE);
}

const __u64 *probe_registers(struct probe *probe, uint32_t slot)
{
	const struct stack_buffer *buffer;
	const struct standing *standing;

	if (slot >= STACK_BUFFERS) {
		standing = lazy_at(&probe->standing, slot - STACK_BUFFERS);
		return standing ? standing->registers : NULL;
	}
	buffer = lazy_at(&probe->stacks, slot);
	return buffer ? buffer->head.registers : NULL;
}

bool probe_take_futex_seen(struct probe *probe)
{
	return __atomic_exchange_n(&probe->skeleton->bss->control.futex_seen, 0, __ATOMIC_RELAXED);
}

bool probe_watches_wakes(const struct probe *probe)
{
	return probe->skeleton->links.partrace_waking != NULL;
}

/* What was waited for until now belongs to nobody: the next release accounts from here on. */
static void settle(struct lock_row *lock, uint64_t now_ns)
{
	__u64 old = __atomic_load_n(&lock->word, __ATOMIC_RELAXED), waited_ns;

	if (!(old >> SET_TIME_BITS))
		return;
	if (!__atomic_compare_exchange_n(&lock->word, &old,
					 (old & ~SET_TIME_MASK) | (now_ns & SET_TIME_MASK), false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return;
	waited_ns = (__u64)set_elapsed(now_ns, old) * (old >> SET_TIME_BITS) +
		    __atomic_exchange_n(&lock->integral_ns, 0, __ATOMIC_ACQ_REL);
	lock->since_ns = now_ns;
	for (uint32_t set = 0; set < SETS_MAX; set++)
		if (lock->sets >> set & 1 && (__s64)waited_ns > 0)
			__atomic_fetch_add(&lock->sums[set].unattributed_ns, waited_ns,
					   __ATOMIC_RELAXED);
}

static void settle_all(struct probe *probe)
{
	uint64_t now_ns = probe_now(probe);

	for (uint32_t i = 0; i < LOCK_ROWS; i++) {
		struct lock_row *lock =
			probe->lock_keys[i] > LOCK_BUSY ? probe_lock(probe, i) : NULL;

		/* None: there is no memory for a look at it. */
		if (lock)
			settle(lock, now_ns);
	}
}

int probe_watch_wakes(struct probe *probe, bool on)
{
	struct probe_control *control = &probe->skeleton->bss->control;
	struct bpf_link **link = &probe->skeleton->links.partrace_waking;

	if (on == probe_watches_wakes(probe))
		return 0;
	if (on) {
		*link = bpf_program__attach(probe->skeleton->progs.partrace_waking);
		if (!*link)
			return -errno;
		settle_all(probe);
		control->watch_wakes = 1;
		return 0;
	}
	control->watch_wakes = 0;
	settle_all(probe);
	bpf_link__destroy(*link);
	*link = NULL;
	control->wakes_wanted = 0;
	return 0;
}
