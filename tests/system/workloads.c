// SPDX-License-Identifier: BSD-2-Clause
/* Each workload's truth against itself and against the report, in threads and in processes. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "tests/support/command.h"

TestSuite(workloads, .timeout = 60);

/* A test in threads and one in processes; each with 2 and with 4 workers. */
#define IN_EVERY_WAY(name)                                                                         \
	Test(workloads, name##_in_threads)                                                         \
	{                                                                                          \
		name("threads", 2);                                                                \
		name("threads", 4);                                                                \
	}                                                                                          \
	Test(workloads, name##_in_processes)                                                       \
	{                                                                                          \
		name("procs", 2);                                                                  \
		name("procs", 4);                                                                  \
	}

/* What the workers know adds up to what is known of all. */
static void assert_sum(const json_t *report, const char *key)
{
	const json_t *workers = json_at(report, "workload.truth.workers"), *worker;
	double sum = 0;
	size_t i;

	json_array_foreach (workers, i, worker)
		sum += number_at(worker, key);
	cr_assert_eq(sum, number_at(json_at(report, "workload.truth"), key), "sum of %s", key);
}

__attribute__((format(printf, 3, 4))) static json_t *run(const char *mode, int workers,
							 const char *format, ...)
{
	char options[256], arguments[512];
	json_t *report;
	va_list args;

	va_start(args, format);
	vsnprintf(options, sizeof(options), format, args);
	va_end(args);
	snprintf(arguments, sizeof(arguments), "run --%s %d -q --json %s", mode, workers, options);
	report = report_of(arguments);
	cr_assert_eq(json_array_size(json_at(report, "workload.truth.workers")), workers);
	cr_assert(json_is_true(json_at(report, "completeness.complete")), "%s", options);
	assert_sum(report, "running_ns");
	assert_sum(report, "lock_waits");
	assert_sum(report, "lock_wait_ns");
	return report;
}

/* What standing at the start line may add, on a busy machine. */
#define START_NS 50e6

static double truth_of(const json_t *report, const char *key)
{
	return number_at(json_at(report, "workload.truth"), key);
}

/* Blocked and the delay that ended it: what the workload's own clock sees. */
static double wait_of(const json_t *report, const char *cause)
{
	const json_t *wait = json_object_get(json_at(report, "totals.waits"), cause);

	return number_at(wait, "time_ns") + number_at(wait, "ready_ns");
}

/*
 * Who hangs goes on waiting while the report waits for the names of code and locks, after the
 * workload has taken its own time.
 */
#define LOOK_NS 150e6

static void assert_near(double got, double want, double share, double slack_ns, const char *what)
{
	cr_assert(fabs(got - want) <= want * share + slack_ns, "%s: %.0f, the truth %.0f", what,
		  got, want);
}

static const json_t *worker_at(const json_t *report, size_t index)
{
	return json_array_get(json_at(report, "workload.truth.workers"), index);
}

static const json_t *thread_of(const json_t *report, double tid)
{
	const json_t *threads = json_at(report, "threads"), *thread;
	size_t i;

	json_array_foreach (threads, i, thread)
		if (number_at(thread, "tid") == tid)
			return thread;
	cr_assert_fail("thread %.0f is not in the report", tid);
	return NULL;
}

static void rwlock(const char *mode, int workers)
{
	json_t *report = run(mode, workers, "rwlock -d 300ms --lock-share 60%%");

	/* Many short waits: their calls take time of their own, by the workload's clock. */
	assert_near(wait_of(report, "lock"), truth_of(report, "lock_wait_ns"), 0.15, 5e6, "lock");
	cr_assert_eq(truth_of(report, "read_wait_ns") + truth_of(report, "write_wait_ns"),
		     truth_of(report, "lock_wait_ns"));
	cr_assert_geq(truth_of(report, "reads"), 5 * truth_of(report, "writes"));
	cr_assert_gt(truth_of(report, "writes"), 0);
	json_decref(report);
}

IN_EVERY_WAY(rwlock)

static void lock_in_shards(const char *mode, int workers)
{
	json_t *report = run(mode, workers, "lock -d 200ms --lock-share 80%% --fixed");

	cr_assert_eq(truth_of(report, "lock_waits"), 0);
	cr_assert_lt(wait_of(report, "lock"), 5e6);
	cr_assert_gt(truth_of(report, "locked_ns"), 0);
	json_decref(report);
}

IN_EVERY_WAY(lock_in_shards)

static void queue(const char *mode, int workers)
{
	json_t *report = run(mode, workers, "queue --tasks 40 --task-time 5ms");

	cr_assert_eq(truth_of(report, "items_put"), 40);
	cr_assert_eq(truth_of(report, "items_taken"), 40);
	cr_assert_eq(number_at(report, "workload.tasks"), 40);
	cr_assert_gt(truth_of(report, "work_wait_ns"), 0);
	cr_assert_geq(wait_of(report, "condition"), 0.95 * truth_of(report, "work_wait_ns") - 10e6,
		      "%.0f of %.0f", wait_of(report, "condition"),
		      truth_of(report, "work_wait_ns"));
	cr_assert_leq(wait_of(report, "lock"), 0.1 * truth_of(report, "work_wait_ns"));
	json_decref(report);
}

IN_EVERY_WAY(queue)

/*
 * A round whose number looks like a taken lock (glibc counts them in the word) may be one. Whoever
 * is preempted at the barrier, by whom it has just woken, is ready: that is no waiting.
 */
static void barrier(const char *mode, int workers)
{
	json_t *report = run(mode, workers, "barrier --tasks %d --task-time 20ms", 10 * workers);
	double waited_ns = wait_of(report, "condition") + wait_of(report, "lock");

	cr_assert_eq(truth_of(report, "rounds"), 10);
	cr_assert_eq(truth_of(report, "barrier_waits"), 10 * workers);
	cr_assert_leq(waited_ns, 1.05 * truth_of(report, "barrier_wait_ns") + START_NS);
	cr_assert_geq(waited_ns + number_at(report, "totals.ready_ns"),
		      0.95 * truth_of(report, "barrier_wait_ns"));
	cr_assert_eq(truth_of(report, "slow_tid"), number_at(worker_at(report, 0), "tid"));
	cr_assert_gt(number_at(worker_at(report, 0), "running_ns"),
		     2 * number_at(worker_at(report, 1), "running_ns"));
	json_decref(report);
}

IN_EVERY_WAY(barrier)

Test(workloads, gil_lets_one_thread_compute_at_a_time)
{
	json_t *report = run("threads", 4, "gil -d 400ms");

	cr_assert_leq(truth_of(report, "gil_held_ns"), number_at(report, "workload.elapsed_ns"));
	cr_assert_geq(truth_of(report, "gil_held_ns"),
		      0.6 * number_at(report, "workload.elapsed_ns"));
	cr_assert_gt(truth_of(report, "gil_requests"), 0);
	cr_assert_leq(wait_of(report, "lock"), 1.05 * truth_of(report, "gil_wait_ns") + START_NS);
	cr_assert_gt(wait_of(report, "lock"), 0.5 * truth_of(report, "gil_wait_ns"));
	json_decref(report);
}

Test(workloads, gil_in_processes_is_one_for_each_and_so_is_the_cured_twin)
{
	json_t *processes = run("procs", 2, "gil -d 300ms");
	json_t *fixed = run("threads", 2, "gil -d 300ms --fixed");

	cr_assert_eq(truth_of(processes, "gil_waits"), 0);
	cr_assert_eq(truth_of(fixed, "gil_waits"), 0);
	cr_assert_str_eq(json_string_value(json_at(fixed, "target.mode")), "processes");
	json_decref(processes);
	json_decref(fixed);
}

static void ipc(const char *mode, int workers)
{
	json_t *report = run(mode, workers, "ipc --tasks 6");
	const json_t *channels = json_at(report, "workload.truth.channels"), *channel;
	double messages = 0, serialise_ns = 0;
	size_t i;

	cr_assert_eq(json_array_size(channels), strcmp(mode, "threads") ? 3 : 4);
	json_array_foreach (channels, i, channel) {
		messages += number_at(channel, "messages");
		serialise_ns += number_at(channel, "serialise_ns");
		cr_assert_gt(number_at(channel, "move_ns"), 0);
		cr_assert_gt(number_at(channel, "per_message_ns") +
				     number_at(channel, "per_byte_ns"),
			     0);
		cr_assert_eq(number_at(channel, "serialise_ns") == 0, i == 3);
	}
	cr_assert_eq(messages, truth_of(report, "messages"));
	cr_assert_eq(serialise_ns, truth_of(report, "serialise_ns"));
	assert_sum(report, "message_bytes");
	json_decref(report);
}

IN_EVERY_WAY(ipc)

static void assert_kill(const json_t *trial, const char *of, double survivors)
{
	cr_assert_str_eq(json_string_value(json_at(trial, "of")), of);
	cr_assert_eq(number_at(trial, "siblings"), 2);
	cr_assert_eq(number_at(trial, "survivors"), survivors);
	cr_assert_gt(number_at(trial, "killed_ns"), 0);
}

static void spawn(const char *mode, int workers)
{
	json_t *report = run(mode, workers, "spawn --tasks 8");
	const json_t *kill = json_at(report, "workload.truth.kill");
	double processes = truth_of(report, "made.processes");
	double threads = truth_of(report, "made.threads");
	int own = strcmp(mode, "threads") ? workers : 1;

	cr_assert_eq(truth_of(report, "threads_made"), 8);
	cr_assert_eq(processes, 8 + 8 + 4);
	cr_assert_eq(threads, 8 + 3);
	cr_assert_eq(number_at(report, "totals.threads"), workers + threads + processes);
	cr_assert_eq(number_at(report, "totals.processes"), own + processes);
	assert_kill(json_array_get(kill, 0), "process", 2);
	assert_kill(json_array_get(kill, 1), "thread", 0);
	json_decref(report);
}

IN_EVERY_WAY(spawn)

static void race(const char *mode, int workers)
{
	json_t *report = run(mode, workers, "race --tasks 20 --task-time 10ms");
	json_t *fixed = run(mode, workers, "race --tasks 4 --task-time 10ms --fixed");

	cr_assert_gt(truth_of(report, "lost_updates"), 0);
	cr_assert_eq(truth_of(report, "counter") + truth_of(report, "lost_updates"),
		     truth_of(report, "updates"));
	cr_assert_eq(truth_of(fixed, "lost_updates"), 0);
	cr_assert_eq(truth_of(fixed, "counter"), truth_of(fixed, "updates"));
	json_decref(report);
	json_decref(fixed);
}

IN_EVERY_WAY(race)

static void starvation(const char *mode, int workers)
{
	json_t *report = run(mode, workers, "starvation -d 400ms");
	const json_t *starved = thread_of(report, truth_of(report, "starved_tid"));
	double elapsed_ns = number_at(report, "workload.elapsed_ns");

	cr_assert_eq(number_at(worker_at(report, workers - 1), "tid"),
		     truth_of(report, "starved_tid"));
	assert_near(wait_of(report, "lock"), truth_of(report, "lock_wait_ns"), 0.15, 5e6, "lock");
	cr_assert_geq(number_at(starved, "waits.lock.time_ns") +
			      number_at(starved, "waits.lock.ready_ns"),
		      0.7 * elapsed_ns);
	cr_assert_leq(truth_of(report, "starved_turns"), 0.1 * truth_of(report, "turns"));
	json_decref(report);
}

IN_EVERY_WAY(starvation)

static void starvation_by_nice(const char *mode, int workers)
{
	json_t *report = run(mode, workers, "starvation --by nice -d 400ms");
	const json_t *starved = thread_of(report, truth_of(report, "starved_tid"));

	cr_assert_geq(number_at(starved, "ready_ns"),
		      0.8 * number_at(report, "workload.elapsed_ns"));
	cr_assert_leq(truth_of(report, "starved_turns"), 0.15 * truth_of(report, "turns"));
	cr_assert_eq(truth_of(report, "lock_waits"), 0);
	json_decref(report);
}

IN_EVERY_WAY(starvation_by_nice)

/* All get about as many turns. */
static void starvation_cured(const char *mode, int workers)
{
	json_t *report = run(mode, workers, "starvation -d 300ms --fixed");
	const json_t *last = worker_at(report, workers - 1);

	cr_assert(json_is_null(json_at(report, "workload.truth.starved_tid")));
	cr_assert_geq(number_at(last, "turns"), 0.7 * truth_of(report, "turns") / workers);
	json_decref(report);
}

IN_EVERY_WAY(starvation_cured)

/* It is in the report as it was in the end: nobody has left, and all wait since then. */
static void assert_cycle(const json_t *report, const json_t *cycle)
{
	size_t i, members = json_array_size(cycle);
	const json_t *row;

	json_array_foreach (cycle, i, row) {
		const json_t *next = json_array_get(cycle, (i + 1) % members);
		const json_t *thread = thread_of(report, number_at(row, "tid"));
		double waited_ns =
			number_at(report, "workload.elapsed_ns") - number_at(row, "since_ns");

		cr_assert_eq(number_at(row, "held_by_tid"), number_at(next, "tid"));
		cr_assert_eq(number_at(row, "waits_for"), number_at(next, "holds"));
		cr_assert(json_is_null(json_at(thread, "exited_ns")));
		assert_near(number_at(thread, "waits.lock.time_ns") +
				    number_at(thread, "waits.lock.ready_ns"),
			    waited_ns, 0.05, LOOK_NS, "a member's wait");
	}
}

static void deadlock(const char *mode, int workers)
{
	json_t *report = run(mode, workers, "deadlock -d 400ms --cycle %d",
			     workers > 2 ? workers - 1 : workers);
	const json_t *cycle = json_at(report, "workload.truth.cycle");

	cr_assert_eq(json_array_size(cycle), workers - truth_of(report, "bystanders"));
	cr_assert_eq(truth_of(report, "bystanders"), workers > 2);
	assert_cycle(report, cycle);
	assert_near(wait_of(report, "lock"), truth_of(report, "lock_wait_ns"), 0.05, 8 * LOOK_NS,
		    "lock");
	cr_assert_lt(number_at(report, "window.duration_ns"), 900e6);
	cr_assert_eq(number_at(report, "workload.tasks"), 0);
	json_decref(report);
}

IN_EVERY_WAY(deadlock)

static void one_lock_order(const char *mode, int workers)
{
	json_t *report = run(mode, workers, "deadlock -d 200ms --fixed");

	cr_assert_gt(number_at(report, "workload.tasks"), 0);
	cr_assert_eq(json_array_size(json_at(report, "workload.truth.cycle")), 0);
	json_decref(report);
}

IN_EVERY_WAY(one_lock_order)

static void livelock(const char *mode, int workers)
{
	json_t *report = run(mode, workers, "livelock -d 300ms");
	const json_t *threads = json_at(report, "threads"), *thread;
	size_t i;

	cr_assert_eq(number_at(report, "workload.tasks"), 0);
	cr_assert_gt(truth_of(report, "attempts"), 100);
	cr_assert_geq(truth_of(report, "back_offs"), truth_of(report, "attempts") - workers);
	cr_assert_gt(number_at(report, "totals.yields"), 0);
	json_array_foreach (threads, i, thread)
		cr_assert(json_is_null(json_at(thread, "exited_ns")), "one has ended");
	json_decref(report);
}

IN_EVERY_WAY(livelock)

static void random_back_off(const char *mode, int workers)
{
	json_t *report = run(mode, workers, "livelock -d 200ms --fixed");

	cr_assert_gt(number_at(report, "workload.tasks"), 0);
	json_decref(report);
}

IN_EVERY_WAY(random_back_off)

/* Work beside the input delays it less than work in its way. */
static void responsive(const char *mode, int workers)
{
	json_t *inline_ = run(mode, 1, "responsive --tasks 6 --task-time 80ms");
	json_t *beside = run(mode, workers, "responsive --tasks 6 --task-time 80ms");

	cr_assert_gt(truth_of(inline_, "inputs"), 20);
	cr_assert_geq(truth_of(inline_, "input_delay_max_ns"), 30e6);
	cr_assert_leq(truth_of(inline_, "input_delay_p99_ns"),
		      truth_of(inline_, "input_delay_max_ns"));
	cr_assert_lt(truth_of(beside, "input_delay_p50_ns"),
		     truth_of(inline_, "input_delay_p50_ns"));
	cr_assert_str_eq(json_string_value(json_at(inline_, "workload.truth.heavy_work")),
			 "inline");
	cr_assert_eq(number_at(beside, "workload.tasks"), 6);
	json_decref(inline_);
	json_decref(beside);
}

Test(workloads, responsive_with_work_in_a_thread)
{
	responsive("threads", 2);
}

Test(workloads, responsive_with_work_in_a_process)
{
	responsive("procs", 2);
}

static void file_io(const char *mode, int workers)
{
	json_t *report = run(mode, workers, "io --kind file --tasks 40");

	cr_assert_eq(truth_of(report, "io_waits"), 40);
	cr_assert_gt(truth_of(report, "io_wait_ns"), 0);
	cr_assert_leq(wait_of(report, "io"), 1.05 * truth_of(report, "io_wait_ns") + 1e6);
	json_decref(report);
}

IN_EVERY_WAY(file_io)

/* ---- bad ends ---- */

/* After a moment, and without zombies: an orphan's end is the affair of PID 1. */
#define WORKERS_LEFT                                                                               \
	"left() { ps -eo stat=,comm= | grep -cE '^[^Z].* "                                         \
	"(member|bystander|livelock|sender|receiver|producer|'"                                    \
	"'consumer|slow|quick|greedy|starved|input|heavy|spawn)-[0-9]'; }; "                       \
	"for i in 1 2 3 4 5; do n=$(left); [ $n = 0 ] && break; sleep 0.2; done; echo $n"

static void assert_nothing_left(const char *after)
{
	struct command_result result = command_run(WORKERS_LEFT);

	cr_assert_str_eq(result.out, "0\n", "after %s: workers left: %s", after, result.out);
	cr_assert_eq(leftovers(), 0, "%s left something behind", after);
	command_release(&result);
}

static void assert_said(const char *script, int status, const char *says)
{
	struct command_result result = command_run(script);
	const char *end = strchr(result.err, '\n');

	cr_assert_eq(result.status, status, "%s: exit status %d: %s", script, result.status,
		     result.err);
	cr_assert(strstr(result.err, says), "%s said: %s", script, result.err);
	cr_assert(end && end[1] == '\0', "%s: not one sentence: %s", script, result.err);
	command_release(&result);
}

static void kill_a_worker(const char *workload)
{
	char script[256];

	snprintf(script, sizeof(script),
		 "$P run %s -q --procs 4 -d 5s & sleep 0.8; "
		 "pkill -9 -n -P $(pgrep -x -P $! leader); wait $!",
		 workload);
	assert_said(script, 1, "was killed by signal 9");
	assert_nothing_left(workload);
}

Test(workloads, a_killed_worker_ends_the_queue)
{
	kill_a_worker("queue");
}

Test(workloads, a_killed_worker_ends_the_barrier)
{
	kill_a_worker("barrier");
}

Test(workloads, a_killed_worker_ends_the_deadlock)
{
	kill_a_worker("deadlock");
}

Test(workloads, a_killed_worker_ends_the_messages)
{
	kill_a_worker("ipc");
}

Test(workloads, an_interrupted_deadlock_is_still_reported)
{
	struct command_result result = command_run(
		"$P run deadlock -q --json --procs 3 -d 20s & sleep 0.8; kill -INT $!; wait $!");
	json_t *report = json_loads(result.out, 0, NULL);

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert_eq(json_array_size(json_at(report, "workload.truth.cycle")), 3);
	assert_nothing_left("Ctrl-C");
	json_decref(report);
	command_release(&result);
}

Test(workloads, a_partrace_that_is_killed_takes_its_deadlock_along)
{
	struct command_result result = command_run(
		"$P run deadlock -q --procs 3 -d 20s & sleep 0.8; kill -9 $!; sleep 0.3");

	assert_nothing_left("kill -9");
	command_release(&result);
}

Test(workloads, a_full_disk_is_said)
{
	assert_said("d=$(mktemp -d -p /dev); unshare -m --propagation unchanged sh -c \"mount "
		    "--make-rprivate /dev; mount -t tmpfs -o size=64k none $d; "
		    "TMPDIR=$d $P run io --kind file -q --no-probe\"; s=$?; rmdir $d; exit $s",
		    1, "No space left on device");
}

Test(workloads, options_that_a_workload_does_not_know)
{
	assert_said("$P run cpu --cycle 2", 2, "cpu knows no --cycle; deadlock does");
	assert_said("$P run cpu --fixed", 2, "cpu knows no --fixed; lock,");
	assert_said("$P run lock --kind file", 2, "lock knows no --kind; io does");
	assert_said("$P run deadlock --tasks 4", 2, "deadlock knows no --tasks;");
}

Test(workloads, workers_that_make_no_sense)
{
	assert_said("$P run deadlock --cycle 1", 2, "--cycle 1");
	assert_said("$P run deadlock --cycle 5 --threads 3", 2, "--cycle 5 needs as many workers");
	assert_said("$P run queue --procs 1", 2, "queue needs at least 2 processes");
	assert_said("$P run ipc --threads 3", 2, "3 is an odd number");
}
