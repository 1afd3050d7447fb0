// SPDX-License-Identifier: BSD-2-Clause
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/symbol/python_lines.h"
#include "tests/support/python_scene.h"

/* Heads: a shape, and how many code units it is for. */
#define HEAD(shape, units) (0x80 | (shape) << 3 | ((units)-1))

static int line_of(const uint8_t *table, size_t size, int64_t unit)
{
	uint64_t line;
	int r = python_line(table, size, 10, unit, &line);

	return r < 0 ? r : (int)line;
}

Test(python_lines, are_the_first_line_before_the_first_instruction)
{
	cr_assert_eq(line_of(NULL, 0, -1), 10);
}

Test(python_lines, follow_each_shape_of_an_entry)
{
	static const uint8_t table[] = {
		HEAD(0, 1),  0x12,                       /* columns only */
		HEAD(11, 2), 0x01,        0x02,          /* one line on */
		HEAD(13, 8), 5,                          /* two lines back, no columns */
		HEAD(14, 1), 0x40 | 0x14, 0x0c, 1, 2, 3, /* 394 lines on */
		HEAD(15, 1),                             /* no line */
		HEAD(12, 1), 0x01,        0x02,          /* two lines on from the last there was */
	};

	cr_assert_eq(line_of(table, sizeof(table), 0), 10);
	cr_assert_eq(line_of(table, sizeof(table), 1), 11);
	cr_assert_eq(line_of(table, sizeof(table), 2), 11);
	cr_assert_eq(line_of(table, sizeof(table), 3), 9);
	cr_assert_eq(line_of(table, sizeof(table), 10), 9);
	cr_assert_eq(line_of(table, sizeof(table), 11), 403);
	cr_assert_eq(line_of(table, sizeof(table), 12), -ENODATA);
	cr_assert_eq(line_of(table, sizeof(table), 13), 405);
	cr_assert_eq(line_of(table, sizeof(table), 14), -EBADMSG);
}

Test(python_lines, refuse_what_is_no_table)
{
	static const uint8_t no_head[] = { 0x00, 0x00 };
	static const uint8_t cut[] = { HEAD(14, 1), 0x41 };
	static const uint8_t endless[] = { HEAD(13, 1), 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 1 };
	static const uint8_t before_the_file[] = { HEAD(13, 1), 0x40 | 0x3f, 1 };
	static const uint8_t head_for_column[] = { HEAD(0, 1), HEAD(0, 1) };

	cr_assert_eq(line_of(no_head, sizeof(no_head), 0), -EBADMSG);
	cr_assert_eq(line_of(cut, sizeof(cut), 0), -EBADMSG);
	cr_assert_eq(line_of(endless, sizeof(endless), 0), -EBADMSG);
	cr_assert_eq(line_of(before_the_file, sizeof(before_the_file), 0), -EBADMSG);
	cr_assert_eq(line_of(head_for_column, sizeof(head_for_column), 0), -EBADMSG);
	cr_assert_eq(line_of(NULL, 0, 0), -EBADMSG);
}

/* What tests/support/python_tables.py prints of one code. */
struct table {
	uint8_t bytes[1 << 16];
	size_t size;
	long first_line;
	char *runs;
};

static void parse_table(char *text, struct table *ret)
{
	char *hex;

	ret->first_line = strtol(text, &hex, 10);
	ret->size = 0;
	for (hex++; *hex && *hex != ' '; hex += 2) {
		char byte[3] = { hex[0], hex[1] };

		cr_assert_lt(ret->size, sizeof(ret->bytes));
		ret->bytes[ret->size++] = (uint8_t)strtoul(byte, NULL, 16);
	}
	ret->runs = hex;
}

static void check_unit(const struct table *table, long unit, const char *line)
{
	uint64_t got = 0;
	int r = python_line(table->bytes, table->size, table->first_line, unit, &got);

	if (*line == '-')
		cr_assert_eq(r, -ENODATA, "unit %ld: %d", unit, r);
	else
		cr_assert(r == 0 && got == strtoul(line, NULL, 10), "unit %ld: %d, line %lu for %s",
			  unit, r, got, line);
}

/* How many runs of units there were. */
static unsigned int check_runs(const struct table *table)
{
	unsigned int count = 0;
	char *rest = table->runs;

	for (char *run = strsep(&rest, " "); run; run = strsep(&rest, " ")) {
		char *line = strchr(run, '='), *end;
		long first = strtol(run, &end, 10), last;

		if (!line)
			continue;
		last = strtol(end + 1, NULL, 10) - 1;
		check_unit(table, first, line + 1);
		check_unit(table, last, line + 1);
		count++;
	}
	return count;
}

static void check_library(const char *interpreter)
{
	static struct table table;
	_cleanup_free_ char *text = NULL;
	unsigned int codes = 0, runs = 0;
	char command[512];
	size_t size = 0;
	FILE *python;

	snprintf(command, sizeof(command), "exec %s tests/support/python_tables.py", interpreter);
	python = popen(command, "r");
	cr_assert(python);
	while (getline(&text, &size, python) > 0) {
		text[strcspn(text, "\n")] = '\0';
		parse_table(text, &table);
		runs += check_runs(&table);
		codes++;
	}
	cr_assert_eq(pclose(python), 0);
	cr_assert_gt(codes, 500);
	cr_assert_gt(runs, 10000);
}

Test(python_lines, are_those_that_python_tells_of_its_own_library)
{
	for_each_interpreter(check_library);
}

/* xorshift: the same bytes in each run. */
static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* In memory of its very size, so that a byte too far is one for the sanitizer. */
Test(python_lines, never_read_beyond_a_table_of_random_bytes)
{
	uint32_t random = 2463534242;
	unsigned int answers[3] = { 0 };

	for (int i = 0; i < 200000; i++) {
		size_t size = next_random(&random) % 24;
		_cleanup_free_ uint8_t *table = malloc(size + !size);
		uint64_t line;
		int r;

		/* A head where one is due, more often than chance would have it. */
		for (size_t at = 0; at < size; at++)
			table[at] = (uint8_t)next_random(&random) | (at % 3 ? 0 : 0x80);
		r = python_line(table, size, next_random(&random) % 100, next_random(&random) % 20,
				&line);
		cr_assert(r == 0 || r == -ENODATA || r == -EBADMSG);
		cr_assert(r < 0 || line <= INT32_MAX);
		answers[r == 0 ? 0 : r == -ENODATA ? 1 : 2]++;
	}
	cr_assert(answers[0] && answers[1] && answers[2]);
}
