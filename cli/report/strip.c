/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/strip.h"

#include "base/owned.h"

enum look { LOOK_GONE, LOOK_RUNNING, LOOK_MOSTLY, LOOK_READY, LOOK_WAITING };

/* Told apart by their darkness: colour only underlines it. line.c's ASCII has too few of them. */
static const struct {
	const char *block;
	const char *ascii;
	const char *meaning;
	enum emphasis emphasis;
} looks[] = {
	[LOOK_GONE] = { " ", " ", NULL, EMPHASIS_NONE },
	[LOOK_RUNNING] = { "█", "#", "running ≥ 75 %", EMPHASIS_RUNNING },
	[LOOK_MOSTLY] = { "▓", "+", "mostly running", EMPHASIS_RUNNING },
	[LOOK_READY] = { "░", "-", "ready", EMPHASIS_DELAY },
	[LOOK_WAITING] = { "·", ".", "waiting", EMPHASIS_NONE },
};

size_t strip_columns(const struct report_life *life)
{
	size_t columns = life->running.columns;

	if (life->ready.columns > columns)
		columns = life->ready.columns;
	return life->waiting.columns > columns ? life->waiting.columns : columns;
}

/* A damaged file's lists need not be of one length. */
static unsigned int sum_of(const struct report_series *series, size_t from, size_t to)
{
	unsigned int sum = 0;

	for (size_t i = from; i < to && i < series->columns; i++)
		sum += series->percent[i];
	return sum;
}

static enum look look_at(const struct report_life *life, size_t from, size_t to)
{
	unsigned int running = sum_of(&life->running, from, to);
	unsigned int ready = sum_of(&life->ready, from, to);
	unsigned int waiting = sum_of(&life->waiting, from, to);

	if (!running && !ready && !waiting)
		return LOOK_GONE;
	if (running >= 75 * (to - from))
		return LOOK_RUNNING;
	if (running >= ready && running >= waiting)
		return LOOK_MOSTLY;
	return ready >= waiting ? LOOK_READY : LOOK_WAITING;
}

static void add_look(struct line *line, enum look look)
{
	line_add(line, "%s", line->style->unicode ? looks[look].block : looks[look].ascii);
}

void strip_add(struct line *line, const struct report_life *life, size_t columns)
{
	size_t known = strip_columns(life);
	enum emphasis emphasis = EMPHASIS_NONE;

	if (columns > STRIP_COLUMNS_MAX)
		columns = STRIP_COLUMNS_MAX;
	if (columns > known)
		columns = known;
	for (size_t i = 0; i < columns; i++) {
		enum look look = look_at(life, i * known / columns, (i + 1) * known / columns);

		if (looks[look].emphasis != emphasis)
			line_emphasis(line, looks[look].emphasis);
		emphasis = looks[look].emphasis;
		add_look(line, look);
	}
	line_emphasis(line, EMPHASIS_NONE);
}

void strip_add_legend(struct line *line)
{
	for (size_t i = LOOK_RUNNING; i < ARRAY_LEN(looks); i++) {
		line_add(line, "  ");
		line_emphasis(line, looks[i].emphasis);
		add_look(line, (enum look)i);
		line_emphasis(line, EMPHASIS_NONE);
		line_add(line, " %s", looks[i].meaning);
	}
}
