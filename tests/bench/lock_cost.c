// SPDX-License-Identifier: BSD-2-Clause
/*
 * lock_cost PARTRACE STORM: what it costs to watch a program whose 8 threads wait for one mutex all
 * the time, with stacks, beside other tools that watch locks; and the probes' cost of each wait.
 *
 * Each watched run is compared with the mean of the unwatched ones before and after it, by the
 * target's own clock. Medians. Free runs take one to two seconds: the stacks of the first half
 * second are most of all that are taken.
 */
#include <bpf/bpf.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define RESULT    "/tmp/partrace-bench-storm"
#define REPORT    "/tmp/partrace-bench-report"
#define THREADS   8
#define PAIRS_MAX 16
#define BUDGET    1.08
#define QUARTER   0.25
#define ATTACH_MS 700
#define ROUNDS    3

struct watcher {
	const char *name;
	const char *attach; /* the command, for PID %2$d; %1$s is partrace */
	const char *storm;  /* %1$s with %2$u rounds of each of its threads, %3$u */
	double budget;      /* 0: shown for comparison */
	unsigned int pairs;
	unsigned int rounds; /* fewer for tools that make it many times slower */
};

#define STORM(shape) "exec %1$s %3$u %2$u " shape " >" RESULT
#define CONVOY       "exec taskset -c 0 %1$s %3$u %2$u convoy >" RESULT
#define ATTACH       "exec %1$s attach -q --json -o " REPORT " -p %2$d"
#define OFFCPUTIME   "exec offcputime -p %2$d >/dev/null 2>&1"
#define STRACE       "exec strace -f -c -e trace=futex -p %2$d >/dev/null 2>&1"
/* perf needs a tracefs; in a mount namespace of its own it leaves none behind. */
#define PERF                                                                                       \
	"exec unshare -m --propagation unchanged sh -c 'mount --make-rprivate /sys; "              \
	"mount -t tracefs none /sys/kernel/tracing; exec perf trace -s -p %2$d' >/dev/null 2>&1"

/* Each of ours is followed by the best of the others that has stacks; the last two see none. */
enum {
	OURS_BRIEF,
	THEIRS_BRIEF,
	OURS_PACKED,
	THEIRS_PACKED,
	OURS_PLAIN,
	THEIRS_PLAIN,
	OURS_CONVOY,
	THEIRS_CONVOY,
	PERF_TRACE,
	STRACE_COUNTS,
	WATCHERS
};

static const struct watcher watchers[] = {
	[OURS_BRIEF] = { "partrace attach, brief", ATTACH, STORM("brief"), BUDGET, 9, 300000 },
	[THEIRS_BRIEF] = { "offcputime -p, brief", OFFCPUTIME, STORM("brief"), 0, 5, 300000 },
	[OURS_PACKED] = { "partrace attach, packed", ATTACH, STORM("packed"), BUDGET, 9, 130000 },
	[THEIRS_PACKED] = { "offcputime -p, packed", OFFCPUTIME, STORM("packed"), 0, 5, 130000 },
	[OURS_PLAIN] = { "partrace attach, plain", ATTACH, STORM("plain"), BUDGET, 9, 90000 },
	[THEIRS_PLAIN] = { "offcputime -p, plain", OFFCPUTIME, STORM("plain"), 0, 5, 90000 },
	[OURS_CONVOY] = { "partrace attach, convoy", ATTACH, CONVOY, BUDGET, 9, 6000 },
	[THEIRS_CONVOY] = { "offcputime -p, convoy", OFFCPUTIME, CONVOY, 0, 3, 6000 },
	[PERF_TRACE] = { "perf trace -s -p, convoy", PERF, CONVOY, 0, 3, 600 },
	[STRACE_COUNTS] = { "strace -f -c -e futex, convoy", STRACE, CONVOY, 0, 3, 600 },
};

static const char *partrace, *storm_program;

/* ---- one run ---- */

struct storm {
	double seconds;
	double waits;
};

static struct storm result_read(void)
{
	struct storm storm = { 0, 0 };
	FILE *file = fopen(RESULT, "r");

	if (file && fscanf(file, "%lf %lf", &storm.seconds, &storm.waits) != 2)
		storm.seconds = 0;
	if (file)
		fclose(file);
	if (storm.seconds > 0)
		return storm;
	fprintf(stderr, "lock_cost: nothing was measured\n");
	exit(1);
}

static pid_t storm_start(const struct watcher *watcher)
{
	char command[512];
	pid_t pid;

	snprintf(command, sizeof(command), watcher->storm, storm_program, watcher->rounds, THREADS);
	pid = bench_start(command, 0);
	bench_sleep_ms(50);
	return pid;
}

static pid_t attach(const char *how, pid_t target)
{
	char command[512];
	pid_t tool;

	snprintf(command, sizeof(command), how, partrace, target);
	tool = bench_start(command, 0);
	bench_sleep_ms(ATTACH_MS);
	return tool;
}

/* The signal is blocked in all that is started here, so it cannot come too early. */
static struct storm run(const struct watcher *watcher, bool watched)
{
	pid_t target = storm_start(watcher), tool = 0;

	if (watched)
		tool = attach(watcher->attach, target);
	kill(target, SIGUSR1);
	bench_finish(target);
	if (tool)
		bench_stop(tool);
	return result_read();
}

/* ---- wall time ---- */

struct ratios {
	double wall[PAIRS_MAX];
	double extra_ns[PAIRS_MAX]; /* for each wait */
};

