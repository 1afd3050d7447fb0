// SPDX-License-Identifier: BSD-2-Clause
/* How a workload's twin in Python is asked, and what is believed of what it says. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "base/units.h"
#include "cli/workload/python.h"

static char why[256];

static struct workload_plan plan_of(const char *name, unsigned int given)
{
	return (struct workload_plan){ .workload = workload_find(name),
				       .given = given,
				       .runtime = RUNTIME_PYTHON,
				       .python = "/usr/bin/python3" };
}

static int settle(struct workload_plan *plan)
{
	why[0] = '\0';
	return workload_settle(plan, 2, why, sizeof(why));
}

static void assert_arguments(struct workload_plan plan, const char *expected)
{
	struct python_arguments arguments;
	char text[512] = "";

	cr_assert_eq(settle(&plan), 0, "%s", why);
	python_arguments(&plan, "S", &arguments);
	for (size_t i = 0; arguments.list[i]; i++) {
		strcat(text, i ? " " : "");
		strcat(text, arguments.list[i]);
	}
	cr_assert_str_eq(text, expected);
}

Test(twin, is_asked_for_the_same_work_as_the_native_one)
{
	assert_arguments(plan_of("cpu", 0), "/usr/bin/python3 S cpu --wait --threads 2 --tasks 100 "
					    "--task-time 100");
}

Test(twin, works_for_a_time_instead_of_a_number_of_tasks)
{
	struct workload_plan plan = plan_of("gil", OPTION_TASK_TIME);

	plan.duration_ns = 1500 * NSEC_PER_MSEC;
	plan.task_time_ns = 10500 * NSEC_PER_USEC;
	assert_arguments(plan, "/usr/bin/python3 S gil --wait --threads 2 --duration 1.5 "
			       "--task-time 10.5");
}

Test(twin, hears_of_the_lock_and_of_how_processes_are_started)
{
	struct workload_plan plan =
		plan_of("lock", OPTION_LOCK_SHARE | OPTION_START | OPTION_WORKERS);

	plan.mode = WORKER_PROCESSES;
	plan.workers = 8;
	plan.lock_share = 0.5;
	plan.start = "spawn";
	assert_arguments(plan, "/usr/bin/python3 S lock --wait --procs 8 --tasks 100 --task-time "
			       "100 --lock-share 0.5 --start spawn");
}

Test(twin, of_cpu_may_hash)
{
	struct workload_plan plan = plan_of("cpu", OPTION_WORK);

	plan.work = "hash";
	assert_arguments(plan, "/usr/bin/python3 S cpu --wait --threads 2 --tasks 100 --task-time "
			       "100 --work hash");
}

Test(twin, of_ipc_has_two_workers_whatever_the_cpus)
{
	struct workload_plan plan = plan_of("ipc", 0);

	cr_assert_eq(workload_settle(&plan, 8, why, sizeof(why)), 0, "%s", why);
	cr_assert_eq(plan.workers, 2);
}

static void assert_refused(struct workload_plan plan, const char *says)
{
	cr_assert_eq(settle(&plan), -EINVAL, "%s", says);
	cr_assert_str_eq(why, says);
}

Test(twin, refuses_what_it_cannot_do)
{
	struct workload_plan io = plan_of("io", OPTION_KIND), ipc = plan_of("ipc", OPTION_WORKERS);

	io.kind = "file";
	ipc.workers = 4;
	assert_refused(plan_of("queue", 0), "queue has no twin in Python; these have: cpu, io, "
					    "mixed, lock, gil, ipc, spawn");
	assert_refused(plan_of("gil", OPTION_FIXED),
		       "--fixed is for --runtime native; in Python, see --procs");
	assert_refused(io, "in Python, io knows --kind socket only and lock --kind slices only; "
			   "--runtime native knows the others");
	assert_refused(ipc, "ipc in Python has one who sends and one who receives: give 2 workers");
	assert_refused(plan_of("cpu", OPTION_START),
		       "--start is how processes are started; give --procs with it");
	assert_refused(plan_of("io", OPTION_WORK), "io knows no --work; cpu does");
	ipc.given = 0;
	ipc.duration_ns = NSEC_PER_SEC;
	assert_refused(ipc, "ipc in Python ends after its messages: give --tasks, no --duration");
}

Test(twin, has_options_that_the_native_one_refuses)
{
	struct workload_plan plan = plan_of("cpu", OPTION_WORK);

	plan.runtime = RUNTIME_NATIVE;
	assert_refused(plan, "--work is for --runtime python");
	plan.given = OPTION_START;
	assert_refused(plan, "--start is for --runtime python");
	plan.given = OPTION_PYTHON;
	assert_refused(plan, "--python is for --runtime python");
}

/* ---- what it says ---- */

