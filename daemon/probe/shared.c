// SPDX-License-Identifier: BSD-2-Clause
/* Memory that the probes write and the daemon reads: threads, CPUs, culprits, sets of targets. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "daemon/probe/probe_parts.h"

/* Slots are mapped in chunks of whole pages, so that resident memory follows their use. */
#define CHUNK_SLOTS 64
#define CHUNK_BYTES (CHUNK_SLOTS * sizeof(struct thread_slot))
_Static_assert(CHUNK_BYTES % 4096 == 0, "chunks start on pages");

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

/* The last one may be shorter: what lies behind it is not ours. */
static size_t chunk_bytes(const struct probe *probe, uint32_t chunk)
{
	size_t rest =
		page_align((probe->max_threads - chunk * CHUNK_SLOTS) * sizeof(struct thread_slot));

	return rest < CHUNK_BYTES ? rest : CHUNK_BYTES;
}

static size_t culprit_bytes(const struct probe *probe)
{
	return page_align(probe->cpu_count * sizeof(struct culprit_table));
}

int probe_map_shared(struct probe *probe)
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
	return r;
}

void probe_unmap_shared(struct probe *probe)
{
	for (uint32_t i = 0; probe->chunks && i <= probe->max_threads / CHUNK_SLOTS; i++)
		if (probe->chunks[i])
			munmap(probe->chunks[i], chunk_bytes(probe, i));
	free(probe->chunks);
	if (probe->cpus)
		munmap(probe->cpus, page_align(probe->cpu_count * sizeof(struct cpu_totals)));
	if (probe->culprits)
		munmap(probe->culprits, culprit_bytes(probe));
	if (probe->sets)
		munmap(probe->sets, page_align(SETS_MAX * sizeof(struct set_totals)));
}

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
	void *memory = NULL;

	if (index >= probe->max_threads)
		return NULL;
	if (!probe->chunks[chunk]) {
		if (probe_map_array(probe->skeleton->maps.threads, chunk_bytes(probe, chunk),
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
