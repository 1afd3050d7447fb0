/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/fold_names.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/owned.h"

#define RANGES_MAX    3u
#define DIGITS_MAX    9u
#define NAMED_AT_ONCE 2u

static const char *name_at(const char *const *names, size_t index)
{
	return names[index] && *names[index] ? names[index] : "unnamed";
}

/* Where the number at its end starts; its end when there is none. */
static size_t number_at(const char *name)
{
	size_t at = strlen(name);

	while (at && isdigit((unsigned char)name[at - 1]))
		at--;
	return at;
}

static bool all_equal(const char *const *names, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (strcmp(name_at(names, 0), name_at(names, i)) != 0)
			return false;
	return true;
}

/* All of the form PREFIX and a number without leading zeros? */
static bool numbers_of(const char *const *names, size_t count, size_t prefix, uint64_t *ret)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = name_at(names, i);
		size_t at = number_at(name), digits = strlen(name) - at;

		if (at != prefix || strncmp(name, name_at(names, 0), prefix) != 0 || !digits ||
		    digits > DIGITS_MAX || (digits > 1 && name[at] == '0'))
			return false;
		ret[i] = strtoull(name + at, NULL, 10);
	}
	return true;
}

static int by_number(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static size_t count_ranges(const uint64_t *numbers, size_t count)
{
	size_t ranges = 1;

	for (size_t i = 1; i < count; i++)
		ranges += numbers[i] > numbers[i - 1] + 1;
	return ranges;
}

/* "1…3,7" out of sorted numbers. */
static void print_ranges(FILE *out, const uint64_t *numbers, size_t count)
{
	for (size_t i = 0; i < count;) {
		size_t last = i;

		while (last + 1 < count && numbers[last + 1] <= numbers[last] + 1)
			last++;
		fprintf(out, "%s%" PRIu64, i ? "," : "", numbers[i]);
		if (numbers[last] > numbers[i])
			fprintf(out, "%s%" PRIu64, numbers[last] == numbers[i] + 1 ? "," : "…",
				numbers[last]);
		i = last + 1;
	}
}

static void print_numbered(FILE *out, const char *name, size_t prefix, uint64_t *numbers,
			   size_t count)
{
	qsort(numbers, count, sizeof(*numbers), by_number);
	if (count_ranges(numbers, count) > RANGES_MAX) {
		fprintf(out, "%zu × %.*sN", count, (int)prefix, name);
		return;
	}
	fprintf(out, "%.*s", (int)prefix, name);
	print_ranges(out, numbers, count);
}

static bool named_before(const char *const *names, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(name_at(names, i), name_at(names, index)) == 0)
			return true;
	return false;
}

static void print_list(FILE *out, const char *const *names, size_t count)
{
	size_t shown = 0, i = 0;

	for (; i < count && shown < NAMED_AT_ONCE; i++)
		if (!named_before(names, i))
			fprintf(out, "%s%s", shown++ ? ", " : "", name_at(names, i));
	if (count > shown)
		fprintf(out, " and %zu more", count - shown);
}

void fold_names(const char *const *names, size_t count, char *ret, size_t size)
{
	_cleanup_free_ uint64_t *numbers = calloc(count + 1, sizeof(*numbers));
	/* One byte is kept back: it ends the text, however long that is. */
	_cleanup_fclose_ FILE *out = fmemopen(memset(ret, 0, size), size - 1, "w");
	size_t prefix = count ? number_at(name_at(names, 0)) : 0;

	if (!out || !numbers || !count)
		return;
	if (count == 1)
		fputs(name_at(names, 0), out);
	else if (all_equal(names, count))
		fprintf(out, "%zu × %s", count, name_at(names, 0));
	else if (numbers_of(names, count, prefix, numbers))
		print_numbered(out, name_at(names, 0), prefix, numbers, count);
	else
		print_list(out, names, count);
}
