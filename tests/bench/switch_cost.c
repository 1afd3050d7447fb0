// SPDX-License-Identifier: BSD-2-Clause
/*
 * switch_cost FLOOR.bpf.o PARTRACE: mean cost of a switch in the probes, as the kernel measures it
 * (bpf_stats), under `perf bench sched pipe -T`: partrace's beside an empty program that is
 * attached at the same time, then `runqlat -p` in its place.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define ENDLESS     PIPE_BENCH " -l 100000000 >/dev/null"
#define WARM_UP_MS  2000
#define MEASURED_MS 2000

struct costs {
	double floor_ns;
	double probe_ns; /* of all its programs, for each switch */
};

/* Programs that are attached together: the first runs at every switch. */
static const char *const partrace_programs[] = { "partrace_switch", NULL };
static const char *const runqlat_programs[] = { "sched_switch", "sched_wakeup", NULL };

static struct costs measure(const char *const *programs)
{
	struct cost_sample floor_from = cost_of("bench_floor"), floor_to, from[4] = { 0 }, to[4];
	struct costs costs = { 0 };

	for (int i = 0; programs[i]; i++)
		from[i] = cost_of(programs[i]);
	bench_sleep_ms(MEASURED_MS);
	floor_to = cost_of("bench_floor");
	costs.floor_ns = cost_between(floor_from, floor_to);
	for (int i = 0; programs[i]; i++) {
		to[i] = cost_of(programs[i]);
		if (to[0].runs > from[0].runs)
			costs.probe_ns += (to[i].run_time_ns - from[i].run_time_ns) /
					  (to[0].runs - from[0].runs);
	}
	return costs;
}

static struct costs measure_command(const char *command)
{
	pid_t pid = bench_start(command, 0);
	struct costs costs;

	bench_sleep_ms(WARM_UP_MS);
	costs = measure(partrace_programs);
	bench_stop(pid);
	return costs;
}

static struct costs measure_runqlat(const char *command)
{
	char attach[128];
	pid_t target = bench_start(command, 0), tool;
	struct costs costs;

	snprintf(attach, sizeof(attach), "exec runqlat -p %d >/dev/null", target);
	tool = bench_start(attach, 0);
	bench_sleep_ms(WARM_UP_MS);
	costs = measure(runqlat_programs);
	bench_stop(tool);
	bench_stop(target);
	return costs;
}

static int row(const char *label, double ours, double theirs, const char *unit, double budget)
{
	int over = !(ours > 0 && theirs > 0 && ours / theirs <= budget);

	printf("%-30s %8.1f ns %8.1f ns (%s) %6.2f x   at most %.2f x  %s\n", label, ours, theirs,
	       unit, theirs > 0 ? ours / theirs : 0, budget, over ? "OVER" : "ok");
	return over;
}

static int against_floor(const char *label, struct costs costs, double budget)
{
	return row(label, costs.probe_ns, costs.floor_ns, "empty", budget);
}

static int measure_all(const char *partrace)
{
	char pinned[512], free_running[512], other_pinned[512], other_free[512];
	struct costs one_cpu, all_cpus;
	int over = 0;

	snprintf(pinned, sizeof(pinned), "exec %s exec -q -o /dev/null -- taskset -c 0 " ENDLESS,
		 partrace);
	snprintf(free_running, sizeof(free_running), "exec %s exec -q -o /dev/null -- " ENDLESS,
		 partrace);
	snprintf(other_pinned, sizeof(other_pinned),
		 "%s exec -q -o /dev/null -- sleep 8 & exec taskset -c 0 " ENDLESS, partrace);
	snprintf(other_free, sizeof(other_free),
		 "%s exec -q -o /dev/null -- sleep 8 & exec " ENDLESS, partrace);
	one_cpu = measure_command(pinned);
	all_cpus = measure_command(free_running);
	over += against_floor("target, one CPU", one_cpu, 3.0);
	over += against_floor("target, free", all_cpus, 6.0);
	over += against_floor("not a target, one CPU", measure_command(other_pinned), 1.6);
	over += against_floor("not a target, free", measure_command(other_free), 2.0);
	over += row("against runqlat -p, one CPU", one_cpu.probe_ns,
		    measure_runqlat("exec taskset -c 0 " ENDLESS).probe_ns, "runqlat", 1.0 / 3);
	over += row("against runqlat -p, free", all_cpus.probe_ns,
		    measure_runqlat("exec " ENDLESS).probe_ns, "runqlat", 0.5);
	return over;
}

int main(int argc, char **argv)
{
	struct bpf_object *object = argc == 3 ? bpf_object__open(argv[1]) : NULL;
	struct bpf_link *link = NULL;
	int stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME), over = 1;

	if (!cost_is_unique("partrace_switch")) {
		fprintf(stderr, "switch_cost: another partraced is at work; end it first\n");
		bpf_object__close(object);
		return 1;
	}
	if (object && stats_fd >= 0 && !bpf_object__load(object))
		link = bpf_program__attach(bpf_object__find_program_by_name(object, "bench_floor"));
	if (link) {
		printf("mean cost of a switch under " PIPE_BENCH "\n");
		over = measure_all(argv[2]);
	} else {
		fprintf(stderr, "switch_cost: cannot load %s: run as root\n",
			argc > 1 ? argv[1] : "?");
	}
	bpf_link__destroy(link);
	bpf_object__close(object);
	if (stats_fd >= 0)
		close(stats_fd);
	return over ? 1 : 0;
}
