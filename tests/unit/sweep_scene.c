// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/sweep_scene.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "cli/sweep/print.h"
#include "tests/support/printed.h"

struct sweep_scene sweep;

static struct sweep_account made_account(double work, double time, unsigned int workers)
{
	struct sweep_account account = {
		.probed = true,
		.ns = { [ACCOUNT_RUNNING] = (uint64_t)work, [ACCOUNT_READY] = 1000000 },
		.elapsed_ns = (uint64_t)time,
		.tasks = 100,
		.parallelism = work / time,
		.memory_bytes = 11u << 20,
		.start_ns = 50000,
		.lock = "queue_lock"
	};

	account.ns[ACCOUNT_LOCK] = (uint64_t)fmax(0, workers * time - work);
	account.whole_ns = (uint64_t)(workers * time);
	account.predict = (struct predict_account){ .running_ns = work,
						    .useful_ns = work,
						    .hindered_ns = workers * time - work,
						    .alone_ns = 0.1 * work,
						    .workers = workers };
	return account;
}

static void make_run(struct sweep_run *run, const struct sweep_curve *curve, unsigned int workers,
		     uint64_t order)
{
	double work = 2e9,
	       time = work * (0.1 + 0.9 / workers) * (1 + ((double)(order % 3) - 1) / 1000);

	run->order = order;
	run->elapsed_ns = (uint64_t)time;
	run->report = json_pack("{s:s}", "schema", "partrace.report/1");
	run->account = made_account(work, time, workers);
	run->account.known = curve->name.workload != NULL;
}

static void make_axes(struct sweep_axes *axes, bool workload, unsigned int cpus)
{
	*axes = (struct sweep_axes){ .cpus = { cpus }, .cpus_count = 1, .repeat = SCENE_RUNS };
	if (workload) {
		axes->workloads[0] = workload_find("cpu");
		axes->workload_count = 1;
		axes->modes[1] = WORKER_PROCESSES;
		axes->mode_count = 2;
	}
	for (unsigned int n = 1; n <= 8; n++)
		axes->workers[axes->workers_count++] = n;
}

void sweep_scene_make(const char *command, unsigned int cpus)
{
	struct sweep_result *result = &sweep.result;
	uint64_t order = 0;

	make_axes(&sweep.axes, !command, cpus);
	*result = (struct sweep_result){ .axes = &sweep.axes,
					 .command = command,
					 .seed = 1,
					 .tasks = 100,
					 .task_time_ns = 20000000,
					 .taken_ns = 52000000000,
					 .planned = 48,
					 .probed = true,
					 .started_at = "2026-01-01T00:00:00Z" };
	result->count = axes_curves(&sweep.axes);
	result->curves = calloc(result->count, sizeof(*result->curves));
	for (size_t c = 0; c < result->count; c++) {
		struct sweep_curve *curve = &result->curves[c];

		cr_assert_eq(curve_init(curve, &sweep.axes, c), 0);
		for (size_t i = 0; i < curve->count; i++)
			for_each_run (run, &curve->points[i])
				make_run(run, curve, curve->points[i].workers, ++order);
	}
}

void sweep_scene_say_serial(double share)
{
	for (size_t c = 0; c < sweep.result.count; c++)
		for (size_t i = 0; i < sweep.result.curves[c].count; i++)
			for_each_run (run, &sweep.result.curves[c].points[i]) {
				struct predict_account *account = &run->account.predict;

				account->alone_ns = share * account->useful_ns;
				account->hindered_ns = (account->workers - 1) * account->alone_ns;
				run->account.ns[ACCOUNT_LOCK] = (uint64_t)account->hindered_ns;
			}
}

void sweep_scene_finish(void)
{
	for (size_t c = 0; c < sweep.result.count; c++)
		cr_assert_eq(curve_finish(&sweep.result.curves[c]), 0);
}

void sweep_scene_free(void)
{
	for (size_t c = 0; c < sweep.result.count; c++)
		curve_release(&sweep.result.curves[c]);
	free(sweep.result.curves);
}

char *sweep_scene_print(unsigned int columns, bool unicode)
{
	struct report_style style = { .columns = columns, .unicode = unicode };

	return PRINTED(out, cr_assert_eq(sweep_print(out, &sweep.result, &style), 0));
}
