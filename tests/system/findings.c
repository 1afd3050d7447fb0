/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdict on programs whose answer is known. Other programs of this machine may take CPUs
 * meanwhile: then that is the truth, and the verdict may say so where the report shows it.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

#define PYTHON "/usr/bin/python3"

TestSuite(findings, .timeout = 100);

static json_t *run(const char *workload, const char *mode, int workers)
{
	char arguments[200];

	snprintf(arguments, sizeof(arguments), "run %s --%s %d -d 800ms -q --json", workload, mode,
		 workers);
	return report_of(arguments);
}

/* In threads and processes, 2 and 4 of them. */
static void check_each(const char *workload, const char *expected, bool no_problem)
{
	static const char *const modes[] = { "threads", "procs" };

	for (int i = 0; i < 4; i++) {
		json_t *report = run(workload, modes[i / 2], i % 2 ? 4 : 2);

		if (no_problem)
			assert_no_problem(report, workload);
		assert_verdict(report, expected, workload);
	}
}

Test(findings, cpu_scales_well_until_the_cpus_are_full)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	static const char *const modes[] = { "threads", "procs" };

	for (int i = 0; i < 2; i++) {
		json_t *report = run("cpu", modes[i], (int)cpus);

		assert_no_problem(report, "cpu");
		assert_verdict(report, "scales-well", "cpu, a worker for each CPU");
		report = run("cpu", modes[i], (int)cpus * 3);
		assert_no_problem(report, "cpu");
		assert_verdict(report, "cpu-saturated", "cpu, three for each CPU");
	}
}

Test(findings, io_is_io_bound_and_no_problem)
{
	check_each("io", "io-bound", true);
}

Test(findings, mostly_locked_work_is_lock_bound)
{
	check_each("lock --lock-share 90%", "lock-bound", false);
}

Test(findings, lock_bound_names_the_lock_and_a_gain_that_the_cpus_allow)
{
	json_t *report = run("lock --lock-share 90%", "threads", 4);
	const json_t *finding = finding_in(report, "lock-bound");

	cr_assert_not_null(finding);
	cr_assert(strstr(json_string_value(json_at(finding, "evidence.lock")), "lock"));
	cr_assert_leq(number_at(finding, "evidence.reach_cpus"), number_at(report, "host.cpus"));
	cr_assert_float_eq(number_at(finding, "evidence.lock_wait_ns"),
			   number_at(report, "workload.truth.lock_wait_ns"),
			   0.05 * number_at(report, "workload.truth.lock_wait_ns"));
	json_decref(report);
}

Test(findings, a_deadlock_is_found_although_its_members_are_killed)
{
	check_each("deadlock", "deadlock", false);
}

Test(findings, a_starved_worker_is_found_by_lock_and_by_niceness)
{
	check_each("starvation", "starvation", false);
	check_each("starvation --by nice", "starvation", false);
}

Test(findings, a_slow_party_is_an_imbalance)
{
	check_each("barrier", "imbalance", false);
}

Test(findings, births_and_messages_are_found)
{
	check_each("spawn", "spawn-bound", false);
	check_each("ipc", "ipc-bound", false);
}

Test(findings, what_is_cured_is_not_found_any_more)
{
	static const struct {
		const char *run;
		const char *gone;
	} cures[] = { { "deadlock --fixed", "deadlock" },
		      { "livelock --fixed", "livelock" },
		      { "starvation --fixed", "starvation" },
		      { "starvation --by nice --fixed", "starvation" },
		      { "gil --fixed", "gil-bound" } };

	for (size_t i = 0; i < sizeof(cures) / sizeof(cures[0]); i++) {
		json_t *report = run(cures[i].run, "threads", 4);

		cr_assert_null(finding_in(report, cures[i].gone), "%s", cures[i].run);
		json_decref(report);
	}
}

/* ---- Python ---- */

static json_t *python(const char *program)
{
	char script[1500];

	snprintf(script, sizeof(script),
		 "o=$(mktemp); $P exec -q --json -o $o -- " PYTHON " -c '%s' >&2; cat $o; rm $o",
		 program);
	return report_by(script);
}

#define POOL(workers)                                                                              \
	"from concurrent.futures import ThreadPoolExecutor as Pool\n"                              \
	"import hashlib, time, socket\n"                                                           \
	"def each(f, n):\n"                                                                        \
	"    with Pool(" #workers ") as pool: list(pool.map(f, range(n)))\n"

