/* SPDX-License-Identifier: BSD-2-Clause */
/* The BPF side as the daemon holds it: loaded, attached, its memory mapped. */
#ifndef PARTRACE_PROBE_PROBE_H
#define PARTRACE_PROBE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/lock.h"
#include "abi/settings.h"
#include "abi/thread.h"
#include "abi/totals.h"

struct probe;

struct probe_options {
	uint32_t max_threads;
	/* Use the fallbacks although this kernel needs none: for the tests. */
	bool without_rq_clock;
	bool without_sched_info;
	bool without_typed_cast;
	bool without_find_vma;
	bool without_samples;
};

/* What was lost since the start; all of it is in the reports. */
struct probe_losses {
	uint64_t deep; /* tasks that came into a cgroup too deep below the root to look at it all */
	uint64_t records;
	uint64_t untracked;
	uint64_t recursion_misses;
	uint64_t stacks;  /* of waits for futexes */
	uint64_t locks;   /* waits for futexes that found no row */
	uint64_t edges;   /* rows of a thread and a lock */
	uint64_t samples; /* of code */
};

/* bpf_stats of all our programs together. */
struct probe_cost {
	uint64_t run_time_ns;
	uint64_t sampling_ns; /* the part of it that is samples of code */
	uint64_t runs;
};

typedef void (*probe_event_fn)(const struct event *event, void *context);
/* `head->bytes` of stack memory follow; both are overwritten after the call. */
typedef void (*probe_stack_fn)(const struct stack_head *head, const uint8_t *memory, void *context);

/* 0, or -errno and a sentence in `why`: -EPERM, -ENOENT (no BTF), -EOPNOTSUPP (kernel too old). */
int probe_open(const struct probe_options *options, struct probe **ret, char *why, size_t why_size);
/* Detaches and frees; NULL is none. */
void probe_close(struct probe *probe);
void probe_closep(struct probe **probe);

/* Events and stacks come in a ring buffer each: `fn` is called from probe_drain(), for both. */
void probe_on_event(struct probe *probe, probe_event_fn fn, void *context);
/* Stacks of threads that waited for a futex, likewise. */
void probe_on_stack(struct probe *probe, probe_stack_fn fn);
/* The probe's own, for poll(): readable while events, or stacks, have not been drained. */
int probe_fd(const struct probe *probe);
int probe_stacks_fd(const struct probe *probe);
/* Calls both functions for all that has come; never blocks. */
void probe_drain(struct probe *probe);

/*
 * Runs the task iterator. For OBSERVE_MARK name the tasks first by probe_want(), and the set; it
 * returns how many have joined. -errno when the kernel refused.
 */
int probe_want(struct probe *probe, pid_t id, uint32_t kind);
/* Forgets what was named, for the case that no mark follows. */
void probe_forget(struct probe *probe);
/* `follow`: children join, too; `all`: so do all tasks of the machine, now and later. */
int probe_mark(struct probe *probe, uint32_t set, bool follow, bool all, uint64_t *ret_marked);
/* Further tasks for a set that is marked already. */
int probe_mark_more(struct probe *probe, uint32_t set, uint64_t *ret_marked);
/* OBSERVE_LOOK: sees targets that have not switched since they were marked. */
int probe_look(struct probe *probe);
/* Who is in no other set is no target any more. 0 or -errno, as the others. */
int probe_unmark(struct probe *probe, uint32_t set);

/* The daemon's own, as the slots have theirs. */
uint64_t probe_pid_namespace(const struct probe *probe);

/*
 * Processes that come into this cgroup are announced by EVENT_JOIN. -E2BIG: too many are watched.
 */
int probe_watch_cgroup(struct probe *probe, uint64_t id, uint32_t hierarchy, uint32_t set);
void probe_unwatch_cgroups(struct probe *probe, uint32_t set);

/* Now, in run-queue clock; good to a microsecond. */
uint64_t probe_now(struct probe *probe);

/*
 * Memory shared with the probes, which write it at any time; bounds: cpus < probe_cpus(), sets <
 * SETS_MAX, not checked.
 */
uint32_t probe_max_threads(const struct probe *probe);
uint32_t probe_cpus(const struct probe *probe);
/* NULL: not below probe_max_threads(), or no memory. */
struct thread_slot *probe_slot(struct probe *probe, uint32_t index);
const struct cpu_totals *probe_cpu(const struct probe *probe, uint32_t cpu);
struct culprit_table *probe_culprits(const struct probe *probe, uint32_t cpu);
struct set_totals *probe_set(const struct probe *probe, uint32_t set);

/*
 * Locks, rows < LOCK_ROWS, and edges, rows < EDGE_ROWS: written by the probes at any time. Rows
 * that nobody watches any more may be given back.
 */
struct lock_row *probe_lock(struct probe *probe, uint32_t row); /* NULL: no memory */
/* The whole tables, in which rows read as zeros that were free a moment ago. */
const struct lock_row *probe_locks(struct probe *probe);
const struct lock_edge *probe_edges(struct probe *probe);
/* Their keys (abi/lock.h), which tell used rows without touching them. */
const uint64_t *probe_lock_keys(const struct probe *probe);
const uint64_t *probe_edge_keys(const struct probe *probe);
/* Of the set: figures of rows that were taken by others. */
struct lock_losses *probe_lock_losses(const struct probe *probe, uint32_t set);
/* Wiped, and free for another lock or edge. */
void probe_lock_free(struct probe *probe, uint32_t row);
void probe_edge_free(struct probe *probe, uint32_t row);
/* Where a thread waits: its KERNEL_REGISTERS, as the last look has left them. NULL: no memory. */
const __u64 *probe_registers(struct probe *probe, uint32_t slot);

/* Has a wait for a futex begun since the last call? */
bool probe_take_futex_seen(struct probe *probe);
/*
 * Who ends waits is seen only while wakes are watched, which costs every wake-up of the machine. 0,
 * also when it is so already, or -errno.
 */
int probe_watch_wakes(struct probe *probe, bool on);
bool probe_watches_wakes(const struct probe *probe);

/*
 * Samples of the code that targets run, given out as stacks of the role STACK_SAMPLE: a clock on
 * each CPU, its period the same on all. -errno: the kernel refuses (-EPERM: no CAP_PERFMON,
 * -EACCES: kernel.perf_event_paranoid, -EOPNOTSUPP: it did not load the program).
 */
int probe_sample_start(struct probe *probe);
void probe_sample_stop(struct probe *probe);
/* 0: it is off. */
uint64_t probe_sample_period_ns(const struct probe *probe);

/* Highest slot that has ever been given out, plus one: where a scan may stop. */
uint32_t probe_slots_used(struct probe *probe);
/* Wipes a DEAD slot and gives it back. -EINVAL: no such slot; or -errno. */
int probe_slot_free(struct probe *probe, uint32_t index);

/* Since probe_open(), over all sets. */
struct probe_losses probe_losses(const struct probe *probe);

/*
 * Measuring slows every BPF program of the machine a little, so it is done for 100 ms at a time. 0,
 * or -errno where it is refused. Sums since probe_open(), of the times that were measured.
 */
int probe_cost_start(struct probe *probe);
void probe_cost_stop(struct probe *probe);
struct probe_cost probe_cost(const struct probe *probe);

#endif
