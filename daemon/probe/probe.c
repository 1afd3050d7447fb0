// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/probe/probe_parts.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/probe/features.h"
#include "daemon/probe/syscalls.h"

/* Slots are mapped in chunks of whole pages, so that resident memory follows their use. */
#define CHUNK_SLOTS 64
#define CHUNK_BYTES (CHUNK_SLOTS * sizeof(struct thread_slot))
_Static_assert(CHUNK_BYTES % 4096 == 0, "chunks start on pages");

static int handle_event(void *context, void *data, size_t size)
{
	struct probe *probe = context;

	if (size >= sizeof(struct event) && probe->on_event)
		probe->on_event(data, probe->event_context);
	return 0;
}

static int handle_stack(void *context, void *data, size_t size)
{
	const struct stack_head *head = data;
	struct probe *probe = context;

	if (size >= sizeof(*head) && head->bytes <= size - sizeof(*head) && probe->on_stack)
		probe->on_stack(head, (const uint8_t *)(head + 1), probe->event_context);
	return 0;
}

static void configure(struct probe *probe, const struct probe_options *options,
		      const struct features *features)
{
	struct partrace_bpf *skeleton = probe->skeleton;
	struct probe_settings *settings = (struct probe_settings *)&skeleton->rodata->settings;

	settings->has_switch_state = features->switch_state;
	settings->has_typed_cast = features->typed_cast && !options->without_typed_cast;
	settings->use_rq_clock = features->rq_clock && !options->without_rq_clock;
	settings->use_sched_info = features->sched_info && !options->without_sched_info;
	settings->yield_number = SYS_sched_yield;
	settings->futex_number = SYS_futex;
	settings->exit_number = SYS_exit;
	settings->exit_group_number = SYS_exit_group;
	settings->max_threads = options->max_threads;
	syscalls_fill(settings->wait_of_syscall);
	bpf_program__set_autoload(skeleton->progs.partrace_wakeup, !settings->use_sched_info);
	bpf_program__set_autoattach(skeleton->progs.partrace_cgroup, false);
	bpf_program__set_autoattach(skeleton->progs.partrace_waking, false);

	probe->max_threads = options->max_threads;
	probe->cpu_count = libbpf_num_possible_cpus();
	bpf_map__set_max_entries(skeleton->maps.threads, probe->max_threads);
	bpf_map__set_max_entries(skeleton->maps.free_slots, probe->max_threads);
	bpf_map__set_max_entries(skeleton->maps.cpus, probe->cpu_count);
	bpf_map__set_max_entries(skeleton->maps.culprits, probe->cpu_count);
}

int probe_map_array(const struct bpf_map *map, size_t bytes, off_t offset, void **ret)
{
	void *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), offset);

	if (memory == MAP_FAILED)
		return -errno;
	*ret = memory;
	return 0;
}

static size_t page_align(size_t bytes)
{
	return (bytes + 4095) & ~(size_t)4095;
}

static size_t culprit_bytes(const struct probe *probe)
{
	return page_align(probe->cpu_count * sizeof(struct culprit_table));
}

static int map_memory(struct probe *probe)
{
	int r;

	probe->chunks = calloc(probe->max_threads / CHUNK_SLOTS + 1, sizeof(*probe->chunks));
	if (!probe->chunks)
		return -ENOMEM;
	r = probe_map_array(probe->skeleton->maps.cpus,
			    page_align(probe->cpu_count * sizeof(struct cpu_totals)), 0,
			    (void **)&probe->cpus);
	if (r < 0)
		return r;
	r = probe_map_array(probe->skeleton->maps.culprits, culprit_bytes(probe), 0,
			    (void **)&probe->culprits);
	if (r < 0)
		return r;
	r = probe_map_array(probe->skeleton->maps.sets,
			    page_align(SETS_MAX * sizeof(struct set_totals)), 0,
			    (void **)&probe->sets);
	return r < 0 ? r : probe_map_locks(probe);
}

static int load(struct probe *probe, char *why, size_t why_size)
{
	int r = partrace_bpf__load(probe->skeleton);

	if (!r)
		r = partrace_bpf__attach(probe->skeleton);
	if (r == -EPERM) {
		snprintf(why, why_size,
			 "the kernel refuses to load the probes: run as root, or with CAP_BPF and "
			 "CAP_PERFMON");
		return -EPERM;
	}
	if (r < 0)
		snprintf(why, why_size, "the kernel cannot load the probes: %s", strerror(-r));
	return r;
}

