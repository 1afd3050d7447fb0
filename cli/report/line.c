/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/line.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include "base/owned.h"
#include "base/utf8.h"

/* What the report itself draws with, one column each, and what stands for it without Unicode. */
static const struct glyph {
	uint32_t point;
	const char *ascii;
} glyphs[] = {
	{ 0x00b1, "~" },                                                    /* ± */
	{ 0x00b5, "u" },                                                    /* µ */
	{ 0x00b7, "|" },                                                    /* · */
	{ 0x00d7, "x" },                                                    /* × */
	{ 0x2026, "~" },                                                    /* … */
	{ 0x2265, ">" },                                                    /* ≥ */
	{ 0x2500, "-" }, { 0x25b6, ">" },                                   /* ─▶ */
	{ 0x2581, "_" }, { 0x2582, "." }, { 0x2583, ":" }, { 0x2584, "-" }, /* ▁▂▃▄ */
	{ 0x2585, "=" }, { 0x2586, "+" }, { 0x2587, "*" }, { 0x2588, "#" }, /* ▅▆▇█ */
	{ 0x2589, "#" }, { 0x258a, "#" }, { 0x258b, "#" }, { 0x258c, "#" }, /* ▉▊▋▌ */
	{ 0x258d, "." }, { 0x258e, "." }, { 0x258f, "." },                  /* ▍▎▏ */
	{ 0x2591, "." }, { 0x2593, "#" },                                   /* ░▓ */
};

static const char *const escapes[] = {
	[EMPHASIS_NONE] = "\033[0m",   [EMPHASIS_STRONG] = "\033[1m",
	[EMPHASIS_FAINT] = "\033[2m",  [EMPHASIS_RUNNING] = "\033[36m",
	[EMPHASIS_DELAY] = "\033[33m",
};

/* One character as it will be printed. */
struct cell {
	char bytes[5];
	unsigned int columns;
};

static const struct glyph *find_glyph(uint32_t point)
{
	for (size_t i = 0; i < ARRAY_LEN(glyphs); i++)
		if (glyphs[i].point == point)
			return &glyphs[i];
	return NULL;
}

/* Controls, and what has no width of its own (bidirectional overrides among it), become '?'. */
static struct cell next_cell(const struct report_style *style, const char **cursor)
{
	const char *text = *cursor;
	struct cell cell = { "?", 1 };
	const struct glyph *own;
	uint32_t point;
	size_t length;
	int columns;

	length = utf8_decode(text, &point);
	*cursor += length ? length : 1;
	if (length == 1 && isprint((unsigned char)*text))
		cell.bytes[0] = *text;
	if (length <= 1)
		return cell;
	own = find_glyph(point);
	columns = own ? 1 : wcwidth((wchar_t)point);
	if (own && !style->unicode)
		cell.bytes[0] = own->ascii[0];
	if (!style->unicode || columns < 1)
		return cell;
	memcpy(cell.bytes, text, length);
	cell.columns = (unsigned int)columns;
	return cell;
}

unsigned int line_columns_of(const struct report_style *style, const char *text)
{
	unsigned int columns = 0;

	while (*text && columns < 4 * LINE_COLUMNS_MAX)
		columns += next_cell(style, &text).columns;
	return columns;
}

void line_start(struct line *line, const struct report_style *style)
{
	line->style = style;
	line->used = 0;
	line->length = 0;
	line->text[0] = '\0';
}

static void append_bytes(struct line *line, const char *bytes)
{
	size_t length = strlen(bytes);

	if (line->length + length >= sizeof(line->text))
		return;
	memcpy(line->text + line->length, bytes, length + 1);
	line->length += length;
}

/* Up to the column `end`, or the edge. */
static void add_text(struct line *line, const char *text, unsigned int end)
{
	if (end > line->style->columns)
		end = line->style->columns;
	while (*text) {
		struct cell cell = next_cell(line->style, &text);

		if (line->used + cell.columns > end)
			return;
		append_bytes(line, cell.bytes);
		line->used += cell.columns;
	}
}

void line_add(struct line *line, const char *format, ...)
{
	char text[4 * LINE_COLUMNS_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	add_text(line, text, UINT32_MAX);
}

void line_add_cut(struct line *line, const char *text, unsigned int columns)
{
	if (line_columns_of(line->style, text) <= columns) {
		add_text(line, text, UINT32_MAX);
	} else if (columns) {
		add_text(line, text, line->used + columns - 1);
		add_text(line, "…", UINT32_MAX);
	}
}

/* The bytes before `at` that are a part of numbers as fold_names() writes them: "1…3,7". */
static size_t part_of_numbers(const char *name, const char *at)
{
	static const char range[] = "…";
	size_t before = (size_t)(at - name), width = sizeof(range) - 1;

	if (before && isdigit((unsigned char)at[-1]))
		return 1;
	if (!*at || !before)
		return 0;
	if (at[-1] == ',')
		return 1;
	return before > width && strncmp(at - width, range, width) == 0 ? width : 0;
}

/* Threads' numbers in their pool, with the sign before them: "pool-1-thread-7"; NULL: none. */
static const char *numbers_at_end(const char *name)
{
	const char *at = name + strlen(name);
	size_t part;

	while ((part = part_of_numbers(name, at)))
		at -= part;
	if (!*at || at == name)
		return NULL;
	return strchr("-_:./#", at[-1]) ? at - 1 : at;
}

/* Where the end begins by which a name is told from others like it; NULL: it has none. */
static const char *distinction(const char *name)
{
	static const char *const starts[] = { "+0x", " #", " (" };

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		const char *found = NULL;

		for (const char *at = strstr(name, starts[i]); at; at = strstr(at + 1, starts[i]))
			found = at;
		if (found)
			return found;
	}
	return numbers_at_end(name);
}

void line_add_name(struct line *line, const char *name, unsigned int columns)
{
	const char *tail = distinction(name);
	unsigned int end = tail ? line_columns_of(line->style, tail) : 0;
	char head[4 * LINE_COLUMNS_MAX];

	if (!end || end + 1 >= columns || line_columns_of(line->style, name) <= columns) {
		line_add_cut(line, name, columns);
		return;
	}
	snprintf(head, sizeof(head), "%.*s", (int)(tail - name), name);
	line_add_cut(line, head, columns - end);
	line_add(line, "%s", tail);
}

void line_to(struct line *line, unsigned int column)
{
	for (; line->used < column && line->used < line->style->columns; line->used++)
		append_bytes(line, " ");
}

void line_right(struct line *line, unsigned int end, const char *text)
{
	unsigned int columns = line_columns_of(line->style, text);
	unsigned int start = end > columns ? end - columns : 0;

	if (line->used && start <= line->used)
		start = line->used + 1;
	line_to(line, start);
	add_text(line, text, UINT32_MAX);
}

void line_emphasis(struct line *line, enum emphasis emphasis)
{
	if (line->style->colour)
		append_bytes(line, escapes[emphasis]);
}

void line_print(struct line *line, FILE *out)
{
	while (line->length && line->text[line->length - 1] == ' ')
		line->text[--line->length] = '\0';
	fputs(line->text, out);
	fputc('\n', out);
	line_start(line, line->style);
}
