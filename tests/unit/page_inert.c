// SPDX-License-Identifier: BSD-2-Clause
/* No text of the target is part of the markup of a page. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/owned.h"
#include "tests/support/golden.h"
#include "tests/unit/page_scene.h"

#define EVIL "</script><b>\"&'<!--"

static size_t occurrences(const char *text, const char *what)
{
	size_t count = 0;

	for (; (text = strstr(text, what)); text++)
		count++;
	return count;
}

/* Every string of the document, wherever it stands, but what chooses between pages. */
static void make_evil(json_t *json)
{
	const char *key;
	json_t *value;
	void *next;
	size_t i;

	json_object_foreach_safe(json, next, key, value)
	{
		if (json_is_string(value) && strcmp(key, "schema"))
			json_string_set(value, EVIL);
		make_evil(value);
	}
	json_array_foreach (json, i, value) {
		if (json_is_string(value))
			json_string_set(value, EVIL);
		make_evil(value);
	}
}

static void assert_harmless(const json_t *document, const json_t *kept)
{
	_cleanup_free_ char *page = page_of(document);
	json_t *data = data_of(page);

	assert_balanced(page);
	cr_assert_null(strstr(page, EVIL));
	cr_assert_null(strstr(page, "<b>\""));
	cr_assert_eq(occurrences(page, "</script>"), 2);
	cr_assert_null(strstr(page, "<!--"));
	cr_assert(strstr(page, "&lt;/script&gt;&lt;b&gt;&quot;&amp;&#39;&lt;!--"));
	cr_assert(json_equal(data, kept), "the data is not the document");
	json_decref(data);
}

Test(page_inert, lets_no_text_of_a_report_be_markup_and_keeps_it_as_data)
{
	const char *const names[] = { "contended.json", "deadlock.json" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		json_t *document = golden_document(names[i]);

		make_evil(document);
		assert_harmless(document, document);
		json_decref(document);
	}
}

Test(page_inert, lets_no_text_of_a_sweep_be_markup)
{
	json_t *document = json_loads(SWEEP, 0, NULL), *kept;
	json_t *law;

	make_evil(document);
	law = json_object_get(json_array_get(json_object_get(document, "curves"), 0), "law");
	json_object_set_new(law, "law", json_string("amdahl"));
	kept = json_deep_copy(document);
	json_object_del(
		json_array_get(json_object_get(json_array_get(json_object_get(kept, "curves"), 0),
					       "points"),
			       0),
		"report");
	assert_harmless(document, kept);
	json_decref(kept);
	json_decref(document);
}
