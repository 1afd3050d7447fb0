// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/python_lines.h"

#include <errno.h>
#include <stdbool.h>

/* What the four bits of an entry's head say; the shapes below ONE_LINE_0 differ in columns only. */
enum shape {
	SHAPE_ONE_LINE_0 = 10,
	SHAPE_ONE_LINE_2 = 12,
	SHAPE_NO_COLUMNS = 13,
	SHAPE_LONG = 14,
	SHAPE_NONE = 15,
};

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
};

static int take_varint(struct cursor *cursor, uint32_t *ret)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 36; shift += 6) {
		uint8_t byte;

		if (cursor->at == cursor->end || *cursor->at & 0x80)
			return -EBADMSG;
		byte = *cursor->at++;
		value |= (uint64_t)(byte & 0x3f) << shift;
		if (byte & 0x40)
			continue;
		if (value > UINT32_MAX)
			return -EBADMSG;
		*ret = (uint32_t)value;
		return 0;
	}
	return -EBADMSG;
}

static int take_line_delta(struct cursor *cursor, int64_t *line)
{
	uint32_t value;
	int r = take_varint(cursor, &value);

	if (r < 0)
		return r;
	*line += value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
	return 0;
}

static int skip(struct cursor *cursor, unsigned int bytes)
{
	for (; bytes; bytes--) {
		if (cursor->at == cursor->end || *cursor->at & 0x80)
			return -EBADMSG;
		cursor->at++;
	}
	return 0;
}

/* The line's end and both columns. */
static int skip_long(struct cursor *cursor)
{
	uint32_t ignored;

	for (int i = 0; i < 3; i++)
		if (take_varint(cursor, &ignored) < 0)
			return -EBADMSG;
	return 0;
}

static int take_entry(struct cursor *cursor, int64_t *line, bool *has_line, unsigned int *units)
{
	uint8_t head = *cursor->at++;
	unsigned int shape = head >> 3 & 15;
	int r;

	if (!(head & 0x80))
		return -EBADMSG;
	*units = (head & 7) + 1;
	*has_line = shape != SHAPE_NONE;
	if (shape == SHAPE_NONE)
		return 0;
	if (shape < SHAPE_ONE_LINE_0)
		return skip(cursor, 1);
	if (shape <= SHAPE_ONE_LINE_2) {
		*line += shape - SHAPE_ONE_LINE_0;
		return skip(cursor, 2);
	}
	r = take_line_delta(cursor, line);
	return r < 0 || shape == SHAPE_NO_COLUMNS ? r : skip_long(cursor);
}

int python_line(const uint8_t *table, size_t size, int64_t first_line, int64_t unit, uint64_t *ret)
{
	struct cursor cursor = { table, table + size };
	int64_t line = first_line, next = 0;
	bool has_line = true;

	while (next <= unit) {
		unsigned int units;
		int r;

		if (cursor.at == cursor.end)
			return -EBADMSG;
		r = take_entry(&cursor, &line, &has_line, &units);
		if (r < 0)
			return r;
		next += units;
	}
	if (!has_line)
		return -ENODATA;
	if (line < 0 || line > INT32_MAX)
		return -EBADMSG;
	*ret = (uint64_t)line;
	return 0;
}
