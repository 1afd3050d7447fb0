/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What only this workload knows about itself, named as its keys are: of any workload, without
 * knowing one.
 */
#include <inttypes.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/format.h"
#include "cli/report/section.h"

#define ROWS_SHOWN 8u

/* Keys that all workloads have; they are shown elsewhere, or are what was asked for. */
static const char *const common[] = {
	"task_time_ns", "lock_share",          "fixed",       "running_ns",
	"ready_ns",     "voluntary",           "involuntary", "lock_waits",
	"lock_wait_ns", "locked_ns",           "io_waits",    "io_wait_ns",
	"workers",      "running_per_task_ns", "made_ns",     "kind",
};

static bool is_common(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(common); i++)
		if (!strcmp(common[i], key))
			return true;
	return false;
}

static bool is_time(const char *key)
{
	size_t length = strlen(key);

	return length > 3 && !strcmp(key + length - 3, "_ns");
}

/* "gil_wait_ns" is "gil wait": the unit stands behind the figure. */
static void print_name(FILE *text, const char *key)
{
	size_t length = strlen(key) - (is_time(key) ? 3 : 0);

	for (size_t i = 0; i < length; i++)
		fputc(key[i] == '_' ? ' ' : key[i], text);
}

static void print_value(FILE *text, const char *key, const json_t *value)
{
	json_int_t number = json_integer_value(value);
	uint64_t count = number < 0 ? NO_VALUE : (uint64_t)number;

	if (json_is_string(value))
		fprintf(text, "%.40s", json_string_value(value));
	else if (json_is_real(value) && is_time(key) && json_real_value(value) >= 100)
		fprintf(text, "%s", format_duration((uint64_t)json_real_value(value)).text);
	else if (json_is_real(value))
		fprintf(text, "%.3g%s", json_real_value(value), is_time(key) ? " ns" : "");
	else if (is_time(key))
		fprintf(text, "%s", format_duration(count).text);
	else if (strstr(key, "tid") || strstr(key, "pid"))
		fprintf(text, "%" PRIu64, count);
	else
		fprintf(text, "%s", format_count(count).text);
}

static bool is_plain(const json_t *value)
{
	return json_is_number(value) || json_is_string(value);
}

/*
 * "name value · name value" of the plain figures of an object. In a row a text is what the row is
 * about and needs no name.
 */
static void print_object(const struct page *page, const char *label, const json_t *object,
			 bool is_row)
{
	_cleanup_free_ char *written = NULL;
	const char *key, *between = "";
	const json_t *value;
	size_t size;
	FILE *text = open_memstream(&written, &size);

	if (!text)
		return;
	json_object_foreach ((json_t *)object, key, value) {
		if (!is_plain(value) || is_common(key))
			continue;
		fputs(between, text);
		if (!is_row || !json_is_string(value)) {
			print_name(text, key);
			fputc(' ', text);
		}
		print_value(text, key, value);
		between = " · ";
	}
	fclose(text);
	if (written && *written)
		section_labelled(page, label, written);
}

static void print_rows(const struct page *page, const char *key, const json_t *rows)
{
	const json_t *row;
	char label[64];
	size_t i;

	snprintf(label, sizeof(label), "  %.12s", key);
	json_array_foreach (rows, i, row)
		if (i < ROWS_SHOWN)
			print_object(page, i ? "" : label, row, true);
	if (json_array_size(rows) > ROWS_SHOWN) {
		snprintf(label, sizeof(label), "and %zu more", json_array_size(rows) - ROWS_SHOWN);
		section_labelled(page, "", label);
	}
}

void section_own_truth(const struct page *page)
{
	const json_t *truth = json_object_get(page->workload, "truth"), *value;
	const char *key;
	char label[64];

	print_object(page, "  its own", truth, false);
	json_object_foreach ((json_t *)truth, key, value) {
		if (is_common(key))
			continue;
		snprintf(label, sizeof(label), "  %.12s", key);
		if (json_is_object(value))
			print_object(page, label, value, false);
		else
			print_rows(page, key, value);
	}
}
