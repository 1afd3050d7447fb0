// SPDX-License-Identifier: BSD-2-Clause
#include "tests/fuzz/change.h"

#include <stdint.h>
#include <string.h>

#include "base/owned.h"
#include "base/units.h"

static json_t *some_number(struct mutation *mutation)
{
	static const json_int_t limits[] = {
		0,         1,       -1,         INT64_MAX, INT64_MIN,
		1ll << 32, 1 << 16, UINT32_MAX, 1ll << 53, NSEC_PER_SEC
	};

	return json_integer(limits[mutation_number(mutation, ARRAY_LEN(limits))]);
}

static json_t *some_text(struct mutation *mutation)
{
	static const char *const texts[] = { "",          "\033[2J\n\t",      "<script>&\"'",
					     "%s%n",      "é\u202e日",        "lock",
					     "gil-bound", "partrace.report/2" };
	char wide[3000];

	if (mutation_number(mutation, 6))
		return json_string(texts[mutation_number(mutation, ARRAY_LEN(texts))]);
	memset(wide, 'x', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	return json_string(wide);
}

static json_t *some_value(struct mutation *mutation)
{
	switch (mutation_number(mutation, 10)) {
	case 0:
		return json_real(1e308);
	case 1:
		return json_real(-0.5);
	case 2:
		return json_null();
	case 3:
		return mutation_number(mutation, 2) ? json_array() : json_object();
	case 4 ... 5:
		return some_text(mutation);
	default:
		return some_number(mutation);
	}
}

/* Most keep their type: what is refused at once is not printed. */
static json_t *other_value(struct mutation *mutation, const json_t *value)
{
	if (mutation_number(mutation, 8) == 0)
		return some_value(mutation);
	if (json_is_string(value))
		return some_text(mutation);
	return json_is_integer(value) ? some_number(mutation)
	       : json_is_real(value)  ? json_real(mutation_number(mutation, 2) ? 1e300 : -1.0)
				      : some_value(mutation);
}

static void change_object(struct mutation *mutation, json_t *object);

static void change_array(struct mutation *mutation, json_t *array)
{
	size_t at = mutation_number(mutation, json_array_size(array));
	json_t *value = json_array_get(array, at);

	if (!value) {
		json_array_append_new(array, some_value(mutation));
	} else if (mutation_number(mutation, 8) == 0) {
		json_array_remove(array, at);
	} else if (mutation_number(mutation, 8) == 0) {
		for (size_t i = mutation_number(mutation, 100); i; i--)
			json_array_append_new(array, json_deep_copy(value));
	} else if (json_is_object(value)) {
		change_object(mutation, value);
	} else {
		json_array_set_new(array, at, other_value(mutation, value));
	}
}

static void change_object(struct mutation *mutation, json_t *object)
{
	size_t left = mutation_number(mutation, json_object_size(object));
	void *at = json_object_iter(object);
	json_t *value;

	while (left--)
		at = json_object_iter_next(object, at);
	if (!at)
		return;
	value = json_object_iter_value(at);
	if (mutation_number(mutation, 24) == 0)
		json_object_del(object, json_object_iter_key(at));
	else if (json_is_object(value))
		change_object(mutation, value);
	else if (json_is_array(value))
		change_array(mutation, value);
	else
		json_object_iter_set_new(object, at, other_value(mutation, value));
}

json_t *document_change(struct mutation *mutation, const json_t *document)
{
	json_t *copy = json_deep_copy(document);

	for (size_t i = 1 + mutation_number(mutation, 8); i; i--)
		change_object(mutation, copy);
	return copy;
}
