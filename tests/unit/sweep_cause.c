// SPDX-License-Identifier: BSD-2-Clause
#include "cli/sweep/cause.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/owned.h"

/* A run of one second: thread time in milliseconds. */
static struct sweep_account account(uint64_t running, uint64_t ready, uint64_t lock, uint64_t io)
{
	struct sweep_account account = { .known = true,
					 .elapsed_ns = 1000,
					 .tasks = 10,
					 .ns = { [ACCOUNT_RUNNING] = running,
						 [ACCOUNT_READY] = ready,
						 [ACCOUNT_LOCK] = lock,
						 [ACCOUNT_IO] = io } };

	account.whole_ns = running + ready + lock + io;
	account.predict.running_ns = (double)running;
	account.predict.useful_ns = (double)(running + io);
	return account;
}

static enum sweep_cause_id cause(struct sweep_account account)
{
	double share, busy;
	enum sweep_cause_id id = cause_of(&account, 2, &share, &busy);

	cr_assert(share >= 0 && share <= 1);
	cr_assert(busy >= 0 && busy <= 1);
	return id;
}

Test(cause, is_saturation_when_the_cpus_are_busy_whatever_else_is_waited_for)
{
	cr_assert_eq(cause(account(1980, 6000, 0, 0)), CAUSE_CPU_SATURATED);
	cr_assert_eq(cause(account(1900, 100, 3000, 0)), CAUSE_CPU_SATURATED);
}

Test(cause, is_what_most_time_is_waited_for)
{
	cr_assert_eq(cause(account(1000, 100, 2900, 0)), CAUSE_LOCK_BOUND);
	cr_assert_eq(cause(account(10, 5, 0, 7900)), CAUSE_IO_BOUND);
}

Test(cause, is_not_that_a_thread_beyond_the_workers_waits_for_them)
{
	struct sweep_account under_gil = account(1000, 100, 0, 0);

	under_gil.ns[ACCOUNT_GIL] = 900;
	under_gil.ns[ACCOUNT_OTHER] = 1000;
	under_gil.ns[ACCOUNT_CONDITION] = 1000;
	under_gil.whole_ns = 4000;
	under_gil.predict.workers = 2;
	cr_assert_eq(cause(under_gil), CAUSE_GIL_BOUND);
	under_gil.predict.workers = 4;
	cr_assert_eq(cause(under_gil), CAUSE_IDLE, "then they are workers without work");
}

/* As 64 threads of Python do that compute: some wait for the GIL, more for who waits for it. */
Test(cause, is_what_others_wait_behind_and_not_that_they_wait)
{
	struct sweep_account under_gil = account(400, 60, 0, 0);

	under_gil.ns[ACCOUNT_GIL] = 11000;
	under_gil.ns[ACCOUNT_CONDITION] = 14500;
	under_gil.whole_ns = 25960;
	under_gil.predict.workers = 26;
	cr_assert_eq(cause(under_gil), CAUSE_GIL_BOUND);
	under_gil.ns[ACCOUNT_CONDITION] = 0;
	under_gil.ns[ACCOUNT_LOCK] = 14500;
	cr_assert_eq(cause(under_gil), CAUSE_GIL_BOUND, "holders of that lock wait for the GIL");
}

Test(cause, is_none_while_it_scales)
{
	cr_assert_eq(cause(account(990, 5, 3, 2)), CAUSE_SCALES_WELL);
}

Test(cause, is_unknown_where_nothing_was_measured)
{
	cr_assert_eq(cause((struct sweep_account){ 0 }), CAUSE_UNKNOWN);
	cr_assert_null(cause_name(CAUSE_UNKNOWN));
}

Test(cause, of_a_curve_begins_with_the_point_since_which_it_lasts)
{
	struct sweep_account one = account(990, 10, 0, 0), two = account(1960, 40, 0, 0);
	struct sweep_cause found = { 0 };
	char text[256];

	cause_add(&found, 1, 2, &one, &one);
	cause_add(&found, 2, 2, &one, &two);
	cause_add(&found, 4, 2, &one, &two);
	cr_assert_eq(found.id, CAUSE_CPU_SATURATED);
	cr_assert_eq(found.from_workers, 2);
	cause_say(&found, 2, "", text, sizeof(text));
	cr_assert_str_eq(text, "cpu-saturated from 2 workers: its CPUs were busy 98 % of the time");
}

/* The share that was ready is no share of the CPUs, however large it is. */
Test(cause, calls_no_cpu_busy_that_others_had)
{
	struct sweep_account crowded_out = account(340, 7660, 0, 0);
	struct sweep_cause found = { 0 };
	char text[256];

	cause_add(&found, 1, 2, &crowded_out, &crowded_out);
	cause_say(&found, 2, "", text, sizeof(text));
	cr_assert_str_eq(text, "cpu-saturated: 96 % of all thread time is ready, with no CPU free; "
			       "others, or a limit, left it 17 % of 2 CPUs");
}

