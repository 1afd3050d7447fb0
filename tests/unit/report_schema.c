/* SPDX-License-Identifier: BSD-2-Clause */
/* The schema is written by hand; the table of fields is what the report really is. */
#include "cli/verbs/schema.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "api/report_fields.h"
#include "api/version.h"

static json_t *root;

static void read_schema(void)
{
	json_error_t error;

	root = json_loads(schema_text(), JSON_REJECT_DUPLICATES, &error);
	cr_assert(root, "line %d: %s", error.line, error.text);
}

static void forget_schema(void)
{
	json_decref(root);
}

/* Behind "$ref": "#/$defs/NAME"; the node itself when it refers to none. */
static const json_t *referred(const json_t *node)
{
	const char *reference = json_string_value(json_object_get(node, "$ref"));
	const json_t *found;

	if (!reference)
		return node;
	cr_assert_eq(strncmp(reference, "#/$defs/", 8), 0, "%s", reference);
	found = json_object_get(json_object_get(root, "$defs"), reference + 8);
	cr_assert(found, "%s is not there", reference);
	return found;
}

/* A key's node, in the object itself or in what it is put together from. */
static const json_t *find_property(const json_t *object, const char *key)
{
	const json_t *found, *part;
	size_t i;

	object = referred(object);
	found = json_object_get(json_object_get(object, "properties"), key);
	json_array_foreach (json_object_get(object, "allOf"), i, part)
		if (!found)
			found = find_property(part, key);
	return found;
}

static bool allows(const json_t *node, const char *type)
{
	const json_t *types = json_object_get(referred(node), "type"), *one;
	size_t i;

	if (json_is_string(types))
		return !strcmp(json_string_value(types), type);
	json_array_foreach (types, i, one)
		if (!strcmp(json_string_value(one), type))
			return true;
	return false;
}

static const char *type_of(enum field_kind kind)
{
	switch (kind) {
	case FIELD_U64:
	case FIELD_I64:
		return "integer";
	case FIELD_REAL:
		return "number";
	case FIELD_BOOL:
		return "boolean";
	case FIELD_TEXT:
		return "string";
	case FIELD_OBJECT:
	case FIELD_FIGURES:
	case FIELD_ABSENT:
		return "object";
	default:
		return "array";
	}
}

/* What the elements of a list are; NULL where the table does not say. */
static const char *type_of_elements(enum field_kind kind)
{
	switch (kind) {
	case FIELD_U64S:
	case FIELD_U8S:
		return "integer";
	case FIELD_TEXTS:
		return "string";
	case FIELD_LIST:
		return "object";
	default:
		return NULL;
	}
}

static bool may_be_null(enum field_kind kind)
{
	return kind == FIELD_U64 || kind == FIELD_REAL || kind == FIELD_TEXT;
}

static void check_fields(const json_t *object, const struct field *fields);

static void check_field(const json_t *object, const struct field *field)
{
	const json_t *node = find_property(object, field->name);
	const json_t *elements = json_object_get(referred(node), "items");
	const char *inner = type_of_elements(field->kind);

	cr_assert(node, "%s is not in the schema", field->name);
	cr_assert_gt(json_string_length(json_object_get(node, "description")), 3,
		     "%s has no description", field->name);
	cr_assert(allows(node, type_of(field->kind)), "%s is no %s", field->name,
		  type_of(field->kind));
	/* Fixed by the field itself: the document's own kind, never null. */
	if (may_be_null(field->kind) && !json_object_get(node, "const") &&
	    strcmp(field->name, "partrace") != 0)
		cr_assert(allows(node, "null"), "%s can be null", field->name);
	if (inner)
		cr_assert(allows(elements, inner), "%s is no list of %s", field->name, inner);
	if (field->kind == FIELD_U64)
		cr_assert(json_object_get(referred(node), "minimum"), "%s is not negative",
			  field->name);
	if (field->kind == FIELD_I64)
		cr_assert_null(json_object_get(referred(node), "minimum"), "%s can be negative",
			       field->name);
	if (field->kind == FIELD_LIST)
		check_fields(elements, field->fields);
	else if (field->fields)
		check_fields(node, field->fields);
}

static void check_fields(const json_t *object, const struct field *fields)
{
	for (const struct field *field = fields; field->name; field++) {
		if (field->kind == FIELD_EMBED)
			check_fields(object, field->fields);
		else
			check_field(object, field);
	}
}

static bool table_has(const struct field *fields, const char *key)
{
	for (const struct field *field = fields; field->name; field++)
		if (field->kind == FIELD_EMBED ? table_has(field->fields, key)
					       : !strcmp(field->name, key))
			return true;
	return false;
}

static void check_units(const json_t *node)
{
	const json_t *property;
	const char *key;

	json_object_foreach ((json_t *)json_object_get(node, "properties"), key, property) {
		const char *text = json_string_value(json_object_get(property, "description"));
		size_t length = strlen(key);

		cr_assert(text, "%s has no description", key);
		if (length > 3 && !strcmp(key + length - 3, "_ns"))
			cr_assert(strstr(text, "nanoseconds"), "%s: %s", key, text);
		if (length > 6 && !strcmp(key + length - 6, "_bytes"))
			cr_assert(strstr(text, "bytes"), "%s: %s", key, text);
	}
	json_object_foreach ((json_t *)node, key, property) {
		if (json_is_object(property))
			check_units(property);
	}
}

TestSuite(schema, .init = read_schema, .fini = forget_schema);

Test(schema, describes_every_key_of_the_report_as_what_it_is)
{
	check_fields(root, report_fields);
}

Test(schema, has_no_key_that_the_report_has_not)
{
	const json_t *property;
	const char *key;

	json_object_foreach (json_object_get(root, "properties"), key, property)
		cr_assert(table_has(report_fields, key), "%s", key);
	json_object_foreach (
		json_object_get(json_object_get(json_object_get(root, "$defs"), "figures"),
				"properties"),
		key, property)
		cr_assert(table_has(report_figures_fields, key), "%s", key);
}

Test(schema, says_the_unit_of_every_time_and_every_size)
{
	check_units(root);
}

Test(schema, is_of_this_report_and_leaves_room_for_later_keys)
{
	const json_t *kind = find_property(root, "schema");

	cr_assert_str_eq(json_string_value(json_object_get(kind, "const")), REPORT_SCHEMA);
	cr_assert(json_is_true(json_object_get(root, "additionalProperties")));
}
