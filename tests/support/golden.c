// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/golden.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"

#define FOLDER "tests/golden/"

json_t *golden_document(const char *name)
{
	char path[256];
	json_error_t error;
	json_t *document;

	snprintf(path, sizeof(path), FOLDER "%s", name);
	document = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	cr_assert(document, "%s, line %d: %s", path, error.line, error.text);
	return document;
}

static char *read_text(const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	cr_assert(file, "%s is not there: UPDATE_GOLDEN=1 makes it", path);
	if (getdelim(&text, &size, '\0', file) < 0)
		cr_assert_fail("%s is empty", path);
	return text;
}

static void write_text(const char *path, const char *text)
{
	_cleanup_fclose_ FILE *file = fopen(path, "we");

	cr_assert(file && fputs(text, file) >= 0, "cannot write %s", path);
}

static int line_of(const char *text, size_t offset)
{
	int line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

void golden_assert(const char *name, const char *text)
{
	_cleanup_free_ char *expected = NULL;
	char path[256];
	size_t same = 0;

	snprintf(path, sizeof(path), FOLDER "%s", name);
	if (getenv("UPDATE_GOLDEN"))
		write_text(path, text);
	expected = read_text(path);
	while (text[same] && text[same] == expected[same])
		same++;
	cr_assert_str_eq(text, expected, "%s differs from line %d on; printed was:\n%s", path,
			 line_of(text, same), text);
}
