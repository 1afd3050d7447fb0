/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdict under real disturbance: neighbours, niceness, quotas, more threads than there is room
 * for. It is what is true then, not what the quiet machine would give. (Only a hypervisor or a
 * kernel with CONFIG_IRQ_TIME_ACCOUNTING steals time, so that slower-cpus has unit tests alone.)
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

TestSuite(disturbed, .timeout = 60);

static void assert_exact_verdict(const json_t *report, const char *expected)
{
	const char *verdict = json_string_value(json_at(report, "verdict"));

	cr_assert(verdict && !strcmp(verdict, expected), "%s instead of %s: %s",
		  verdict ? verdict : "none", expected, json_dumps(json_at(report, "findings"), 0));
}

static void assert_says(const json_t *finding, const char *key, const char *text)
{
	const char *has = json_string_value(json_at(finding, key));

	cr_assert(has && strstr(has, text), "%s: %s", key, has ? has : "none");
}

/* A hog for each CPU, until `what` is over; `nice` is what it is started with. */
#define BESIDE_HOGS(nice, what)                                                                    \
	nice " stress-ng --cpu $(nproc) --timeout 30 > /dev/null 2>&1 & s=$!; sleep 0.2; " what    \
	     "; kill $s 2> /dev/null; wait $s; true"

Test(disturbed, neighbours_that_take_the_cpus_are_told_as_others)
{
	json_t *report =
		report_by(BESIDE_HOGS("", "$P run cpu --threads $(nproc) -d 1200ms -q --json"));
	const json_t *finding = finding_in(report, "cpu-saturated");

	assert_exact_verdict(report, "cpu-saturated");
	assert_says(finding, "title", "Other programs took");
	cr_assert_gt(number_at(finding, "evidence.others_share"), 0.3);
	cr_assert_str_eq(json_string_value(json_at(finding, "severity")), "notice");
	json_decref(report);
}

Test(disturbed, who_waits_for_io_is_io_bound_beside_hogs_too)
{
	json_t *report = report_by(BESIDE_HOGS("", "$P run io --threads 4 -d 1200ms -q --json"));

	assert_exact_verdict(report, "io-bound");
	json_decref(report);
}

/* A hog on each CPU: sometimes the scheduler leaves both on one for long, which is another case. */
static bool hogs_took_each_cpu(const json_t *report)
{
	const json_t *cpu;
	size_t i;

	json_array_foreach (json_at(report, "cpus"), i, cpu)
		if (number_at(cpu, "other_ns") < 0.7 * number_at(report, "window.duration_ns"))
			return false;
	return true;
}

#define TRIES 8

static json_t *report_on_niced(void)
{
	for (int i = 0; i < TRIES; i++) {
		json_t *report = report_by("o=$(mktemp); " BESIDE_HOGS(
			"", "$P exec -q --json -o $o -- nice -n 10 sh -c 'exec $P run cpu "
			    "--no-probe --threads $(nproc) -d 1200ms' > /dev/null") "; cat $o; rm "
										    "$o");

		if (hogs_took_each_cpu(report))
			return report;
		json_decref(report);
	}
	cr_assert_fail("the hogs never had all CPUs");
	return NULL;
}

/* All of the target are worse off in the same way: that is shortage, and nobody's starvation. */
Test(disturbed, a_target_that_is_nicer_than_its_neighbours_is_short_of_cpus)
{
	json_t *report = report_on_niced();
	const json_t *finding = finding_in(report, "cpu-saturated");

	assert_exact_verdict(report, "cpu-saturated");
	assert_says(finding, "title", "Other programs took");
	cr_assert_gt(number_at(finding, "evidence.others_share"), 0.6);
	json_decref(report);
}

/* cpu.cfs_quota_us or cpu.max: a fifth of a CPU, in $g. */
#define QUOTA                                                                                      \
	"g=$(awk '$3 == \"cgroup\" && $4 ~ /(^|,)cpu(,|$)/ {print $2}' /proc/mounts | head -1); "  \
	"if [ -n \"$g\" ]; then g=$g/pt-$$; mkdir $g; echo 20000 > $g/cpu.cfs_quota_us; "          \
	"else g=/sys/fs/cgroup/pt-$$; mkdir $g; echo 20000 100000 > $g/cpu.max; fi; "

#define IN_QUOTA(seconds)                                                                          \
	QUOTA "(echo 0 > $g/cgroup.procs; exec $P run cpu --no-probe --threads 2 -d " seconds      \
	      " > /dev/null 2>&1) & a=$!; sleep 0.7; "

Test(disturbed, a_quota_that_holds_up_is_told_as_that)
{
	json_t *report =
		report_by(IN_QUOTA("4s") "$P attach -q --json -d 1500ms --cgroup $g; kill $a; "
					 "wait $a; rmdir $g 2> /dev/null");
	const json_t *finding = finding_in(report, "throttled");
	const json_t *quota = json_array_get(json_at(report, "quotas"), 0);

	assert_exact_verdict(report, "throttled");
	cr_assert_null(finding_in(report, "cpu-saturated"), "it explains the same");
	cr_assert_float_eq(number_at(finding, "evidence.quota_cpus"), 0.2, 1e-9);
	cr_assert_eq(number_at(finding, "evidence.throttled_ns"), number_at(quota, "throttled_ns"));
	cr_assert_lt(number_at(report, "parallelism.mean"), 0.3);
	json_decref(report);
}

