// SPDX-License-Identifier: BSD-2-Clause
/* Who is a target: named by want, found by the task iterator, announced by cgroups. */
#include <errno.h>
#include <string.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/probe/probe_parts.h"

/* ---- the clock ---- */

uint64_t probe_now(struct probe *probe)
{
	struct probe_control *control = &probe->skeleton->bss->control;

	if (probe->skeleton->rodata->settings.use_rq_clock &&
	    clock_is_stale(&probe->clock, monotonic_ns())) {
		control->clock_wanted = 1;
		clock_provoke_samples();
		control->clock_wanted = 0;
		clock_update(&probe->clock, probe->cpus, probe->cpu_count, monotonic_ns());
		control->clock_offset_ns = probe->clock.offset_ns;
	}
	return monotonic_ns() - probe->clock.offset_ns;
}

/* ---- the iterator ---- */

int probe_observe(struct probe *probe, enum observe_mode mode)
{
	_cleanup_close_ int fd = -1;
	char nothing[64];
	ssize_t got;

	probe->skeleton->bss->control.mode = mode;
	probe_now(probe);
	fd = bpf_iter_create(bpf_link__fd(probe->skeleton->links.partrace_observe));
	if (fd < 0)
		return -errno;
	do
		got = read(fd, nothing, sizeof(nothing));
	while (got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN)));
	return got < 0 ? -errno : 0;
}

int probe_want(struct probe *probe, pid_t id, uint32_t kind)
{
	int fd = bpf_map__fd(probe->skeleton->maps.wanted);
	uint32_t key = id, had = 0;

	if (!bpf_map_lookup_elem(fd, &key, &had))
		kind |= had;
	return bpf_map_update_elem(fd, &key, &kind, BPF_ANY) ? -errno : 0;
}

void probe_forget(struct probe *probe)
{
	int fd = bpf_map__fd(probe->skeleton->maps.wanted);
	uint32_t key;

	while (!bpf_map_get_next_key(fd, NULL, &key))
		bpf_map_delete_elem(fd, &key);
}

static void set_flag(__u32 *sets, uint32_t set, bool on)
{
	if (on)
		__atomic_fetch_or(sets, 1u << set, __ATOMIC_SEQ_CST);
	else
		__atomic_fetch_and(sets, ~(1u << set), __ATOMIC_SEQ_CST);
}

static int mark(struct probe *probe, uint32_t set, bool all, uint64_t *ret_marked)
{
	struct probe_control *control = &probe->skeleton->bss->control;
	int r;

	control->set = set;
	control->marked = 0;
	control->mark_all = all;
	r = probe_observe(probe, OBSERVE_MARK);
	probe_forget(probe);
	if (r < 0)
		return r;
	*ret_marked = control->marked;
	return 0;
}

int probe_mark(struct probe *probe, uint32_t set, bool follow, bool all, uint64_t *ret_marked)
{
	struct probe_control *control = &probe->skeleton->bss->control;

	set_flag(&control->follow_sets, set, follow);
	set_flag(&control->all_sets, set, all);
	return mark(probe, set, all, ret_marked);
}

int probe_mark_more(struct probe *probe, uint32_t set, uint64_t *ret_marked)
{
	return mark(probe, set, false, ret_marked);
}

uint64_t probe_pid_namespace(const struct probe *probe)
{
	return probe->skeleton->bss->control.pid_namespace;
}

int probe_look(struct probe *probe)
{
	return probe_observe(probe, OBSERVE_LOOK);
}

int probe_unmark(struct probe *probe, uint32_t set)
{
	struct probe_control *control = &probe->skeleton->bss->control;
	uint32_t used;

	set_flag(&control->follow_sets, set, false);
	set_flag(&control->all_sets, set, false);
	/* Asked now: who is born from here on finds the flags cleared. */
	used = probe_slots_used(probe);
	for (uint32_t i = 0; i < used; i++) {
		struct thread_slot *slot = probe_slot(probe, i);

		if (!slot)
			continue;
		__atomic_fetch_and(&slot->sets, ~(1u << set), __ATOMIC_SEQ_CST);
		__atomic_fetch_and(&slot->counted, ~(1u << set), __ATOMIC_SEQ_CST);
		slot->criticality[set] = 0;
	}
	return probe_observe(probe, OBSERVE_UNMARK);
}

/* ---- cgroups ---- */

/* Its hook is attached with the first cgroup: nobody else needs it. */
int probe_watch_cgroup(struct probe *probe, uint64_t id, uint32_t hierarchy, uint32_t set)
{
	struct cgroup_key key = { .id = id, .hierarchy = hierarchy };
	int fd = bpf_map__fd(probe->skeleton->maps.cgroups);
	uint32_t sets = 0;

	if (!probe->skeleton->links.partrace_cgroup)
		probe->skeleton->links.partrace_cgroup =
			bpf_program__attach(probe->skeleton->progs.partrace_cgroup);
	if (!probe->skeleton->links.partrace_cgroup)
		return -errno;
	bpf_map_lookup_elem(fd, &key, &sets);
	sets |= 1u << set;
	if (bpf_map_update_elem(fd, &key, &sets, BPF_ANY))
		return -errno;
	set_flag(&probe->skeleton->bss->control.cgroup_sets, set, true);
	return 0;
}

void probe_unwatch_cgroups(struct probe *probe, uint32_t set)
{
	int fd = bpf_map__fd(probe->skeleton->maps.cgroups);
	struct cgroup_key keys[CGROUPS_MAX], *last = NULL;
	size_t count = 0;
	uint32_t sets;

	set_flag(&probe->skeleton->bss->control.cgroup_sets, set, false);
	while (count < CGROUPS_MAX && !bpf_map_get_next_key(fd, last, &keys[count]))
		last = &keys[count++];
	for (size_t i = 0; i < count; i++) {
		if (bpf_map_lookup_elem(fd, &keys[i], &sets))
			continue;
		sets &= ~(1u << set);
		if (sets)
			bpf_map_update_elem(fd, &keys[i], &sets, BPF_EXIST);
		else
			bpf_map_delete_elem(fd, &keys[i]);
	}
}