static void measure(const struct watcher *watcher, struct ratios *ratios)
{
	struct storm before = run(watcher, false);

	for (unsigned int i = 0; i < watcher->pairs; i++) {
		struct storm watched = run(watcher, true), after = run(watcher, false);
		double alone = (before.seconds + after.seconds) / 2;

		ratios->wall[i] = watched.seconds / alone;
		ratios->extra_ns[i] = (watched.seconds - alone) / watched.waits * 1e9;
		before = after;
	}
}

static double print(const struct watcher *watcher, struct ratios *ratios, int *over)
{
	double median = bench_median(ratios->wall, watcher->pairs);
	bool is_over = watcher->budget > 0 && median > watcher->budget;

	printf("%-34s %6.3f x  (%.3f - %.3f over %u pairs)  %+6.0f ns a wait", watcher->name,
	       median, ratios->wall[0], ratios->wall[watcher->pairs - 1], watcher->pairs,
	       bench_median(ratios->extra_ns, watcher->pairs));
	if (watcher->budget > 0)
		printf("   at most %.2f x  %s", watcher->budget, is_over ? "OVER" : "ok");
	printf("\n");
	*over += is_over;
	return median;
}

/* Nothing can be said against what seems to cost nothing. */
static int against(const char *shape, double ours, double theirs)
{
	char what[64];

	snprintf(what, sizeof(what), "extra cost, against offcputime's, %s", shape);
	return bench_check(what, theirs > 1 ? (ours - 1) / (theirs - 1) : NAN, QUARTER, "x");
}

static int wall_time(void)
{
	double medians[WATCHERS];
	struct ratios ratios;
	int over = 0;

	printf("\nwall time of a lock storm, watched against unwatched: %d threads, one mutex, "
	       "short sections\n"
	       "(brief: 0.3 us with it, as long without; packed: 1 to 2 us with it, none without; "
	       "plain: 1 to 2 us\nwith it, as long without at random; convoy: each taking waits, "
	       "all "
	       "on one CPU)\n",
	       THREADS);
	for (int i = 0; i < WATCHERS; i++) {
		measure(&watchers[i], &ratios);
		medians[i] = print(&watchers[i], &ratios, &over);
	}
	over += against("brief", medians[OURS_BRIEF], medians[THEIRS_BRIEF]);
	over += against("packed", medians[OURS_PACKED], medians[THEIRS_PACKED]);
	over += against("plain", medians[OURS_PLAIN], medians[THEIRS_PLAIN]);
	over += against("convoy", medians[OURS_CONVOY], medians[THEIRS_CONVOY]);
	return over;
}

/* ---- the probes, for each wait ---- */

/* Of the lock that was waited for most often, in the report of the last run. */
static double reported_waits(void)
{
	json_t *report = json_load_file(REPORT, 0, NULL), *row;
	double most = 0;
	size_t i;

	json_array_foreach (json_object_get(report, "locks"), i, row)
		most = fmax(most, json_number_value(json_object_get(row, "waits")));
	json_decref(report);
	unlink(REPORT);
	return most;
}

struct wait_cost {
	double all_ns, switches, switch_ns, wakes, wake_ns;
	double waits_off; /* waits told, against the storm's own count */
};

/* What the programs cost is asked while the tool is still there, for they go with it. */
static struct wait_cost cost_per_wait(const struct watcher *watcher, bool ours)
{
	pid_t target = storm_start(watcher);
	pid_t tool = attach(watcher->attach, target), owner = ours ? bench_daemon_of(tool) : tool;
	struct cost_sample all = cost_in(owner, NULL), switches, switches_to, wakes, wakes_to;
	double all_ns, waits;

	switches = cost_in(owner, "partrace_switch");
	wakes = cost_in(owner, "partrace_waking");
	kill(target, SIGUSR1);
	bench_finish(target);
	all_ns = cost_in(owner, NULL).run_time_ns - all.run_time_ns;
	switches_to = cost_in(owner, "partrace_switch");
	wakes_to = cost_in(owner, "partrace_waking");
	bench_stop(tool);
	waits = ours ? reported_waits() : result_read().waits;
	return (struct wait_cost){ .all_ns = all_ns / waits,
				   .switches = (switches_to.runs - switches.runs) / waits,
				   .switch_ns = cost_between(switches, switches_to),
				   .wakes = (wakes_to.runs - wakes.runs) / waits,
				   .wake_ns = cost_between(wakes, wakes_to),
				   .waits_off = fabs(waits / result_read().waits - 1) };
}

static void wait_costs(const struct watcher *watcher, bool ours)
{
	double all[ROUNDS];
	struct wait_cost cost;

	for (int i = 0; i < ROUNDS; i++) {
		cost = cost_per_wait(watcher, ours);
		all[i] = cost.all_ns;
	}
	bench_check(watcher->name, bench_median(all, ROUNDS), 0, "ns, all its probes");
	if (ours)
		printf("  the last time: %.2f switches of %.0f ns, %.2f wake-ups of %.0f ns; waits "
		       "told, off the storm's own count by %.2f %%\n",
		       cost.switches, cost.switch_ns, cost.wakes, cost.wake_ns,
		       cost.waits_off * 100);
}

int main(int argc, char **argv)
{
	int stats, over;
	sigset_t go;

	if (argc != 3) {
		fprintf(stderr, "usage: lock_cost PARTRACE STORM\n");
		return 2;
	}
	partrace = argv[1];
	storm_program = argv[2];
	sigemptyset(&go);
	sigaddset(&go, SIGUSR1);
	sigprocmask(SIG_BLOCK, &go, NULL);
	over = wall_time();
	stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	printf("\nmean cost of a wait in that convoy\n");
	wait_costs(&watchers[OURS_CONVOY], true);
	wait_costs(&watchers[THEIRS_CONVOY], false);
	if (stats >= 0)
		close(stats);
	unlink(RESULT);
	unlink(REPORT);
	return over ? 1 : 0;
}