/* Two threads that want two CPUs, but as long as nobody is held up, a quota is no finding. */
Test(disturbed, a_quota_that_is_not_reached_is_not_named)
{
	json_t *report = report_by(QUOTA "$PROGRAMS/sleeper 2 9 & a=$!; echo $a > $g/cgroup.procs; "
					 "sleep 0.2; $P attach -q --json -d 500ms $a; kill $a; "
					 "wait $a; rmdir $g 2> /dev/null");

	cr_assert_null(finding_in(report, "throttled"));
	json_decref(report);
}

/* A hundredth of a CPU: less than is left to it on the busiest machine. */
#define TIGHT_QUOTA                                                                                \
	QUOTA "[ -e $g/cpu.max ] && echo 1000 100000 > $g/cpu.max || echo 1000 > "                 \
	      "$g/cpu.cfs_quota_us; "

static const json_t *only_quota(const json_t *report)
{
	cr_assert_eq(json_array_size(json_at(report, "quotas")), 1, "%s",
		     json_dumps(json_at(report, "quotas"), 0));
	return json_array_get(json_at(report, "quotas"), 0);
}

/* In a cgroup whose quota throttled others before: that is none of this program's. */
Test(disturbed, who_moves_under_a_quota_later_is_told_from_then_on)
{
	json_t *report = report_by(
		TIGHT_QUOTA WHEN_WATCHING
		"$PROGRAMS/blocked spinning & b=$!; echo $b > $g/cgroup.procs; "
		"$PROGRAMS/blocked spinning & a=$!; sleep 0.5; "
		"{ when; sleep 2; echo $a > $g/cgroup.procs; } & $P attach --json -d 6s $a 2>$e; "
		"kill -KILL $a $b; wait; rmdir $g 2> /dev/null; true");
	const json_t *quota = only_quota(report), *finding = finding_in(report, "throttled");
	double watched = number_at(quota, "watched_ns"), window;

	window = number_at(report, "window.duration_ns");
	cr_assert_not_null(finding, "%s", json_dumps(json_at(report, "findings"), 0));
	cr_assert(watched > 0.8e9 && watched < window - 1e9, "%.1f s", watched / 1e9);
	cr_assert_leq(number_at(quota, "periods"), watched / 1e8 + 1);
	assert_says(finding, "detail", "under which it was for");
	json_decref(report);
}

Test(disturbed, a_quota_that_is_set_in_the_middle_is_told_and_that_it_was_lifted)
{
	json_t *report = report_by(
		TIGHT_QUOTA WHEN_WATCHING
		"f=$(ls $g/cpu.max $g/cpu.cfs_quota_us 2> /dev/null); q=$(cat $f); "
		"n=$(echo $q | sed 's/^[0-9]*/max/'); [ -e $g/cpu.max ] || n=-1; "
		"echo $n > $f; "
		"$PROGRAMS/blocked spinning & a=$!; "
		"echo $a > $g/cgroup.procs; sleep 0.3; "
		"{ when; sleep 0.5; echo $q > $f; sleep 1.5; echo $n > $f; } & "
		"$P attach --json -d 4s $a 2>$e; kill -KILL $a; wait; rmdir $g 2> /dev/null; true");
	double watched = number_at(only_quota(report), "watched_ns");

	cr_assert_float_eq(number_at(only_quota(report), "cpus"), 0.01, 1e-9);
	cr_assert(watched > 0.8e9 && watched < 2.4e9, "%.1f s", watched / 1e9);
	cr_assert_gt(number_at(only_quota(report), "throttled_periods"), 5);
	json_decref(report);
}

Test(disturbed, a_child_that_is_started_under_a_quota_is_told)
{
	json_t *report = report_by(
		QUOTA
		"o=$(mktemp); $P exec -q --json -o $o -- sh -c \"sleep 0.5; "
		"echo \\$\\$ > $g/cgroup.procs; exec $P run cpu --no-probe --threads 2 -d 2s\" "
		"> /dev/null; cat $o; rm $o; rmdir $g 2> /dev/null; true");

	cr_assert_gt(number_at(only_quota(report), "throttled_periods"), 0);
	cr_assert_lt(number_at(only_quota(report), "watched_ns"),
		     number_at(report, "window.duration_ns") - 0.3e9);
	json_decref(report);
}

Test(disturbed, the_verdict_is_withheld_where_threads_found_no_room)
{
	json_t *report = report_of("run cpu --threads 8 -d 500ms --max-threads 4 -q --json");

	assert_exact_verdict(report, "incomplete");
	assert_says(finding_in(report, "incomplete"), "title", "was not seen");
	cr_assert_gt(number_at(finding_in(report, "incomplete"), "evidence.lost_share"), 0.3);
	json_decref(report);
}
