// SPDX-License-Identifier: BSD-2-Clause
/* Why a thread that wants to run does not: whom it waits for, and which quota. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/command.h"

TestSuite(run_queue, .timeout = 60);

static double time_behind(const json_t *report, const char *kind)
{
	const json_t *rows = json_at(report, "run_queue.culprits"), *row;
	double sum_ns = 0;
	size_t i;

	json_array_foreach (rows, i, row)
		if (!strcmp(json_string_value(json_at(row, "kind")), kind))
			sum_ns += number_at(row, "ahead_ns");
	return sum_ns;
}

static const json_t *culprit_named(const json_t *report, const char *name)
{
	const json_t *rows = json_at(report, "run_queue.culprits"), *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (!strcmp(json_string_value(json_at(row, "name")), name))
			return row;
	return NULL;
}

/* What other programs took of this CPU, 0 to 1. */
static double share_of_others_on(const json_t *report, size_t cpu)
{
	return number_at(json_array_get(json_at(report, "cpus"), cpu), "other_ns") /
	       number_at(report, "window.duration_ns");
}

/*
 * Two share a CPU: one is the target, and the other is what it waits for. It runs for as long as
 * the target does; what else the CPU did, the target waited for as well.
 */
Test(run_queue, names_the_neighbour_that_had_the_cpu)
{
	json_t *report = report_by("taskset -c 1 $PROGRAMS/blocked spinning & a=$!; "
				   "cp $PROGRAMS/blocked /tmp/pt-neighbour; "
				   "taskset -c 1 /tmp/pt-neighbour spinning & b=$!; "
				   "until grep -q neighbour /proc/$b/comm; do sleep 0.05; done; "
				   "$P attach -q --json -d 2s $a; kill -KILL $a $b; "
				   "rm /tmp/pt-neighbour");
	const json_t *first = json_array_get(json_at(report, "run_queue.culprits"), 0);
	const json_t *neighbour = culprit_named(report, "pt-neighbour");
	double ready_ns = number_at(report, "totals.ready_ns"), its_ns;

	its_ns = ready_ns * fmin(1, number_at(report, "totals.running_ns") /
					    (share_of_others_on(report, 1) *
					     number_at(report, "window.duration_ns")));
	cr_assert_gt(ready_ns, 0.5e9, "it waited for %.0f ns only", ready_ns);
	cr_assert(neighbour, "who was ahead: %s",
		  json_dumps(json_at(report, "run_queue.culprits"), 0));
	cr_assert_str_eq(json_string_value(json_at(neighbour, "kind")), "other");
	cr_assert_gt(number_at(neighbour, "ahead_ns"), 0.5 * its_ns, "%.0f of %.0f ns",
		     number_at(neighbour, "ahead_ns"), its_ns);
	cr_assert_gt(number_at(neighbour, "taken_ns"), 0.5 * its_ns);
	cr_assert(first == neighbour || share_of_others_on(report, 1) > 0.6,
		  "%s is first, and others had %.2f of the CPU",
		  json_string_value(json_at(first, "name")), share_of_others_on(report, 1));
	cr_assert_eq(time_behind(report, "target"), 0);
	json_decref(report);
}

/*
 * The same TID, but another program: what either did is told apart. Each has nearly half of the
 * time, in which it runs as long as the target.
 */
Test(run_queue, a_neighbour_that_execs_is_two_culprits)
{
	json_t *report = report_by(
		WHEN_WATCHING
		"cp $PROGRAMS/blocked /tmp/pt-later; $PROGRAMS/blocked spinning & a=$!; go=$e.go; "
		"taskset -cp 1 $a >/dev/null; "
		"/usr/bin/python3 -c 'import os, sys, time\nos.sched_setaffinity(0, {1})\n"
		"open(\"/proc/self/comm\", \"w\").write(\"pt-before\")\n"
		"while not os.path.exists(sys.argv[1]): pass\n"
		"end = time.monotonic() + 1.5\nwhile time.monotonic() < end: pass\n"
		"os.execv(\"/tmp/pt-later\", [\"pt-later\", \"spinning\"])' $go & b=$!; sleep 0.4; "
		"{ when; touch $go; } & $P attach --json -d 3500ms $a 2>$e; kill -KILL $a $b; "
		"rm /tmp/pt-later $go");
	const json_t *before = culprit_named(report, "pt-before");
	const json_t *later = culprit_named(report, "pt-later");
	double running_ns = number_at(report, "totals.running_ns");

	cr_assert(before && later, "who was ahead: %s",
		  json_dumps(json_at(report, "run_queue.culprits"), 0));
	cr_assert_eq(number_at(before, "tid"), number_at(later, "tid"));
	cr_assert_gt(number_at(before, "ahead_ns"), 0.2 * running_ns);
	cr_assert_gt(number_at(later, "ahead_ns"), 0.2 * running_ns);
	json_decref(report);
}

static double share_behind_own(const json_t *report)
{
	double own_ns = time_behind(report, "target") + number_at(report, "run_queue.more_own_ns");

	return own_ns / number_at(report, "totals.ready_ns");
}

static double share_behind_others(const json_t *report)
{
	double others_ns = time_behind(report, "other") + time_behind(report, "kernel") +
			   number_at(report, "run_queue.more_ns") -
			   number_at(report, "run_queue.more_own_ns");

	return others_ns / number_at(report, "totals.ready_ns");
}

