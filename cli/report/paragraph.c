/* SPDX-License-Identifier: BSD-2-Clause */
/* Words wrapped to the width of the terminal. */
#include "cli/report/line.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

/* Where a piece ends that should not be torn: a figure stays with its unit, a dot with its left. */
static size_t piece_length(const char *text)
{
	size_t end = strcspn(text, " ");

	while (end && text[end] == ' ') {
		const char *next = text + end + 1;
		bool dot = strncmp(next, "·", strlen("·")) == 0;

		if (!dot && !isdigit((unsigned char)text[end - 1]))
			break;
		end += 1 + strcspn(next, " ");
		if (dot)
			break;
	}
	return end;
}

static void add_piece(struct line *line, FILE *out, const char *piece, unsigned int gap)
{
	unsigned int columns = line_columns_of(line->style, piece);

	if (line->used > 2 && line->used + gap + columns > line->style->columns) {
		line_print(line, out);
		line_to(line, 2);
		gap = 0;
	}
	line_to(line, line->used + gap);
	line_add_cut(line, piece, line->style->columns - line->used);
}

static void add_tail(struct line *line, FILE *out, const char *tail)
{
	unsigned int columns = line_columns_of(line->style, tail);

	if (!columns)
		return;
	if (line->used + 2 + columns > line->style->columns)
		line_print(line, out);
	line_right(line, line->style->columns, tail);
}

void line_paragraph(FILE *out, const struct report_style *style, const char *title,
		    const char *text)
{
	line_paragraph_with(out, style, title, text, "");
}

void line_paragraph_with(FILE *out, const struct report_style *style, const char *title,
			 const char *text, const char *tail)
{
	unsigned int gap = *title ? 2 : 0;
	struct line line;

	line_start(&line, style);
	line_emphasis(&line, EMPHASIS_STRONG);
	line_add(&line, "%s", title);
	line_emphasis(&line, EMPHASIS_NONE);
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t length = piece_length(text);
		char piece[4 * LINE_COLUMNS_MAX];

		snprintf(piece, sizeof(piece), "%.*s", (int)(length < INT_MAX ? length : INT_MAX),
			 text);
		add_piece(&line, out, piece, gap);
		text += length;
		gap = 1;
	}
	add_tail(&line, out, tail);
	line_print(&line, out);
}
