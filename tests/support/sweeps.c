// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/sweeps.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/support/command.h"

json_t *sweep_by(const char *script)
{
	struct command_result result = command_run(script);
	json_t *document;

	cr_assert_eq(result.status, 0, "%s: %s", script, result.err);
	document = json_loads(result.out, 0, NULL);
	cr_assert(document, "%s", result.out);
	command_release(&result);
	return document;
}

json_t *sweep_of(const char *arguments)
{
	char script[1024];
	json_t *document;
	char *text;

	snprintf(script, sizeof(script), "exec $P sweep %s --json -q", arguments);
	document = sweep_by(script);
	text = json_dumps(document, 0);
	assert_valid_as("sweep", text);
	free(text);
	cr_assert_not(json_is_true(json_at(document, "interrupted")), "somebody sent a signal");
	return document;
}

const json_t *sweep_curve(const json_t *document, size_t curve)
{
	return json_array_get(json_at(document, "curves"), curve);
}

const json_t *sweep_point(const json_t *document, size_t curve, size_t point)
{
	return json_array_get(json_at(sweep_curve(document, curve), "points"), point);
}

const char *sweep_cause_id(const json_t *document, size_t curve)
{
	return json_string_value(json_at(sweep_curve(document, curve), "cause.id"));
}