static int parse_ready(const char *text, pid_t **ret, size_t *ret_count)
{
	return python_parse_ready(text, strlen(text), ret, ret_count, why, sizeof(why));
}

Test(twin, names_its_workers)
{
	_cleanup_free_ pid_t *targets = NULL;
	size_t count;

	cr_assert_eq(
		parse_ready("{\"ready\": true, \"pid\": 7, \"targets\": [8, 9]}", &targets, &count),
		0);
	cr_assert_eq(count, 2);
	cr_assert_eq(targets[0], 8);
	cr_assert_eq(targets[1], 9);
}

Test(twin, is_not_believed_when_it_names_nobody_or_nonsense)
{
	static const char *const texts[] = {
		"",
		"hello",
		"[]",
		"{\"ready\": false, \"targets\": [8]}",
		"{\"ready\": true}",
		"{\"ready\": true, \"targets\": []}",
		"{\"ready\": true, \"targets\": [0]}",
		"{\"ready\": true, \"targets\": [-1]}",
		"{\"ready\": true, \"targets\": [4294967297]}",
		"{\"ready\": true, \"targets\": [\"8\"]}",
		"{\"ready\": true, \"targets\": [8]} {}",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		pid_t *targets = NULL;
		size_t count = 0;

		cr_assert_eq(parse_ready(texts[i], &targets, &count), -EBADMSG, "%s", texts[i]);
		cr_assert_null(targets);
	}
}

Test(twin, has_what_it_said_instead_shown_as_plain_characters)
{
	pid_t *targets;
	size_t count;

	cr_assert_eq(parse_ready("\033[31mred", &targets, &count), -EBADMSG);
	cr_assert_str_eq(why, "it said '?[31mred' instead of which workers are ready");
}

#define TRUTH                                                                                      \
	"{\"workload\": \"cpu\", \"tasks\": 3, \"elapsed_ns\": 5, \"truth\": {\"workers\": []}}"

static int parse_truth(const char *text, json_t **ret)
{
	return python_parse_truth(text, strlen(text), "cpu", ret, why, sizeof(why));
}

Test(twin, tells_its_truth_in_its_last_line)
{
	json_t *truth;

	cr_assert_eq(parse_truth("some library says hello\n" TRUTH "\n", &truth), 0, "%s", why);
	cr_assert_eq(json_integer_value(json_object_get(truth, "tasks")), 3);
	cr_assert_eq(json_integer_value(json_object_get(truth, "elapsed_ns")), 5);
	cr_assert(json_is_object(json_object_get(truth, "truth")));
	cr_assert_eq(json_object_size(truth), 3);
	json_decref(truth);
}

Test(twin, is_not_believed_when_its_truth_lacks_something)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		TRUTH "\nTraceback (most recent call last):\n",
		"{\"workload\": \"io\", \"tasks\": 3, \"elapsed_ns\": 5, \"truth\": {\"workers\": "
		"[]}}",
		"{\"workload\": \"cpu\", \"tasks\": -3, \"elapsed_ns\": 5, \"truth\": "
		"{\"workers\": []}}",
		"{\"workload\": \"cpu\", \"tasks\": 3, \"elapsed_ns\": 0.5, \"truth\": "
		"{\"workers\": []}}",
		"{\"workload\": \"cpu\", \"tasks\": 3, \"elapsed_ns\": 5, \"truth\": []}",
		"{\"workload\": \"cpu\", \"tasks\": 3, \"elapsed_ns\": 5, \"truth\": {}}",
		"{\"workload\": \"cpu\", \"tasks\": 3, \"elapsed_ns\": 5, \"truth\": {\"work",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		json_t *truth = NULL;

		cr_assert_eq(parse_truth(texts[i], &truth), -EBADMSG, "%s", texts[i]);
		cr_assert_null(truth);
	}
}
