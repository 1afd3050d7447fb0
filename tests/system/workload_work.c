// SPDX-License-Identifier: BSD-2-Clause
/* Workloads of work that is passed on: each one's truth against itself and against the report. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/workload.h"

TestSuite(workload_work, .timeout = 60);

/* Of those who wait for work. */
static double consumers_ready_ns(const json_t *report, int workers)
{
	double sum_ns = 0;

	for (int i = 0; i < workers; i++)
		if (number_at(workload_worker(report, (size_t)i), "work_waits") > 0)
			sum_ns += number_at(workload_worker(report, (size_t)i), "ready_ns");
	return sum_ns;
}

/* Who is woken may have to give the CPU back at once: it is ready then, and its wait is over. */
static void queue(const char *mode, int workers)
{
	json_t *report = workload_run(mode, workers, "queue --tasks 40 --task-time 5ms");
	double waited_ns = workload_wait(report, "condition");

	cr_assert_eq(workload_truth(report, "items_put"), 40);
	cr_assert_eq(workload_truth(report, "items_taken"), 40);
	cr_assert_eq(number_at(report, "workload.tasks"), 40);
	cr_assert_gt(workload_truth(report, "work_wait_ns"), 0);
	cr_assert_leq(waited_ns,
		      1.05 * workload_truth(report, "work_wait_ns") + workload_start_ns(report));
	cr_assert_geq(waited_ns + consumers_ready_ns(report, workers),
		      0.99 * workload_truth(report, "work_wait_ns"), "%.0f of %.0f", waited_ns,
		      workload_truth(report, "work_wait_ns"));
	cr_assert_leq(workload_wait(report, "lock"), 0.1 * workload_truth(report, "work_wait_ns"));
	json_decref(report);
}

IN_EVERY_WAY(workload_work, queue)

/*
 * A round whose number looks like a taken lock (glibc counts them in the word) may be one. Whoever
 * is preempted at the barrier, by whom it has just woken, is ready: that is no waiting.
 */
static void barrier(const char *mode, int workers)
{
	json_t *report =
		workload_run(mode, workers, "barrier --tasks %d --task-time 20ms", 10 * workers);
	double waited_ns = workload_wait(report, "condition") + workload_wait(report, "lock");

	cr_assert_eq(workload_truth(report, "rounds"), 10);
	cr_assert_eq(workload_truth(report, "barrier_waits"), 10 * workers);
	cr_assert_leq(waited_ns,
		      1.05 * workload_truth(report, "barrier_wait_ns") + workload_start_ns(report));
	cr_assert_geq(waited_ns + number_at(report, "totals.ready_ns"),
		      0.95 * workload_truth(report, "barrier_wait_ns"));
	cr_assert_eq(workload_truth(report, "slow_tid"),
		     number_at(workload_worker(report, 0), "tid"));
	cr_assert_gt(number_at(workload_worker(report, 0), "running_ns"),
		     2 * number_at(workload_worker(report, 1), "running_ns"));
	json_decref(report);
}

IN_EVERY_WAY(workload_work, barrier)

static void ipc(const char *mode, int workers)
{
	json_t *report = workload_run(mode, workers, "ipc --tasks 6");
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
	cr_assert_eq(messages, workload_truth(report, "messages"));
	cr_assert_eq(serialise_ns, workload_truth(report, "serialise_ns"));
	assert_workers_sum(report, "message_bytes");
	json_decref(report);
}

IN_EVERY_WAY(workload_work, ipc)

static void assert_kill(const json_t *trial, const char *of, double survivors)
{
	cr_assert_str_eq(json_string_value(json_at(trial, "of")), of);
	cr_assert_eq(number_at(trial, "siblings"), 2);
	cr_assert_eq(number_at(trial, "survivors"), survivors);
	cr_assert_gt(number_at(trial, "killed_ns"), 0);
}

static void spawn(const char *mode, int workers)
{
	json_t *report = workload_run(mode, workers, "spawn --tasks 8");
	const json_t *kill = json_at(report, "workload.truth.kill");
	double processes = workload_truth(report, "made.processes");
	double threads = workload_truth(report, "made.threads");
	int own = strcmp(mode, "threads") ? workers : 1;

	cr_assert_eq(workload_truth(report, "threads_made"), 8);
	cr_assert_eq(processes, 8 + 8 + 4);
	cr_assert_eq(threads, 8 + 3);
	cr_assert_eq(number_at(report, "totals.threads"), workers + threads + processes);
	cr_assert_eq(number_at(report, "totals.processes"), own + processes);
	assert_kill(json_array_get(kill, 0), "process", 2);
	assert_kill(json_array_get(kill, 1), "thread", 0);
	json_decref(report);
}

IN_EVERY_WAY(workload_work, spawn)

static void race(const char *mode, int workers)
{
	json_t *report = workload_run(mode, workers, "race --tasks 20 --task-time 10ms");
	json_t *fixed = workload_run(mode, workers, "race --tasks 4 --task-time 10ms --fixed");

	cr_assert_gt(workload_truth(report, "lost_updates"), 0);
	cr_assert_eq(workload_truth(report, "counter") + workload_truth(report, "lost_updates"),
		     workload_truth(report, "updates"));
	cr_assert_eq(workload_truth(fixed, "lost_updates"), 0);
	cr_assert_eq(workload_truth(fixed, "counter"), workload_truth(fixed, "updates"));
	json_decref(report);
	json_decref(fixed);
}

IN_EVERY_WAY(workload_work, race)

/* Work beside the input delays it less than work in its way. */
static void responsive(const char *mode, int workers)
{
	json_t *inline_ = workload_run(mode, 1, "responsive --tasks 6 --task-time 80ms");
	json_t *beside = workload_run(mode, workers, "responsive --tasks 6 --task-time 80ms");

	cr_assert_gt(workload_truth(inline_, "inputs"), 20);
	cr_assert_geq(workload_truth(inline_, "input_delay_max_ns"), 30e6);
	cr_assert_leq(workload_truth(inline_, "input_delay_p99_ns"),
		      workload_truth(inline_, "input_delay_max_ns"));
	cr_assert_lt(workload_truth(beside, "input_delay_p50_ns"),
		     workload_truth(inline_, "input_delay_p50_ns"));
	cr_assert_str_eq(json_string_value(json_at(inline_, "workload.truth.heavy_work")),
			 "inline");
	cr_assert_eq(number_at(beside, "workload.tasks"), 6);
	json_decref(inline_);
	json_decref(beside);
}

Test(workload_work, responsive_with_work_in_a_thread)
{
	responsive("threads", 2);
}

Test(workload_work, responsive_with_work_in_a_process)
{
	responsive("procs", 2);
}

static void file_io(const char *mode, int workers)
{
	json_t *report = workload_run(mode, workers, "io --kind file --tasks 40");

	cr_assert_eq(workload_truth(report, "io_waits"), 40);
	cr_assert_gt(workload_truth(report, "io_wait_ns"), 0);
	/* Each worker makes and removes its file, too: that may wait for a commit of the disk. */
	cr_assert_leq(workload_wait(report, "io"),
		      1.05 * workload_truth(report, "io_wait_ns") + workers * 20e6);
	json_decref(report);
}

IN_EVERY_WAY(workload_work, file_io)
