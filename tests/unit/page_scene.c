// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/page_scene.h"

#include <criterion/criterion.h>
#include <string.h>

#include "cli/page/page.h"
#include "tests/support/printed.h"

char *page_of(const json_t *document)
{
	return PRINTED(out, cr_assert_eq(page_write(document, out), 0));
}

char *page_of_text(const char *json)
{
	json_t *document = json_loads(json, 0, NULL);
	char *text;

	cr_assert(document, "%s", json);
	text = page_of(document);
	json_decref(document);
	return text;
}

/* ---- balanced: what is opened is closed, in order ---- */

static bool is_void(const char *name)
{
	return !strcmp(name, "meta") || !strcmp(name, "link") || !strcmp(name, "br");
}

/* Past the tag's '>', with its name; '<' within a tag is refused. */
static const char *read_tag(const char *at, char name[16])
{
	size_t size = strspn(at, "/abcdefghijklmnopqrstuvwxyz0123456789");
	const char *end = strpbrk(at + size, "<>");

	cr_assert(size && size < 16, "no tag: %.40s", at);
	cr_assert(end && *end == '>', "a tag does not end: %.40s", at);
	memcpy(name, at, size);
	name[size] = '\0';
	return end + 1;
}

void assert_balanced(const char *page)
{
	char open[32][16], name[16];
	size_t depth = 0;
	const char *at = strchr(page + 1, '<');

	cr_assert_eq(strncmp(page, "<!DOCTYPE html>", 15), 0);
	while (at) {
		at = read_tag(at + 1, name);
		if (name[0] == '/') {
			cr_assert(depth && !strcmp(open[depth - 1], name + 1),
				  "%s closes %s before %.60s", name,
				  depth ? open[depth - 1] : "nothing", at);
			depth--;
		} else if (!is_void(name)) {
			cr_assert_lt(depth, 32);
			strcpy(open[depth++], name);
		}
		/* What stands in these is no markup up to their own end. */
		if (!strcmp(name, "script") || !strcmp(name, "style"))
			at = strstr(at, name[1] == 'c' ? "</script>" : "</style>");
		else
			at = strchr(at, '<');
	}
	cr_assert_eq(depth, 0, "%s is left open", depth ? open[depth - 1] : "");
}

json_t *data_of(const char *page)
{
	const char *from = strstr(page, "id=\"data\">");
	const char *to = from ? strstr(from, "</script>") : NULL;
	json_t *data;

	cr_assert(to);
	from = strchr(from, '>') + 1;
	data = json_loadb(from, (size_t)(to - from), 0, NULL);
	cr_assert(data, "the data is no JSON");
	return data;
}
