/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line of output that cannot be wider than the terminal, and the only door for text: names and
 * command lines come from strangers, so whatever could move the cursor or hide is replaced here,
 * and what the charset lacks becomes ASCII. Escapes enter by line_emphasis() alone.
 */
#ifndef PARTRACE_REPORT_LINE_H
#define PARTRACE_REPORT_LINE_H

#include <stddef.h>
#include <stdio.h>

#include "cli/report/print.h"

#define LINE_COLUMNS_MIN 60u
#define LINE_COLUMNS_MAX 400u

/* Told apart by brightness and by blue against yellow, which the colour-blind see too. */
enum emphasis {
	EMPHASIS_NONE,
	EMPHASIS_STRONG,
	EMPHASIS_FAINT,
	EMPHASIS_RUNNING,
	EMPHASIS_DELAY,
};

struct line {
	const struct report_style *style;
	unsigned int used; /* columns */
	size_t length;     /* bytes */
	char text[8 * LINE_COLUMNS_MAX];
};

/* Columns that `text` takes once it went through the door. */
unsigned int line_columns_of(const struct report_style *style, const char *text);

void line_start(struct line *line, const struct report_style *style);
__attribute__((format(printf, 2, 3))) void line_add(struct line *line, const char *format, ...);

/* At most `columns` of it; an ellipsis marks the cut. */
void line_add_cut(struct line *line, const char *text, unsigned int columns);

/*
 * Likewise, of a lock's or a thread's name. The "+0xOFFSET", " #2", " (TID)" or number that it ends
 * with stays whole where there is room, for by that it is told from others.
 */
void line_add_name(struct line *line, const char *name, unsigned int columns);

/* Spaces up to `column`. */
void line_to(struct line *line, unsigned int column);

/* Text that ends before `end`; at least one space from what stands there already. */
void line_right(struct line *line, unsigned int end, const char *text);

void line_emphasis(struct line *line, enum emphasis emphasis);

/* Ends the line; it is empty afterwards. */
void line_print(struct line *line, FILE *out);

/* A title that stands out, then words wrapped to the width, further lines indented by two. */
void line_paragraph(FILE *out, const struct report_style *style, const char *title,
		    const char *text);
/* The same; `tail` ends at the right edge, behind the last words where there is room. */
void line_paragraph_with(FILE *out, const struct report_style *style, const char *title,
			 const char *text, const char *tail);

#endif
