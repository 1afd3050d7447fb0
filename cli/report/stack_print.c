/* SPDX-License-Identifier: BSD-2-Clause */
/* A stack, the innermost frame first: function and place. */
#include <inttypes.h>
#include <string.h>

#include "base/path.h"
#include "cli/report/caller_frame.h"
#include "cli/report/lock_parts.h"

#define INDENT        6u
#define FUNCTION_WIDE 44u

void frame_function(const struct report_frame *frame, char ret[FRAME_TEXT_BYTES])
{
	if (frame->function && *frame->function)
		snprintf(ret, FRAME_TEXT_BYTES, "%.280s", frame->function);
	else if (frame->module)
		snprintf(ret, FRAME_TEXT_BYTES, "%.200s+0x%" PRIx64, base_name(frame->module),
			 frame->offset);
	else
		snprintf(ret, FRAME_TEXT_BYTES, "0x%" PRIx64, frame->offset);
}

void frame_place(const struct report_frame *frame, char ret[FRAME_TEXT_BYTES])
{
	*ret = '\0';
	if (frame->file && frame->line != NO_VALUE && frame->line)
		snprintf(ret, FRAME_TEXT_BYTES, "%.200s:%" PRIu64, base_name(frame->file),
			 frame->line);
	else if (frame->file)
		snprintf(ret, FRAME_TEXT_BYTES, "%.200s", base_name(frame->file));
	else if (frame->function && frame->module)
		snprintf(ret, FRAME_TEXT_BYTES, "%.200s", base_name(frame->module));
}

static unsigned int function_columns(const struct page *page, const struct report_frame *frames,
				     size_t count)
{
	unsigned int widest = 0, room = page->right - INDENT - 20;
	char text[FRAME_TEXT_BYTES];

	for (size_t i = 0; i < count; i++) {
		unsigned int columns;

		frame_function(&frames[i], text);
		columns = line_columns_of(page->style, text);
		if (columns > widest)
			widest = columns;
	}
	if (room > FUNCTION_WIDE && page->right < 100)
		room = FUNCTION_WIDE;
	return widest < room ? widest : room;
}

static void print_frame(const struct page *page, const struct report_frame *frame, bool is_caller,
			unsigned int columns)
{
	char function[FRAME_TEXT_BYTES], place[FRAME_TEXT_BYTES];
	struct line line;

	frame_function(frame, function);
	frame_place(frame, place);
	line_start(&line, page->style);
	line_add(&line, "    %s ", is_caller ? ">" : " ");
	line_emphasis(&line, is_caller ? EMPHASIS_STRONG : EMPHASIS_NONE);
	line_add_cut(&line, function, *place ? columns : page->right - INDENT);
	line_emphasis(&line, EMPHASIS_NONE);
	if (*place) {
		line_to(&line, INDENT + columns + 2);
		line_emphasis(&line, EMPHASIS_FAINT);
		line_add_cut(&line, place, page->right - line.used);
		line_emphasis(&line, EMPHASIS_NONE);
	}
	line_print(&line, page->out);
}

void stack_print(const struct page *page, const struct report_frame *frames, size_t count,
		 size_t limit, const char *end)
{
	const struct report_frame *caller = caller_frame_own(frames, count);
	bool cut_off = end && strcmp(end, "short") == 0;
	/* One line that says "1 more" is no shorter than the frame. */
	size_t shown = count > limit + 1 ? limit : count;
	unsigned int columns = function_columns(page, frames, shown);
	struct line line;

	for (size_t i = 0; i < shown; i++)
		print_frame(page, &frames[i], &frames[i] == caller, columns);
	line_start(&line, page->style);
	line_emphasis(&line, EMPHASIS_FAINT);
	if (count > shown)
		line_add(&line, "      and %s%s", format_things(count - shown, "outer frame").text,
			 cut_off ? ", cut off there" : "");
	else if (cut_off)
		line_add(&line, "      cut off here: the stack goes on");
	line_emphasis(&line, EMPHASIS_NONE);
	if (line.used)
		line_print(&line, page->out);
}