Test(cause, names_the_lock)
{
	struct sweep_account one = account(1000, 100, 2900, 0);
	struct sweep_cause found = { 0 };
	char text[256];

	cause_add(&found, 4, 2, &one, &one);
	cause_say(&found, 2, "queue_lock", text, sizeof(text));
	cr_assert(strstr(text, "is lock wait for queue_lock"), "%s", text);
}

Test(cause, sees_cpus_that_got_slower_but_only_where_running_matters)
{
	struct sweep_account one = account(1000, 0, 0, 0), slow = account(1300, 0, 0, 0);
	struct sweep_account io = account(10, 0, 0, 990), slow_io = account(13, 0, 0, 990);
	struct sweep_cause found = { 0 };

	cause_add(&found, 1, 2, &one, &one);
	cr_assert_eq(found.slower, 1);
	cause_add(&found, 4, 2, &one, &slow);
	cr_assert_float_eq(found.slower, 1.3, 1e-9);
	cr_assert_eq(found.slower_at, 4);
	found = (struct sweep_cause){ 0 };
	cause_add(&found, 1, 2, &io, &io);
	cause_add(&found, 4, 2, &io, &slow_io);
	cr_assert_eq(found.slower, 1);
}

Test(account, takes_each_figures_median_over_the_runs)
{
	struct sweep_account runs[] = { account(10, 1, 0, 5), account(30, 2, 0, 6),
					account(20, 9, 0, 7) };
	struct sweep_account median;

	runs[0].memory_bytes = NO_VALUE;
	runs[1].memory_bytes = 300;
	runs[2].memory_bytes = 100;
	runs[1].parallelism = NAN;
	median = account_median(runs, 3);
	cr_assert_eq(median.ns[ACCOUNT_RUNNING], 20);
	cr_assert_eq(median.ns[ACCOUNT_READY], 2);
	cr_assert_eq(median.ns[ACCOUNT_IO], 6);
	cr_assert_eq(median.memory_bytes, 200);
	cr_assert(isnan(median.parallelism));
	cr_assert_eq(account_each_ns(&median, ACCOUNT_RUNNING), 2);
	cr_assert_not(account_median(runs, 0).known);
}

Test(account, splits_the_gil_from_the_other_locks)
{
	struct report_lock locks[] = { { .kind = "gil",
					 .name = "GIL",
					 .wait_ns = 300,
					 .blocked_ns = 270,
					 .contended = true },
				       { .kind = "mutex",
					 .name = "m",
					 .wait_ns = 100,
					 .blocked_ns = 80,
					 .contended = true } };
	struct report report = { .totals.threads = 4, .locks = locks, .locks_count = 2 };
	struct sweep_account found;

	report.totals.figures.running_ns = 100;
	report.totals.figures.ready_ns = 60;
	report.totals.figures.waits[WAIT_LOCK].time_ns = 350;
	report.totals.figures.waits[WAIT_LOCK].ready_ns = 50;
	found = account_of(&report, NULL, 4, 200, 0);
	cr_assert_eq(found.ns[ACCOUNT_GIL], 300);
	cr_assert_eq(found.ns[ACCOUNT_LOCK], 100);
	cr_assert_eq(found.ns[ACCOUNT_READY], 10);
	cr_assert_eq(found.whole_ns, 510);
	cr_assert_str_eq(found.lock, "GIL");
	/* What was not spent alive was spent without work. */
	cr_assert_float_eq(found.predict.hindered_ns, 400 + (4 * 200 - 510), 1e-9);
}

Test(account, names_the_code_that_ran_most_while_nothing_else_did)
{
	static struct report_code code[] = {
		{ .function = "everywhere", .running_ns = 900, .alone_ns = 100 },
		{ .module = "/usr/bin/zstd", .running_ns = 300, .alone_ns = 300 },
		{ .function = "unsampled", .alone_ns = NO_VALUE },
	};
	static struct report report;
	struct sweep_account account;

	report.totals.threads = 2;
	report.code = code;
	report.code_count = ARRAY_LEN(code);
	account = account_of(&report, NULL, 2, 1000, 0);
	cr_assert_str_eq(account.code, "code of zstd");
	code[1].function = "write_block";
	account = account_of(&report, NULL, 2, 1000, 0);
	cr_assert_str_eq(account.code, "write_block");
}