static int open_mapped(struct probe *probe, char *why, size_t why_size)
{
	int r = map_memory(probe);

	if (r < 0) {
		snprintf(why, why_size, "no memory for %u thread slots: %s", probe->max_threads,
			 strerror(-r));
		return r;
	}
	probe->ring = ring_buffer__new(bpf_map__fd(probe->skeleton->maps.events), handle_event,
				       probe, NULL);
	if (!probe->ring ||
	    ring_buffer__add(probe->ring, bpf_map__fd(probe->skeleton->maps.samples), handle_stack,
			     probe)) {
		snprintf(why, why_size, "no ring buffer: %s", strerror(errno));
		return -errno;
	}
	return 0;
}

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	if (!getenv("PARTRACE_DEBUG_LIBBPF"))
		return 0;
	(void)level;
	return vfprintf(stderr, format, args);
}

int probe_open(const struct probe_options *options, struct probe **ret, char *why, size_t why_size)
{
	_cleanup_(probe_closep) struct probe *probe = NULL;
	struct features features;
	int r;

	libbpf_set_print(silent);
	r = features_read(&features, why, why_size);
	if (r < 0)
		return r;
	probe = calloc(1, sizeof(*probe));
	if (!probe)
		return -ENOMEM;
	probe->stats_fd = -1;
	probe->skeleton = partrace_bpf__open();
	if (!probe->skeleton) {
		snprintf(why, why_size, "the probes cannot be opened: %s", strerror(errno));
		return -errno;
	}
	configure(probe, options, &features);
	r = load(probe, why, why_size);
	if (!r)
		r = open_mapped(probe, why, why_size);
	if (!r)
		r = probe_look_at_self(probe);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(probe);
	return 0;
}

void probe_close(struct probe *probe)
{
	if (!probe)
		return;
	probe_cost_stop(probe);
	ring_buffer__free(probe->ring);
	for (uint32_t i = 0; probe->chunks && i <= probe->max_threads / CHUNK_SLOTS; i++)
		if (probe->chunks[i])
			munmap(probe->chunks[i], CHUNK_BYTES);
	free(probe->chunks);
	if (probe->cpus)
		munmap(probe->cpus, page_align(probe->cpu_count * sizeof(struct cpu_totals)));
	if (probe->culprits)
		munmap(probe->culprits, culprit_bytes(probe));
	if (probe->sets)
		munmap(probe->sets, page_align(SETS_MAX * sizeof(struct set_totals)));
	probe_unmap_locks(probe);
	partrace_bpf__destroy(probe->skeleton);
	free(probe);
}

void probe_closep(struct probe **probe)
{
	probe_close(*probe);
}

void probe_on_event(struct probe *probe, probe_event_fn fn, void *context)
{
	probe->on_event = fn;
	probe->event_context = context;
}

void probe_on_stack(struct probe *probe, probe_stack_fn fn)
{
	probe->on_stack = fn;
	probe->skeleton->bss->control.take_stacks = fn != NULL;
}

int probe_fd(const struct probe *probe)
{
	return ring_buffer__epoll_fd(probe->ring);
}

void probe_drain(struct probe *probe)
{
	ring_buffer__consume(probe->ring);
}

/* ---- shared memory ---- */

uint32_t probe_max_threads(const struct probe *probe)
{
	return probe->max_threads;
}

uint32_t probe_cpus(const struct probe *probe)
{
	return probe->cpu_count;
}

struct thread_slot *probe_slot(struct probe *probe, uint32_t index)
{
	uint32_t chunk = index / CHUNK_SLOTS;
	size_t rest;
	void *memory = NULL;

	if (index >= probe->max_threads)
		return NULL;
	if (!probe->chunks[chunk]) {
		rest = page_align((probe->max_threads - chunk * CHUNK_SLOTS) *
				  sizeof(struct thread_slot));
		if (probe_map_array(probe->skeleton->maps.threads,
				    rest < CHUNK_BYTES ? rest : CHUNK_BYTES,
				    (off_t)chunk * CHUNK_BYTES, &memory))
			return NULL;
		probe->chunks[chunk] = memory;
	}
	return &probe->chunks[chunk][index % CHUNK_SLOTS];
}

const struct cpu_totals *probe_cpu(const struct probe *probe, uint32_t cpu)
{
	return &probe->cpus[cpu];
}

struct culprit_table *probe_culprits(const struct probe *probe, uint32_t cpu)
{
	return &probe->culprits[cpu];
}

struct set_totals *probe_set(const struct probe *probe, uint32_t set)
{
	return &probe->sets[set];
}

uint32_t probe_slots_used(struct probe *probe)
{
	uint32_t used = probe->skeleton->bss->control.slots_used;

	return used < probe->max_threads ? used : probe->max_threads;
}

int probe_slot_free(struct probe *probe, uint32_t index)
{
	struct thread_slot *slot = probe_slot(probe, index);
	uint32_t generation;

	if (!slot)
		return -EINVAL;
	generation = slot->generation;
	memset(slot, 0, sizeof(*slot));
	slot->generation = generation;
	if (bpf_map_update_elem(bpf_map__fd(probe->skeleton->maps.free_slots), NULL, &index,
				BPF_ANY))
		return -errno;
	return 0;
}
