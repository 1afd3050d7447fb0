/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of a probe, shared by probe.c (life, memory), marks.c (who is a target), self.c (what
 * is learned from the daemon) and cost.c.
 */
#ifndef PARTRACE_PROBE_PARTS_H
#define PARTRACE_PROBE_PARTS_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "abi/settings.h"
#include "abi/totals.h"
#include "bpf/partrace.skel.h"
#include "daemon/probe/clock.h"
#include "daemon/probe/lazy.h"
#include "daemon/probe/probe.h"

struct probe {
	struct partrace_bpf *skeleton;
	struct ring_buffer *events;
	struct ring_buffer *stacks_sent;
	probe_event_fn on_event;
	probe_stack_fn on_stack;
	void *event_context;

	uint32_t max_threads;
	uint32_t standing_count; /* threads beyond those with a stack buffer */
	uint32_t cpu_count;
	struct thread_slot **chunks;
	struct cpu_totals *cpus;
	struct set_totals *sets;
	struct culprit_table *culprits;
	struct lazy_array locks, edges, stacks, standing;
	uint64_t *lock_keys;
	uint64_t *edge_keys;
	struct lock_losses *lock_losses;
	struct bpf_link **samplers; /* [cpu_count] */
	uint64_t sample_period_ns;  /* 0: off */
	struct clock clock;
	int stats_fd;
};

/* Maps a whole array map into memory; unmap_array() is idempotent. */
int probe_map_array(const struct bpf_map *map, size_t bytes, off_t offset, void **ret);
int probe_map_shared(struct probe *probe);
void probe_unmap_shared(struct probe *probe);
/* Whole pages of them, and one at least. */
uint32_t probe_standing_count(uint32_t max_threads);
int probe_map_locks(struct probe *probe);
void probe_unmap_locks(struct probe *probe);

int probe_observe(struct probe *probe, enum observe_mode mode);
/* Learns the daemon's own PID namespace, and by its own files what eventfds and the like are. */
int probe_look_at_self(struct probe *probe);

#endif
