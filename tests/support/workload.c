// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/workload.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

double workload_truth(const json_t *report, const char *key)
{
	return number_at(json_at(report, "workload.truth"), key);
}

const json_t *workload_worker(const json_t *report, size_t index)
{
	return json_array_get(json_at(report, "workload.truth.workers"), index);
}

void assert_workers_sum(const json_t *report, const char *key)
{
	const json_t *workers = json_at(report, "workload.truth.workers"), *worker;
	double sum = 0;
	size_t i;

	json_array_foreach (workers, i, worker)
		sum += number_at(worker, key);
	cr_assert_eq(sum, workload_truth(report, key), "sum of %s", key);
}

json_t *workload_run(const char *mode, int workers, const char *format, ...)
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
	assert_complete(report, options);
	assert_workers_sum(report, "running_ns");
	assert_workers_sum(report, "lock_waits");
	assert_workers_sum(report, "lock_wait_ns");
	return report;
}

double workload_wait(const json_t *report, const char *cause)
{
	const json_t *wait = json_object_get(json_at(report, "totals.waits"), cause);

	return number_at(wait, "time_ns") + number_at(wait, "ready_ns");
}

double workload_start_ns(const json_t *report)
{
	return number_at(report, "target.workers") *
	       (number_at(report, "window.duration_ns") - number_at(report, "workload.elapsed_ns"));
}

void assert_near(double got, double want, double share, double slack_ns, const char *what)
{
	cr_assert(fabs(got - want) <= want * share + slack_ns, "%s: %.0f, the truth %.0f", what,
		  got, want);
}
