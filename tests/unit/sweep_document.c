// SPDX-License-Identifier: BSD-2-Clause
/* The document against its schema, key by key; a real one is validated in tests/system. */
#include "cli/sweep/document.h"

#include <criterion/criterion.h>
#include <string.h>

#include "cli/verbs/schema.h"
#include "tests/unit/sweep_scene.h"

TestSuite(sweep_document, .fini = sweep_scene_free);

static const json_t *resolve(const json_t *root, const json_t *node)
{
	const char *reference = json_string_value(json_object_get(node, "$ref"));

	if (!reference)
		return node;
	return json_object_get(json_object_get(root, "$defs"), strrchr(reference, '/') + 1);
}

static void assert_described(const json_t *root, const json_t *schema, const json_t *value)
{
	const json_t *properties, *inner;
	const char *key;
	size_t i;

	schema = resolve(root, schema);
	properties = json_object_get(schema, "properties");
	if (json_is_object(value) && properties)
		json_object_foreach ((json_t *)value, key, inner) {
			const json_t *node = json_object_get(properties, key);

			cr_assert(node, "%s is not in the schema", key);
			cr_assert_gt(json_string_length(json_object_get(node, "description")), 3,
				     "%s", key);
			assert_described(root, node, inner);
		}
	json_array_foreach (value, i, inner)
		assert_described(root, json_object_get(schema, "items"), inner);
}

Test(sweep_document, has_no_key_that_its_schema_does_not_describe)
{
	json_t *root = json_loads(schema_of("sweep"), JSON_REJECT_DUPLICATES, NULL);
	json_t *document;

	cr_assert(root);
	sweep_scene_make(NULL, 8);
	sweep_scene_finish();
	document = sweep_document(&sweep.result);
	cr_assert(document);
	assert_described(root, root, document);
	cr_assert_eq(json_array_size(json_object_get(document, "curves")), 2);
	json_decref(document);
	json_decref(root);
}

Test(sweep_document, of_no_law_says_why)
{
	json_t *document, *law;

	sweep_scene_make("true {n}", 1);
	sweep_scene_finish();
	document = sweep_document(&sweep.result);
	cr_assert(document);
	law = json_object_get(json_array_get(json_object_get(document, "curves"), 0), "law");
	cr_assert(json_is_false(json_object_get(law, "fitted")));
	cr_assert_str_eq(json_string_value(json_object_get(law, "refusal")), "too-few-points");
	cr_assert(json_is_null(json_object_get(law, "amdahl")));
	json_decref(document);
}

/* What the first curve says of the measured share, of a scene where it is so much. */
static json_t *measured_of(unsigned int cpus, double share)
{
	json_t *document, *law, *measured;

	sweep_scene_make(NULL, cpus);
	sweep_scene_say_serial(share);
	sweep_scene_finish();
	document = sweep_document(&sweep.result);
	law = json_object_get(json_array_get(json_object_get(document, "curves"), 0), "law");
	measured = json_incref(json_object_get(law, "measured"));
	json_decref(document);
	return measured;
}

static void assert_measured(unsigned int cpus, double share, json_type agrees, const char *says)
{
	json_t *measured = measured_of(cpus, share);
	const char *sentence = json_string_value(json_object_get(measured, "sentence"));

	cr_assert_float_eq(json_real_value(json_object_get(measured, "serial")), share, 0.005);
	cr_assert_eq(json_typeof(json_object_get(measured, "agrees")), agrees);
	cr_assert(sentence && strstr(sentence, says), "%s", sentence);
	json_decref(measured);
}

Test(sweep_document, says_that_the_measured_serial_share_agrees_with_the_fitted_one)
{
	assert_measured(8, 0.1, JSON_TRUE, "which agrees with the fit.");
}

Test(sweep_document, says_why_less_was_measured_than_fitted)
{
	assert_measured(8, 0.01, JSON_FALSE, "less than the fit says");
}

Test(sweep_document, says_why_more_was_measured_than_fitted)
{
	assert_measured(8, 0.4, JSON_FALSE, "which the fit does not show");
}

Test(sweep_document, without_a_law_compares_nothing)
{
	assert_measured(2, 0.1, JSON_NULL, "by Amdahl's law");
}

Test(sweep_document, notes_that_other_programs_were_on_the_cpus_and_that_those_got_slower)
{
	json_t *document, *notes;

	sweep_scene_make(NULL, 8);
	for_each_run (run, &sweep.result.curves[0].points[7]) {
		run->account.ns[ACCOUNT_RUNNING] = 3000000000;
		run->account.ns[ACCOUNT_READY] = 1000000000;
	}
	sweep_scene_finish();
	document = sweep_document(&sweep.result);
	notes = json_object_get(
		json_object_get(json_array_get(json_object_get(document, "curves"), 0), "law"),
		"notes");
	cr_assert_eq(json_array_size(notes), 2);
	cr_assert(strstr(json_string_value(json_array_get(notes, 0)), "the CPUs got slower"));
	cr_assert(strstr(json_string_value(json_array_get(notes, 1)), "other programs ran on"));
	json_decref(document);
}

Test(schema_verb, knows_the_schemas_by_name)
{
	cr_assert(strstr(schema_of("sweep"), "partrace.sweep/1"));
	cr_assert_str_eq(schema_of("report"), schema_text());
	cr_assert_null(schema_of("nothing"));
}
