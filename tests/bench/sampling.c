// SPDX-License-Identifier: BSD-2-Clause
/*
 * sampling PARTRACE REFUSED CODE: what samples of code cost. The same session with them and without
 * (where the kernel refuses perf_event_open), in alternating pairs: wall time of `perf bench sched
 * pipe -T` on one CPU, CPU time of the daemon while two programs keep the CPUs busy; and one
 * sample in the probe, as the kernel measures it (bpf_stats).
 */
#include <bpf/bpf.h>
#include <stdio.h>
#include <unistd.h>

#include "base/units.h"
#include "tests/bench/bench.h"

#define PAIRS       5
#define SETTLE_MS   600
#define MEASURED_MS 1800
/* % of a CPU: 98 stacks a second on two CPUs, at a third of a millisecond each, and some room. */
#define DAEMON_BUDGET 5
#define RESULT        "/tmp/partrace-bench-sampling"
#define PIPE          "taskset -c 0 perf bench -f simple sched pipe -T -l 300000 >" RESULT

struct load {
	double daemon_share; /* of a CPU */
	double sample_ns;    /* 0: none were taken */
};

static double wall_time(const char *refused, const char *partrace)
{
	FILE *file;
	char command[512];
	double seconds = 0;

	unlink(RESULT);
	snprintf(command, sizeof(command), "exec %s %s exec -q -o /dev/null -- " PIPE, refused,
		 partrace);
	bench_finish(bench_start(command, 0));
	file = fopen(RESULT, "r");
	if (file && fscanf(file, "%lf", &seconds) != 1)
		seconds = 0;
	if (file)
		fclose(file);
	unlink(RESULT);
	return seconds;
}

/* User and system time of a process; 0 if there is none. */
static double cpu_seconds(pid_t pid)
{
	unsigned long user = 0, system = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (file) {
		if (fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			   &user, &system) != 2)
			user = system = 0;
		fclose(file);
	}
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static struct load daemon_load(const char *refused, const char *partrace, const char *code)
{
	char command[1024];
	struct cost_sample from, to;
	double before, since;
	struct load load;
	pid_t client, daemon;

	snprintf(command, sizeof(command),
		 "exec %s %s exec -q -o /dev/null -- sh -c '%s parts & %s parts & wait' "
		 "2> /dev/null",
		 refused, partrace, code, code);
	client = bench_start(command, 0);
	bench_sleep_ms(SETTLE_MS);
	daemon = bench_daemon_of(client);
	from = cost_in(daemon, "partrace_sample");
	before = cpu_seconds(daemon);
	since = (double)monotonic_ns();
	bench_sleep_ms(MEASURED_MS);
	load.daemon_share = (cpu_seconds(daemon) - before) * 1e9 / ((double)monotonic_ns() - since);
	to = cost_in(daemon, "partrace_sample");
	load.sample_ns = cost_between(from, to);
	bench_finish(client);
	return load;
}

int main(int argc, char **argv)
{
	double ratios[PAIRS], with[PAIRS], without[PAIRS], samples[PAIRS];
	int over = 0, stats;

	if (argc != 4) {
		fprintf(stderr, "usage: sampling PARTRACE REFUSED CODE\n");
		return 2;
	}
	printf("\nsamples of code, against the same session without them\n");
	fflush(stdout);
	stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	for (int i = 0; i < PAIRS; i++) {
		double alone = wall_time(argv[2], argv[1]);
		struct load load = daemon_load("", argv[1], argv[3]);

		ratios[i] = wall_time("", argv[1]) / alone;
		with[i] = load.daemon_share * 100;
		samples[i] = load.sample_ns / 1e3;
		without[i] = daemon_load(argv[2], argv[1], argv[3]).daemon_share * 100;
	}
	over += bench_check("wall time of " PIPE_BENCH, bench_median(ratios, PAIRS), 1.03, "x");
	over += bench_check("one sample, in the probe", bench_median(samples, PAIRS), 20, "us");
	over += bench_check("the daemon, all CPUs busy, with samples", bench_median(with, PAIRS),
			    DAEMON_BUDGET, "% of a CPU");
	over += bench_check("the same without", bench_median(without, PAIRS), 0, "% of a CPU");
	if (stats >= 0)
		close(stats);
	return over ? 1 : 0;
}