/*
 * While one of its threads runs all others wait for it, and all of them wait while others run. So
 * the CPU's own account says how much of the wait must be behind its own.
 */
static void assert_split_as_the_cpu_was(const json_t *report, size_t cpu, double threads)
{
	double others =
		threads * share_of_others_on(report, cpu) * number_at(report, "window.duration_ns");
	double own = (threads - 1) * number_at(report, "totals.running_ns");

	cr_assert_float_eq(share_behind_own(report), own / (own + others), 0.1,
			   "behind own %.3f, others %.3f; by the CPU's account %.3f",
			   share_behind_own(report), share_behind_others(report),
			   own / (own + others));
	cr_assert_float_eq(share_behind_own(report) + share_behind_others(report), 1, 0.1);
}

Test(run_queue, tells_the_targets_own_threads_from_others)
{
	json_t *report = report_by("$P run cpu --cpus 0 --threads 3 -d 1s -q --json");

	assert_split_as_the_cpu_was(report, 0, 3);
	json_decref(report);
}

/* It runs at the end of many waits, but for a hundredth of the time. */
#define SHORT_NEIGHBOUR                                                                            \
	"taskset -c 1 /usr/bin/python3 -c 'import time\n"                                          \
	"open(\"/proc/self/comm\", \"w\").write(\"pt-brief\")\n"                                   \
	"while True:\n time.sleep(0.005)\n end = time.monotonic() + 50e-6\n"                       \
	" while time.monotonic() < end: pass' & n=$!; "

Test(run_queue, a_neighbour_that_runs_briefly_is_charged_with_what_it_ran)
{
	json_t *report = report_by(SHORT_NEIGHBOUR "$P run cpu --cpus 1 --threads 8 -d 2s -q "
						   "--json; kill -KILL $n");
	const json_t *neighbour = culprit_named(report, "pt-brief");
	double share = 0;

	/* On a busy machine there are so many worse that it has no row. */
	if (neighbour)
		share = number_at(neighbour, "ahead_ns") / number_at(report, "totals.ready_ns");
	cr_assert(neighbour || share_of_others_on(report, 1) > 0.1, "who was ahead: %s",
		  json_dumps(json_at(report, "run_queue.culprits"), 0));
	cr_assert_lt(share, 0.04);
	assert_split_as_the_cpu_was(report, 1, 8);
	json_decref(report);
}

/* It runs as long as one of the three does, and all three wait for it. */
Test(run_queue, a_busy_neighbour_is_charged_with_its_share)
{
	json_t *report = report_by("cp $PROGRAMS/blocked /tmp/pt-busy; taskset -c 1 /tmp/pt-busy "
				   "spinning & n=$!; $P run cpu --cpus 1 --threads 3 -d 2s -q "
				   "--json; kill -KILL $n; rm /tmp/pt-busy");
	const json_t *neighbour = culprit_named(report, "pt-busy");
	double its_ns = number_at(report, "totals.running_ns");

	assert_split_as_the_cpu_was(report, 1, 3);
	cr_assert(neighbour, "who was ahead: %s",
		  json_dumps(json_at(report, "run_queue.culprits"), 0));
	cr_assert_float_eq(number_at(neighbour, "ahead_ns"), its_ns, 0.4 * its_ns,
			   "others have %.3f", share_behind_others(report));
	json_decref(report);
}

/* Every nanosecond of run-queue wait has somebody ahead, an idle CPU, or is told not to. */
Test(run_queue, accounts_for_all_of_the_wait)
{
	json_t *report = report_by("$P run lock --threads 3 --tasks 20 -q --json");
	double known_ns = time_behind(report, "target") + time_behind(report, "other") +
			  time_behind(report, "kernel") + number_at(report, "run_queue.idle_ns") +
			  number_at(report, "run_queue.more_ns") +
			  number_at(report, "run_queue.earlier_ns") +
			  number_at(report, "run_queue.short_ns");

	cr_assert_float_eq(known_ns, number_at(report, "totals.ready_ns"), 5e6);
	json_decref(report);
}

/* A hundredth of a CPU: less than is left to it on the busiest machine. */
#define QUOTA                                                                                      \
	"g=$(awk '$3 == \"cgroup\" && $4 ~ /(^|,)cpu(,|$)/ {print $2}' /proc/mounts | head -1); "  \
	"if [ -n \"$g\" ]; then g=$g/pt-$$; mkdir $g; echo 1000 > $g/cpu.cfs_quota_us; "           \
	"else g=/sys/fs/cgroup/pt-$$; mkdir $g; echo 1000 100000 > $g/cpu.max; fi; "

Test(run_queue, a_quota_is_told_apart_from_neighbours)
{
	json_t *report =
		report_by(QUOTA "$PROGRAMS/blocked spinning & a=$!; echo $a > $g/cgroup.procs; "
				"$P attach -q --json -d 2s $a; kill -KILL $a; wait $a; "
				"rmdir $g 2>/dev/null");
	const json_t *quota = json_array_get(json_at(report, "quotas"), 0);

	cr_assert_float_eq(number_at(quota, "cpus"), 0.01, 1e-9);
	cr_assert_geq(number_at(quota, "throttled_periods"), 15);
	cr_assert_gt(number_at(quota, "throttled_ns"), 1.0e9);
	cr_assert_lt(number_at(report, "totals.running_ns"), 0.6e9);
	json_decref(report);
}
