/* SPDX-License-Identifier: BSD-2-Clause */
/* What the workers know, added up; and that the schema says what each key means. */
#include <criterion/criterion.h>
#include <jansson.h>

#include "cli/verbs/schema.h"
#include "cli/workload/run.h"

static json_int_t number_in(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	cr_assert(json_is_integer(value), "%s is not there", key);
	return json_integer_value(value);
}

Test(truth_sums, add_up_what_all_workers_know)
{
	struct worker_truth truth[2] = {
		{ .tid = 5, .tasks = 1, .lock_waits = 2, .lock_wait_ns = 30, .own = { 7 } },
		{ .tid = 6, .tasks = 4, .lock_waits = 5, .lock_wait_ns = 60, .own = { 8 } },
	};
	struct workload_plan plan = { .workload = &workload_livelock, .workers = 2 };
	struct workload_result result = { .tasks = 5, .workers = 2, .truth = truth };
	json_t *workload;
	const json_t *sum;

	truth[0].first.running_ns = 100;
	truth[0].last.running_ns = 150;
	truth[1].last.running_ns = 30;
	workload = workload_json(&plan, &result);
	sum = json_object_get(workload, "truth");
	cr_assert_eq(number_in(workload, "tasks"), 5);
	cr_assert_eq(number_in(sum, "running_ns"), 80);
	cr_assert_eq(number_in(sum, "running_per_task_ns"), 16);
	cr_assert_eq(number_in(sum, "lock_waits"), 7);
	cr_assert_eq(number_in(sum, "lock_wait_ns"), 90);
	cr_assert_eq(number_in(sum, "attempts"), 15);
	cr_assert_eq(json_array_size(json_object_get(sum, "workers")), 2);
	json_decref(workload);
}

Test(truth_sums, take_the_highest_of_what_is_a_maximum)
{
	struct worker_truth truth[3] = { { .own = { 3, 20, 15 } }, { 0 }, { .own = { 1, 9, 9 } } };
	struct workload_plan plan = { .workload = &workload_responsive, .workers = 3 };
	static char state[4096];
	struct workload_result result = { .workers = 3, .truth = truth, .state = state };
	json_t *workload = workload_json(&plan, &result);
	const json_t *sum = json_object_get(workload, "truth");

	cr_assert_leq(workload_responsive.state_size, sizeof(state));
	cr_assert_eq(number_in(sum, "inputs"), 4);
	cr_assert_eq(number_in(sum, "input_delay_ns"), 29);
	cr_assert_eq(number_in(sum, "input_delay_max_ns"), 15);
	json_decref(workload);
}

Test(truth_sums, of_a_race_lose_what_the_counter_lacks)
{
	struct worker_truth truth[2] = { { .own = { 60 } }, { .own = { 50 } } };
	_Alignas(64) uint64_t counter[8] = { 100 };
	struct workload_plan plan = { .workload = &workload_race, .workers = 2 };
	struct workload_result result = { .workers = 2, .truth = truth, .state = counter };
	json_t *workload = workload_json(&plan, &result);
	const json_t *sum = json_object_get(workload, "truth");

	cr_assert_eq(number_in(sum, "updates"), 110);
	cr_assert_eq(number_in(sum, "lost_updates"), 10);
	json_decref(workload);
}

Test(truth_sums, of_a_deadlock_list_only_who_waits)
{
	struct worker_truth truth[3] = { { .tid = 11, .waiting_since_ns = 105 },
					 { .tid = 12, .waiting_since_ns = 107 },
					 { .tid = 13 } };
	struct workload_plan plan = { .workload = &workload_deadlock, .workers = 3, .cycle = 3 };
	struct workload_result result = { .workers = 3, .truth = truth, .started_ns = 100 };
	json_t *workload = workload_json(&plan, &result);
	const json_t *cycle = json_object_get(json_object_get(workload, "truth"), "cycle");

	cr_assert_eq(json_array_size(cycle), 2);
	cr_assert_eq(number_in(json_array_get(cycle, 0), "held_by_tid"), 12);
	cr_assert_eq(number_in(json_array_get(cycle, 1), "since_ns"), 7);
	json_decref(workload);
}

Test(truth_sums, have_every_figure_of_every_workload_in_the_schema)
{
	json_t *schema = json_loads(schema_text(), 0, NULL);
	const json_t *known = NULL;
	const struct workload *workload;
	size_t figures = 0;

	cr_assert_eq(json_unpack(schema, "{s:{s:{s:o}}}", "$defs", "truth", "properties", &known),
		     0);
	for (size_t i = 0; (workload = workload_at(i)); i++)
		for (size_t j = 0; workload->figures[j].key; j++, figures++)
			cr_assert(json_object_get(known, workload->figures[j].key),
				  "%s of %s is not in the schema", workload->figures[j].key,
				  workload->name);
	cr_assert_gt(figures, 30);
	json_decref(schema);
}
