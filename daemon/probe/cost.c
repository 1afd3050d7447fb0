// SPDX-License-Identifier: BSD-2-Clause
/* What the probes lose and what they cost. */
#include <errno.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/probe/probe_parts.h"

static int program_info(const struct bpf_program *program, struct bpf_prog_info *info)
{
	__u32 size = sizeof(*info);

	memset(info, 0, size);
	if (bpf_program__fd(program) < 0)
		return -ENOENT;
	return bpf_obj_get_info_by_fd(bpf_program__fd(program), info, &size) ? -errno : 0;
}

struct probe_losses probe_losses(const struct probe *probe)
{
	const struct losses *losses = &probe->skeleton->bss->losses;
	struct probe_losses ret = { .records = losses->records,
				    .untracked = losses->untracked,
				    .stacks = losses->stacks,
				    .locks = losses->locks,
				    .edges = losses->edges,
				    .deep = losses->deep,
				    .samples = losses->samples };
	struct bpf_program *program;
	struct bpf_prog_info info;

	bpf_object__for_each_program(program, probe->skeleton->obj)
	{
		/* A sample that was missed is no missed switch. */
		if (program != probe->skeleton->progs.partrace_sample &&
		    !program_info(program, &info))
			ret.recursion_misses += info.recursion_misses;
	}
	return ret;
}

int probe_cost_start(struct probe *probe)
{
	if (probe->stats_fd < 0)
		probe->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	return probe->stats_fd < 0 ? -errno : 0;
}

void probe_cost_stop(struct probe *probe)
{
	if (probe->stats_fd >= 0)
		close(probe->stats_fd);
	probe->stats_fd = -1;
}

struct probe_cost probe_cost(const struct probe *probe)
{
	struct probe_cost ret = { 0 };
	struct bpf_program *program;
	struct bpf_prog_info info;

	bpf_object__for_each_program(program, probe->skeleton->obj)
	{
		if (program_info(program, &info))
			continue;
		ret.run_time_ns += info.run_time_ns;
		/* A sample is no event: what one of these costs is told without it. */
		if (program == probe->skeleton->progs.partrace_sample)
			ret.sampling_ns += info.run_time_ns;
		else
			ret.runs += info.run_cnt;
	}
	return ret;
}
