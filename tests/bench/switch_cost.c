// SPDX-License-Identifier: BSD-2-Clause
/*
 * switch_cost FLOOR.bpf.o PARTRACE: mean cost of the switch probe against an empty program, both
 * attached at the same time, measured by the kernel (bpf_stats) under `perf bench sched pipe -T`.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct sample {
	double run_time_ns;
	double runs;
};

/* The loaded program of this name; 0 if there is none. */
static struct sample sample_of(const char *name)
{
	struct sample sample = { 0, 0 };
	__u32 id = 0;

	while (!bpf_prog_get_next_id(id, &id)) {
		struct bpf_prog_info info = { 0 };
		__u32 size = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id);

		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &info, &size) && !strcmp(info.name, name))
			sample = (struct sample){ (double)info.run_time_ns, (double)info.run_cnt };
		close(fd);
	}
	return sample;
}

static double cost_between(struct sample from, struct sample to)
{
	return to.runs > from.runs ? (to.run_time_ns - from.run_time_ns) / (to.runs - from.runs)
				   : 0;
}

/* Two seconds in the middle of the run. */
static int measure(const char *label, const char *command, double budget)
{
	struct sample floor_from, probe_from;
	double floor_ns, probe_ns;
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	sleep(2);
	floor_from = sample_of("bench_floor");
	probe_from = sample_of("partrace_switch");
	sleep(2);
	floor_ns = cost_between(floor_from, sample_of("bench_floor"));
	probe_ns = cost_between(probe_from, sample_of("partrace_switch"));
	kill(-pid, SIGTERM);
	waitpid(pid, NULL, 0);
	if (floor_ns <= 0 || probe_ns <= 0) {
		fprintf(stderr, "switch_cost: nothing was measured for %s\n", label);
		return 1;
	}
	printf("%-34s %7.1f ns %9.1f ns %7.2f x   at most %.1f x  %s\n", label, floor_ns, probe_ns,
	       probe_ns / floor_ns, budget, probe_ns / floor_ns <= budget ? "ok" : "OVER");
	return 0;
}

#define PIPE "perf bench sched pipe -T -l 100000000 >/dev/null"

static int measure_all(const char *partrace)
{
	char target_pinned[512], target_free[512], other_pinned[512], other_free[512];
	int failed = 0;

	snprintf(target_pinned, sizeof(target_pinned),
		 "exec %s exec -q -o /dev/null -- taskset -c 0 " PIPE, partrace);
	snprintf(target_free, sizeof(target_free), "exec %s exec -q -o /dev/null -- " PIPE,
		 partrace);
	snprintf(other_pinned, sizeof(other_pinned),
		 "%s exec -q -o /dev/null -- sleep 6 & exec taskset -c 0 " PIPE, partrace);
	snprintf(other_free, sizeof(other_free), "%s exec -q -o /dev/null -- sleep 6 & exec " PIPE,
		 partrace);
	printf("%-34s %10s %12s\n", "perf bench sched pipe -T", "empty", "partrace");
	failed += measure("target, one CPU", target_pinned, 3.0);
	failed += measure("target, free", target_free, 6.0);
	failed += measure("not a target, one CPU", other_pinned, 1.6);
	failed += measure("not a target, free", other_free, 2.0);
	return failed;
}

int main(int argc, char **argv)
{
	struct bpf_object *object = argc == 3 ? bpf_object__open(argv[1]) : NULL;
	struct bpf_link *link = NULL;
	int stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME), failed = 1;

	if (object && stats_fd >= 0 && !bpf_object__load(object))
		link = bpf_program__attach(bpf_object__next_program(object, NULL));
	if (link)
		failed = measure_all(argv[2]);
	else
		fprintf(stderr, "switch_cost: cannot load %s: run as root\n",
			argc > 1 ? argv[1] : "?");
	bpf_link__destroy(link);
	bpf_object__close(object);
	if (stats_fd >= 0)
		close(stats_fd);
	return failed ? 1 : 0;
}