Test(findings, python_threads_that_compute_are_gil_bound)
{
	json_t *report = python(POOL(4) "each(lambda i: sum(k * k for k in range(1000000)), 12)");
	const json_t *finding = finding_in(report, "gil-bound");

	cr_assert_not_null(finding);
	cr_assert_gt(number_at(finding, "evidence.gil_wait_share"), 0.3);
	assert_verdict(report, "gil-bound", "python threads");
}

Test(findings, python_threads_that_do_io_are_not_gil_bound)
{
	json_t *report = python(POOL(8) "def wait(i):\n"
					"    a, b = socket.socketpair(); a.settimeout(0.05)\n"
					"    try: a.recv(1)\n"
					"    except OSError: pass\n"
					"each(wait, 80)");

	cr_assert_null(finding_in(report, "gil-bound"));
	assert_no_problem(report, "python I/O");
	json_decref(report);
}

Test(findings, python_threads_in_code_that_releases_the_gil_are_not_gil_bound)
{
	json_t *report = python(POOL(2) "data = bytes(8000000)\n"
					"each(lambda i: hashlib.sha256(data).digest(), 60)");

	cr_assert_null(finding_in(report, "gil-bound"));
	json_decref(report);
}

Test(findings, python_processes_are_not_gil_bound)
{
	json_t *report = python("from multiprocessing import Pool\n"
				"def f(n): return sum(k * k for k in range(n))\n"
				"if __name__ == \"__main__\":\n"
				"    with Pool(2) as pool: pool.map(f, [1000000] * 10)");

	cr_assert_null(finding_in(report, "gil-bound"));
	json_decref(report);
}

/* ---- --fail-on, explain, diff ---- */

static void assert_status(const char *script, int status, const char *says)
{
	struct command_result result = command_run(script);

	cr_assert_eq(result.status, status, "%s: exit status %d: %s", script, result.status,
		     result.err);
	cr_assert(!says || strstr(result.err, says), "%s: %s", script, result.err);
	command_release(&result);
}

Test(findings, fail_on_is_exit_status_4_with_the_reason)
{
	assert_status("$P run lock --lock-share 90% --threads 4 -d 500ms -q --fail-on lock-bound "
		      "> /dev/null",
		      4, "--fail-on: lock-bound: ");
	assert_status("$P report --fail-on 'deadlock,lock-wait>20%' > /dev/null", 4,
		      "(lock-wait>20%)");
	assert_status("$P report --fail-on deadlock > /dev/null", 0, NULL);
	assert_status("$P exec -q --fail-on idle -- sleep 0.3", 4, "--fail-on: idle");
	assert_status("$P exec -q --fail-on idle -- sh -c 'sleep 0.3; exit 7'", 7, NULL);
	assert_status("$P run cpu --no-probe --fail-on idle", 2, "exclude each other");
	assert_status("$P run cpu --no-probe --tasks 1 --task-time 1ms -q --json | "
		      "$P report --fail-on idle -",
		      1, "cannot judge a run with --no-probe");
	assert_status("$P report --fail-on nonsense", 2, "is not understood");
}

Test(findings, explain_knows_its_words_and_offers_the_nearest)
{
	assert_status("$P explain lock-bound | grep -q 'partrace report --view locks'", 0, NULL);
	assert_status("$P explain run-queue wait | grep -q ^READY", 0, NULL);
	assert_status("$P explain lok-bound", 2, "the nearest are: lock-bound");
}

Test(findings, diff_tells_what_is_new_and_its_status_is_usable)
{
	assert_status("d=$(mktemp -d); cd $d; $P run io --threads 2 -d 500ms -q --json -o a.json; "
		      "$P run lock --lock-share 90% --threads 4 -d 500ms -q --json -o b.json; "
		      "$P diff a.json b.json > out; s=$?; grep -q '^New   lock-bound' out && "
		      "grep -q 'lock wait' out && grep -q '^Noise  *unknown' out || s=9; $P diff "
		      "b.json a.json > /dev/null || s=8; "
		      "cd /; rm -r $d; exit $s",
		      4, "a new problem: lock-bound");
	assert_status("$P diff", 2, "needs a report");
	assert_status("$P diff /nowhere.json", 1, "/nowhere.json");
}

Test(findings, a_program_that_has_work_for_a_part_of_the_time_has_a_verdict)
{
	json_t *report = python("import select, time\n"
				"for i in range(60):\n"
				"    end = time.thread_time() + 0.010\n"
				"    while time.thread_time() < end: pass\n"
				"    select.select([], [], [], 0.004)");

	assert_no_problem(report, "an event loop");
	assert_verdict(report, "scales-well", "an event loop");
}
