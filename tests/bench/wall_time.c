// SPDX-License-Identifier: BSD-2-Clause
/*
 * wall_time PARTRACE: how much longer `perf bench sched pipe -T` takes on one CPU, by its own
 * clock, when it is watched. Median of alternating pairs; each watched run is compared with the
 * unwatched one just before it, for the machine drifts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define PAIRS  11
#define RESULT "/tmp/partrace-bench-result"
/* `exec`, so that the benchmark has the PID that was held. */
#define BENCH "taskset -c 0 perf bench -f simple sched pipe -T -l 300000 >" RESULT

struct watcher {
	const char *name;
	/* Of a tool that is given the PID (%d) of the benchmark; or the whole command (%s). */
	const char *attach;
	const char *wrap;
	double budget; /* 0: shown for comparison */
};

static double result_read(void)
{
	FILE *file = fopen(RESULT, "r");
	double seconds = 0;

	if (file && fscanf(file, "%lf", &seconds) != 1)
		seconds = 0;
	if (file)
		fclose(file);
	return seconds;
}

static double run_attached(const struct watcher *watcher)
{
	pid_t bench = bench_start("exec " BENCH, 1), tool = 0;
	char attach[512];

	if (watcher) {
		snprintf(attach, sizeof(attach), watcher->attach, bench);
		tool = bench_start(attach, 0);
		bench_sleep_ms(1000);
	}
	bench_resume(bench);
	bench_finish(bench);
	if (tool)
		bench_stop(tool);
	return result_read();
}

static double run_wrapped(const struct watcher *watcher, const char *partrace)
{
	char command[512];

	snprintf(command, sizeof(command), watcher->wrap, partrace);
	bench_finish(bench_start(command, 0));
	return result_read();
}

static const struct watcher watchers[] = {
	{ "partrace exec", NULL, "exec %s exec -q -o /dev/null -- " BENCH, 1.08 },
	{ "runqlat -p", "exec runqlat -p %d >/dev/null 2>&1", NULL, 0 },
	{ "offcputime -p", "exec offcputime -p %d >/dev/null 2>&1", NULL, 0 },
	/* perf needs a tracefs; in a mount namespace of its own it leaves none behind. */
	{ "perf sched record", NULL,
	  "exec unshare -m --propagation unchanged sh -c 'mount --make-rprivate /sys; mount -t "
	  "tracefs none /sys/kernel/tracing; exec perf sched "
	  "record "
	  "-q -o /tmp/partrace-bench-data -- " BENCH "' %.0s2>/dev/null",
	  0 },
};

#define WATCHERS (sizeof(watchers) / sizeof(watchers[0]))

static int print(const struct watcher *watcher, double *ratios)
{
	double median = bench_median(ratios, PAIRS);
	int over = watcher->budget > 0 && median > watcher->budget;

	printf("%-30s %6.3f x  (%.3f - %.3f over %d pairs)", watcher->name, median, ratios[0],
	       ratios[PAIRS - 1], PAIRS);
	if (watcher->budget > 0)
		printf("   at most %.2f x  %s", watcher->budget, over ? "OVER" : "ok");
	printf("\n");
	return over;
}

int main(int argc, char **argv)
{
	double ratios[WATCHERS][PAIRS];
	int over = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: wall_time PARTRACE\n");
		return 2;
	}
	printf("\nwall time of " PIPE_BENCH " on one CPU, watched against unwatched\n");
	for (int pair = 0; pair < PAIRS; pair++)
		for (size_t i = 0; i < WATCHERS; i++) {
			double alone = run_attached(NULL);
			double watched = watchers[i].wrap ? run_wrapped(&watchers[i], argv[1])
							  : run_attached(&watchers[i]);

			if (alone <= 0 || watched <= 0) {
				fprintf(stderr, "wall_time: nothing was measured for %s\n",
					watchers[i].name);
				return 1;
			}
			ratios[i][pair] = watched / alone;
		}
	for (size_t i = 0; i < WATCHERS; i++)
		over += print(&watchers[i], ratios[i]);
	unlink(RESULT);
	unlink("/tmp/partrace-bench-data");
	return over ? 1 : 0;
}
