// SPDX-License-Identifier: BSD-2-Clause
#include "cli/page/data.h"

#include <stdbool.h>

#include "base/owned.h"

/* What report.js reads of a thread, beside its waits. */
static const char *const thread_keys[] = { "tid",        "name",           "state",
					   "running_ns", "ready_ns",       "waiting_ns",
					   "migrations", "criticality_ns", "switches" };

/* Causes of which there was none are missing, and count as none. */
static json_t *lean_waits(const json_t *waits)
{
	json_t *lean = json_object(), *wait;
	const char *cause;

	json_object_foreach ((json_t *)waits, cause, wait) {
		json_t *time_ns = json_object_get(wait, "time_ns");
		json_t *ready_ns = json_object_get(wait, "ready_ns");

		if (json_integer_value(time_ns) || json_integer_value(ready_ns))
			json_object_set_new(
				lean, cause,
				json_pack("{s:O?,s:O?}", "time_ns", time_ns, "ready_ns", ready_ns));
	}
	return lean;
}

static json_t *lean_thread(const json_t *thread)
{
	json_t *lean = json_object();

	for (size_t i = 0; i < ARRAY_LEN(thread_keys); i++) {
		json_t *value = json_object_get(thread, thread_keys[i]);

		if (value)
			json_object_set(lean, thread_keys[i], value);
	}
	json_object_set_new(lean, "waits", lean_waits(json_object_get(thread, "waits")));
	return lean;
}

/* A copy with each row made lean. */
static json_t *each_of(const json_t *rows, json_t *(*lean_row)(const json_t *))
{
	json_t *lean = json_array(), *row;
	size_t i;

	json_array_foreach (rows, i, row)
		json_array_append_new(lean, lean_row(row));
	return lean;
}

/* A sweep's reports are many times the rest, and no chart of the page is made from them. */
static json_t *lean_curve(const json_t *curve)
{
	json_t *lean = json_copy((json_t *)curve), *points = json_array(), *point;
	size_t i;

	json_array_foreach (json_object_get(curve, "points"), i, point) {
		json_t *copy = json_copy(point);

		json_object_del(copy, "report");
		json_array_append_new(points, copy);
	}
	json_object_set_new(lean, "points", points);
	return lean;
}

static bool has_many_threads(const json_t *document)
{
	return json_array_size(json_object_get(document, "threads")) > PAGE_WHOLE_THREADS;
}

json_t *page_data(const json_t *document)
{
	const json_t *curves = json_object_get(document, "curves");
	json_t *data = json_copy((json_t *)document);

	if (curves)
		json_object_set_new(data, "curves", each_of(curves, lean_curve));
	if (has_many_threads(document))
		json_object_set_new(data, "threads",
				    each_of(json_object_get(document, "threads"), lean_thread));
	return data;
}

const char *page_data_without(const json_t *document)
{
	if (json_object_get(document, "curves"))
		return "but for the reports of its points, ";
	return has_many_threads(document) ? "of its threads what is shown of them, " : "";
}
