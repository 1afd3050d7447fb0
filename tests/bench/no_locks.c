// SPDX-License-Identifier: BSD-2-Clause
/*
 * no_locks PARTRACE: what a target that waits for no lock pays because locks could be watched.
 * Wake-ups are hooked for two seconds when a session begins, then only while there are lock waits.
 */
#include <bpf/bpf.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define TARGET     "exec taskset -c 0 " PIPE_BENCH " -l 100000000 >/dev/null"
#define ROUNDS     3
#define WINDOW_MS  700
#define WATCHED_MS 3000

struct idle_cost {
	double switch_ns, wake_ns; /* for each switch */
};

static struct idle_cost idle_cost(pid_t daemon)
{
	struct cost_sample switches = cost_in(daemon, "partrace_switch"), now;
	struct cost_sample wakes = cost_in(daemon, "partrace_waking");
	double wake_ns;

	bench_sleep_ms(WINDOW_MS);
	now = cost_in(daemon, "partrace_switch");
	wake_ns = cost_in(daemon, "partrace_waking").run_time_ns - wakes.run_time_ns;
	return (struct idle_cost){ cost_between(switches, now),
				   wake_ns / (now.runs - switches.runs) };
}

/* In the first second of a session, and after three. */
static void without_locks(const char *partrace, pid_t target, struct idle_cost *first,
			  struct idle_cost *later)
{
	char command[512];
	pid_t tool, daemon = 0;

	snprintf(command, sizeof(command), "exec %s attach -q -o /dev/null -p %d", partrace,
		 target);
	tool = bench_start(command, 0);
	for (int tries = 0; tries < 200 && !cost_in(daemon, "partrace_waking").runs; tries++) {
		bench_sleep_ms(10);
		daemon = daemon ? daemon : bench_daemon_of(tool);
	}
	*first = idle_cost(daemon);
	bench_sleep_ms(WATCHED_MS - WINDOW_MS);
	*later = idle_cost(daemon);
	bench_stop(tool);
}

static int measure_all(const char *partrace)
{
	double switches[ROUNDS], wakes[ROUNDS], later_switches[ROUNDS], later_wakes[ROUNDS];
	pid_t target = bench_start(TARGET, 0);
	struct idle_cost first, later;

	for (int i = 0; i < ROUNDS; i++) {
		without_locks(partrace, target, &first, &later);
		switches[i] = first.switch_ns;
		wakes[i] = first.wake_ns;
		later_switches[i] = later.switch_ns;
		later_wakes[i] = later.wake_ns;
	}
	bench_stop(target);
	printf("\na target that waits for no lock: the probes for each switch of " PIPE_BENCH "\n");
	bench_check("first second: switches", bench_median(switches, ROUNDS), 0, "ns");
	bench_check("first second: wake-ups, for each switch", bench_median(wakes, ROUNDS), 0,
		    "ns");
	bench_check("after 3 s: switches", bench_median(later_switches, ROUNDS), 0, "ns");
	return bench_check("after 3 s: wake-ups, for each switch",
			   bench_median(later_wakes, ROUNDS), 0.01, "ns");
}

int main(int argc, char **argv)
{
	int stats, over;

	if (argc != 2) {
		fprintf(stderr, "usage: no_locks PARTRACE\n");
		return 2;
	}
	stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	over = measure_all(argv[1]);
	if (stats >= 0)
		close(stats);
	return over ? 1 : 0;
}
