// SPDX-License-Identifier: BSD-2-Clause
/*
 * resting PARTRACE SLEEPER: memory and CPU time of the daemon while it watches 1,000 threads that
 * sleep.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define WATCHED_S     10
#define RSS_MAX_MB    20.0
#define SHARE_MAX_PCT 0.5

/* The kernel's own account in nanoseconds: /proc/PID/schedstat. */
static double cpu_time_ns(pid_t pid)
{
	char path[64];
	double ran = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	file = fopen(path, "r");
	if (file && fscanf(file, "%lf", &ran) != 1)
		ran = 0;
	if (file)
		fclose(file);
	return ran;
}

int main(int argc, char **argv)
{
	char command[512];
	pid_t client, daemon;
	double from_ns, share_pct, rss_mb;
	int over;

	if (argc != 3) {
		fprintf(stderr, "usage: resting PARTRACE SLEEPER\n");
		return 2;
	}
	snprintf(command, sizeof(command), "exec %s exec -q -o /dev/null -- %s 1000 %d", argv[1],
		 argv[2], WATCHED_S + 3);
	client = bench_start(command, 0);
	bench_sleep_ms(2000);
	daemon = bench_daemon_of(client);
	from_ns = cpu_time_ns(daemon);
	bench_sleep_ms(WATCHED_S * 1000);
	share_pct = (cpu_time_ns(daemon) - from_ns) / WATCHED_S / 1e7;
	rss_mb = bench_resident_mb(daemon);
	bench_finish(client);
	if (!daemon || rss_mb <= 0) {
		fprintf(stderr, "resting: there is no daemon to look at\n");
		return 1;
	}
	over = rss_mb > RSS_MAX_MB || share_pct > SHARE_MAX_PCT;
	printf("\ndaemon at rest, one session of 1,000 threads\n%-30s %6.1f MB of %.0f   %.2f %% "
	       "of "
	       "a CPU, of %.1f %%   %s\n",
	       "resident, CPU", rss_mb, RSS_MAX_MB, share_pct, SHARE_MAX_PCT, over ? "OVER" : "ok");
	return over;
}