Test(account, of_a_command_leaves_out_for_how_long_its_shell_waited_for_it)
{
	static uint64_t pids[] = { 7, 8 };
	static struct report_process processes[] = { { .pid = 7 }, { .pid = 8 } };
	static struct report report = { .totals.threads = 2,
					.target = { .kind = "exec", .pids = pids, .pids_count = 2 },
					.processes = processes,
					.processes_count = 2 };
	struct sweep_account found;

	report.totals.figures.running_ns = 900;
	report.totals.figures.waits[WAIT_CHILD].time_ns = 1100;
	processes[0].figures.waits[WAIT_CHILD].time_ns = 1000;
	processes[1].figures.waits[WAIT_CHILD].time_ns = 100;
	found = account_of(&report, NULL, 1, 1000, 0);
	cr_assert_eq(found.ns[ACCOUNT_OTHER], 100, "a child of the command's own");
	cr_assert_eq(found.whole_ns, 1000);
	report.target.kind = "run";
	cr_assert_eq(account_of(&report, NULL, 1, 1000, 0).ns[ACCOUNT_OTHER], 1100);
}

/* Half of the wait for the mutex, its holder stood in a run queue: no work of its own took that. */
Test(account, is_not_hindered_by_one_that_waits_for_a_cpu)
{
	static struct report_lock locks[] = {
		{ .kind = "mutex",
		  .contended = true,
		  .blocked_ns = 200,
		  .holder_state_ns = { .running = 90, .ready = 100, .io = 10 } },
		{ .kind = "barrier", .blocked_ns = 40, .holder_state_ns = { 10, 30, 0, 0, 0 } },
		{ .kind = "condition", .blocked_ns = 999, .holder_state_ns = { .ready = 999 } },
		{ .kind = "mutex", .contended = true, .blocked_ns = 50 },
	};
	static struct report report = { .totals.threads = 2, .locks = locks, .locks_count = 4 };

	report.totals.figures.running_ns = 1500;
	report.totals.figures.ready_ns = 100;
	cr_assert_float_eq(account_of(&report, NULL, 2, 1000, 0).predict.hindered_ns,
			   2000 - 1500 - 100 - 100 - 30, 1e-9);
}

Test(account, counts_what_others_had_of_the_cpus_that_it_ran_on)
{
	static struct report_cpu cpus[] = { { .target_ns = 5, .other_ns = 40 },
					    { .target_ns = 0, .other_ns = 99 },
					    { .target_ns = 7, .other_ns = 2 } };
	static struct report report = { .totals.threads = 1, .cpus = cpus, .cpus_count = 3 };

	cr_assert_eq(account_of(&report, NULL, 1, 100, 0).others_ns, 42);
}

Test(account, names_no_code_that_is_only_a_small_part_of_what_ran_alone)
{
	static struct report_code code[] = {
		{ .function = "a", .alone_ns = 20 }, { .function = "b", .alone_ns = 21 },
		{ .function = "c", .alone_ns = 20 }, { .function = "d", .alone_ns = 20 },
		{ .function = "e", .alone_ns = 20 },
	};
	static struct report report;

	report.totals.threads = 2;
	report.code = code;
	report.code_count = ARRAY_LEN(code);
	cr_assert_str_eq(account_of(&report, NULL, 2, 1000, 0).code, "");
}

Test(account, never_takes_more_for_the_gil_than_was_lock_wait)
{
	struct report_lock gil = { .kind = "gil", .wait_ns = 9000, .contended = true };
	struct report report = { .totals.threads = 4, .locks = &gil, .locks_count = 1 };
	struct sweep_account found;

	report.totals.figures.waits[WAIT_LOCK].time_ns = 350;
	report.totals.figures.waits[WAIT_CONDITION].time_ns = 100;
	found = account_of(&report, NULL, 4, 200, 0);
	cr_assert_eq(found.ns[ACCOUNT_GIL], 350);
	cr_assert_eq(found.ns[ACCOUNT_LOCK], 0);
	cr_assert_eq(found.ns[ACCOUNT_CONDITION], 100);
}

Test(account, does_not_take_a_thread_that_waits_for_the_workers_for_one_of_them)
{
	struct report report = { .totals.threads = 3 };

	report.totals.figures.running_ns = 200;
	report.totals.figures.waits[WAIT_CONDITION].time_ns = 100;
	cr_assert_eq(account_of(&report, NULL, 2, 100, 0).predict.hindered_ns, 0);
	cr_assert_eq(account_of(&report, NULL, 3, 100, 0).predict.hindered_ns, 100);
}

Test(account, of_an_unwatched_run_knows_what_its_workers_know)
{
	json_t *workload = json_pack("{s:{s:i,s:i,s:i,s:i}}", "truth", "running_ns", 100,
				     "ready_ns", 20, "lock_wait_ns", 0, "io_wait_ns", 50);
	struct report report = { 0 };
	struct sweep_account found = account_of(&report, workload, 2, 100, 5);

	cr_assert(found.known && !found.probed);
	cr_assert_eq(found.ns[ACCOUNT_IO], 50);
	cr_assert_eq(found.whole_ns, 170);
	cr_assert(isnan(predict_serial(&found.predict)));
	json_decref(workload);
}
