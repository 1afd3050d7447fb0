// SPDX-License-Identifier: BSD-2-Clause
/* The clocks behind samples of code: one on each CPU, only while somebody wants them. */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/units.h"
#include "daemon/probe/probe_parts.h"

/* 49 Hz: no multiple or divisor of any tick (100, 250, 300, 1000 Hz), so that they do not beat. */
#define PERIOD_NS (NSEC_PER_SEC / 49)

/* With more CPUs than that each is asked less often: each sample costs the daemon an unwinding. */
#define CPUS_AT_FULL_RATE 20

static uint64_t period_for(uint32_t cpus)
{
	return PERIOD_NS * ((cpus + CPUS_AT_FULL_RATE - 1) / CPUS_AT_FULL_RATE);
}

static int open_clock(uint32_t cpu, uint64_t period_ns)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = period_ns,
		.exclude_idle = 1,
		.disabled = 1,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, (int)cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int start_on(struct probe *probe, uint32_t cpu, uint64_t period_ns)
{
	int fd = open_clock(cpu, period_ns);

	if (fd < 0)
		return fd;
	/* Owns the descriptor, and starts the clock. */
	probe->samplers[cpu] =
		bpf_program__attach_perf_event(probe->skeleton->progs.partrace_sample, fd);
	if (probe->samplers[cpu])
		return 0;
	close(fd);
	return -errno;
}

int probe_sample_start(struct probe *probe)
{
	uint64_t period_ns = period_for(probe->cpu_count);
	int r = -ENODEV;

	if (probe->sample_period_ns)
		return 0;
	if (bpf_program__fd(probe->skeleton->progs.partrace_sample) < 0)
		return -EOPNOTSUPP;
	probe->samplers = calloc(probe->cpu_count, sizeof(*probe->samplers));
	if (!probe->samplers)
		return -ENOMEM;
	for (uint32_t cpu = 0; cpu < probe->cpu_count; cpu++) {
		r = start_on(probe, cpu, period_ns);
		/* It is possible, but not there. */
		if (r == -ENODEV || r == -ENXIO)
			r = 0;
		if (r < 0)
			break;
	}
	probe->sample_period_ns = period_ns;
	if (r < 0)
		probe_sample_stop(probe);
	return r;
}

void probe_sample_stop(struct probe *probe)
{
	for (uint32_t cpu = 0; probe->samplers && cpu < probe->cpu_count; cpu++)
		bpf_link__destroy(probe->samplers[cpu]);
	free(probe->samplers);
	probe->samplers = NULL;
	probe->sample_period_ns = 0;
}

uint64_t probe_sample_period_ns(const struct probe *probe)
{
	return probe->sample_period_ns;
}
