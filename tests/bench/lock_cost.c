// SPDX-License-Identifier: BSD-2-Clause
/*
 * lock_cost PARTRACE STORM FLOOR: what it costs to watch a program whose 8 threads wait for one
 * mutex all the time, with stacks, beside other tools that watch locks; and the probes' cost of
 * each wait.
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
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/storm.h"

#define REPORT    "/tmp/partrace-bench-report"
#define PAIRS_MAX 16
#define BUDGET    1.08
#define QUARTER   0.25
#define ROUNDS    3

#define FREE(shape) "exec %1$s %3$u %2$u " shape " >" STORM_RESULT
#define CONVOY      "exec taskset -c 0 %1$s %3$u %2$u convoy >" STORM_RESULT
#define ATTACH      "exec %1$s attach -q --json -o " REPORT " -p %2$d"
#define OFFCPUTIME  "exec offcputime -p %2$d >/dev/null 2>&1"
#define RUNQLAT     "exec runqlat -p %2$d >/dev/null 2>&1"
#define STRACE      "exec strace -f -c -e trace=futex -p %2$d >/dev/null 2>&1"
/* perf needs a tracefs; in a mount namespace of its own it leaves none behind. */
#define PERF                                                                                       \
	"exec unshare -m --propagation unchanged sh -c 'mount --make-rprivate /sys; "              \
	"mount -t tracefs none /sys/kernel/tracing; exec perf trace -s -p %2$d' >/dev/null 2>&1"

/*
 * Ours; the least that any probes there cost; what only the run queue's share of it costs another
 * tool, which knows of no locks and no stacks; and the best of the others that has stacks.
 */
enum { OURS, FLOOR, RUN_QUEUE, THEIRS, TOOLS };

#define WATCHED_BY_ALL(shape, storm, rounds)                                                       \
	{                                                                                          \
		{ "partrace attach, " shape, ATTACH, storm, BUDGET, 9, rounds },                   \
			{ "two empty programs, " shape, NULL, storm, 0, 5, rounds },               \
			{ "runqlat -p, " shape, RUNQLAT, storm, 0, 5, rounds },                    \
			{ "offcputime -p, " shape, OFFCPUTIME, storm, 0, 5, rounds },              \
	}

static const char *const shapes[] = { "brief", "packed", "plain", "convoy" };

#define SHAPES_COUNT (sizeof(shapes) / sizeof(shapes[0]))

static const struct watcher watchers[SHAPES_COUNT][TOOLS] = {
	WATCHED_BY_ALL("brief", FREE("brief"), 300000),
	WATCHED_BY_ALL("packed", FREE("packed"), 130000),
	WATCHED_BY_ALL("plain", FREE("plain"), 90000),
	WATCHED_BY_ALL("convoy", CONVOY, 6000),
};

/* Those that see no stacks; slow. */
static const struct watcher others[] = {
	{ "perf trace -s -p, convoy", PERF, CONVOY, 0, 3, 600 },
	{ "strace -f -c -e futex, convoy", STRACE, CONVOY, 0, 3, 600 },
};

static struct storm_programs programs;

/* ---- wall time ---- */

struct ratios {
	double wall[PAIRS_MAX];
	double extra_ns[PAIRS_MAX]; /* for each wait */
};

static void measure(const struct watcher *watcher, struct ratios *ratios)
{
	struct storm before = storm_run(&programs, watcher, false);

	for (unsigned int i = 0; i < watcher->pairs; i++) {
		struct storm watched = storm_run(&programs, watcher, true),
			     after = storm_run(&programs, watcher, false);
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
static int against(const char *cost, const char *shape, double ours, double theirs)
{
	char what[64];

	snprintf(what, sizeof(what), "%s, against offcputime's, %s", cost, shape);
	return bench_check(what, theirs > 0 ? ours / theirs : NAN, QUARTER, "x");
}

static void explain(void)
{
	printf("\nwall time of a lock storm, watched against unwatched: %d threads, one mutex, "
	       "short sections\n"
	       "(brief: 0.3 us with it, as long without; packed: 1 to 2 us with it, none without; "
	       "plain: 1 to 2 us\nwith it, as long without at random; convoy: each taking waits, "
	       "all on one CPU)\n",
	       STORM_THREADS);
}

static int wall_time(void)
{
	double medians[SHAPES_COUNT][TOOLS];
	struct ratios ratios;
	int over = 0;

	explain();
	for (size_t i = 0; i < SHAPES_COUNT; i++)
		for (int tool = 0; tool < TOOLS; tool++) {
			measure(&watchers[i][tool], &ratios);
			medians[i][tool] = print(&watchers[i][tool], &ratios, &over);
		}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		measure(&others[i], &ratios);
		print(&others[i], &ratios, &over);
	}
	for (size_t i = 0; i < SHAPES_COUNT; i++)
		over += against("wall time", shapes[i], medians[i][OURS] - 1,
				medians[i][THEIRS] - 1);
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
	pid_t target = storm_start(&programs, watcher);
	pid_t tool = storm_attach(&programs, watcher, target),
	      owner = ours ? bench_daemon_of(tool) : tool;
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
	waits = ours ? reported_waits() : storm_result().waits;
	return (struct wait_cost){ .all_ns = all_ns / waits,
				   .switches = (switches_to.runs - switches.runs) / waits,
				   .switch_ns = cost_between(switches, switches_to),
				   .wakes = (wakes_to.runs - wakes.runs) / waits,
				   .wake_ns = cost_between(wakes, wakes_to),
				   .waits_off = fabs(waits / storm_result().waits - 1) };
}

/* Returns the median, in nanoseconds. */
static double wait_costs(const struct watcher *watcher, bool ours)
{
	double all[ROUNDS], median;
	struct wait_cost cost;

	for (int i = 0; i < ROUNDS; i++) {
		cost = cost_per_wait(watcher, ours);
		all[i] = cost.all_ns;
	}
	median = bench_median(all, ROUNDS);
	bench_check(watcher->name, median, 0, "ns, all its probes");
	if (ours)
		printf("  the last time: %.2f switches of %.0f ns, %.2f wake-ups of %.0f ns; waits "
		       "told, off the storm's own count by %.2f %%\n",
		       cost.switches, cost.switch_ns, cost.wakes, cost.wake_ns,
		       cost.waits_off * 100);
	return median;
}

/* Asked of the kernel, this depends less on what else the machine does than wall time. */
static int probes_time(void)
{
	int stats = bpf_enable_stats(BPF_STATS_RUN_TIME), over = 0;

	printf("\nmean cost of a wait, by the probes' own time\n");
	for (size_t i = 0; i < SHAPES_COUNT; i++) {
		double ours = wait_costs(&watchers[i][OURS], true);
		double theirs = wait_costs(&watchers[i][THEIRS], false);

		wait_costs(&watchers[i][RUN_QUEUE], false);
		over += against("a wait", shapes[i], ours, theirs);
	}
	if (stats >= 0)
		close(stats);
	return over;
}

int main(int argc, char **argv)
{
	int over;
	sigset_t go;

	if (argc != 4) {
		fprintf(stderr, "usage: lock_cost PARTRACE STORM FLOOR\n");
		return 2;
	}
	programs = (struct storm_programs){ argv[1], argv[2], argv[3] };
	sigemptyset(&go);
	sigaddset(&go, SIGUSR1);
	sigprocmask(SIG_BLOCK, &go, NULL);
	over = wall_time();
	over += probes_time();
	unlink(STORM_RESULT);
	unlink(REPORT);
	return over ? 1 : 0;
}
