// SPDX-License-Identifier: BSD-2-Clause
/* The tables of locks, and the probe of wakes that is attached only while they are waited for. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/owned.h"
#include "daemon/probe/probe_parts.h"

#define LOCK_BYTES    (LOCK_ROWS * sizeof(struct lock_row))
#define EDGE_BYTES    (EDGE_ROWS * sizeof(struct lock_edge))
#define LOSS_BYTES    4096
#define STACKS_MAPPED ((STACK_BUFFERS * sizeof(struct stack_buffer) + 4095) & ~4095ul)
_Static_assert(LOCK_BYTES % 4096 == 0 && EDGE_BYTES % 4096 == 0, "whole pages");
_Static_assert(SETS_MAX * sizeof(struct lock_losses) <= LOSS_BYTES, "one page");

int probe_map_locks(struct probe *probe)
{
	const struct {
		struct bpf_map *map;
		size_t bytes;
		void **to;
	} all[] = {
		{ probe->skeleton->maps.locks, LOCK_BYTES, (void **)&probe->locks },
		{ probe->skeleton->maps.edges, EDGE_BYTES, (void **)&probe->edges },
		{ probe->skeleton->maps.lock_losses, LOSS_BYTES, (void **)&probe->lock_losses },
		{ probe->skeleton->maps.stacks, STACKS_MAPPED, (void **)&probe->stacks },
	};
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_LEN(all); i++)
		r = probe_map_array(all[i].map, all[i].bytes, 0, all[i].to);
	return r;
}

static void unmap(void *memory, size_t bytes)
{
	if (memory)
		munmap(memory, bytes);
}

void probe_unmap_locks(struct probe *probe)
{
	unmap(probe->locks, LOCK_BYTES);
	unmap(probe->edges, EDGE_BYTES);
	unmap(probe->lock_losses, LOSS_BYTES);
	unmap(probe->stacks, STACKS_MAPPED);
}

struct lock_row *probe_lock(const struct probe *probe, uint32_t row)
{
	return &probe->locks[row];
}

struct lock_edge *probe_edge(const struct probe *probe, uint32_t row)
{
	return &probe->edges[row];
}

struct lock_losses *probe_lock_losses(const struct probe *probe, uint32_t set)
{
	return &probe->lock_losses[set];
}

/* A free row is clean but for its generation, and its address is what the probes go by. */
void probe_lock_free(struct probe *probe, uint32_t row)
{
	struct lock_row *lock = &probe->locks[row];
	__u64 address = lock->address;
	__u32 generation;

	if (address <= LOCK_BUSY || lock->word >> SET_TIME_BITS ||
	    !__atomic_compare_exchange_n(&lock->address, &address, LOCK_BUSY, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return;
	generation = lock->generation;
	memset((char *)lock + sizeof(lock->address), 0, sizeof(*lock) - sizeof(lock->address));
	lock->generation = generation;
	__atomic_store_n(&lock->address, 0, __ATOMIC_RELEASE);
}

void probe_edge_free(struct probe *probe, uint32_t row)
{
	__atomic_store_n(&probe->edges[row].lock, 0, __ATOMIC_RELEASE);
}

const struct stack_buffer *probe_stack(const struct probe *probe, uint32_t slot)
{
	return slot < STACK_BUFFERS ? &probe->stacks[slot] : NULL;
}

uint64_t probe_futex_waits(const struct probe *probe)
{
	return probe->skeleton->bss->control.futex_waits;
}

bool probe_watches_wakes(const struct probe *probe)
{
	return probe->skeleton->links.partrace_waking != NULL;
}

/* What was waited for until now belongs to nobody: the next release accounts from here on. */
static void settle(struct lock_row *lock, uint64_t now_ns)
{
	__u64 old = __atomic_load_n(&lock->word, __ATOMIC_RELAXED), waited_ns;

	if (lock->address <= LOCK_BUSY || !(old >> SET_TIME_BITS))
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

	for (uint32_t i = 0; i < LOCK_ROWS; i++)
		settle(&probe->locks[i], now_ns);
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
