/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/bar.h"

#include <math.h>

static const char *const widths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█" };
static const char *const heights[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };

static double clamp_share(double share)
{
	/* Written so that NaN, too, is nothing. */
	if (!(share > 0))
		return 0;
	return share > 1 ? 1 : share;
}

/* Steps out of `steps`; at least one for what is not nothing. */
static unsigned int steps_of(double share, unsigned int steps)
{
	unsigned int taken = (unsigned int)lround(clamp_share(share) * steps);

	return taken || !(share > 0) ? taken : steps > 0;
}

void bar_add(struct line *line, double share, unsigned int columns)
{
	unsigned int eighths = steps_of(share, columns * 8);

	for (; eighths >= 8; eighths -= 8)
		line_add(line, "%s", widths[8]);
	line_add(line, "%s", widths[eighths]);
}

void bar_add_states(struct line *line, double running, double ready, unsigned int columns)
{
	double both = clamp_share(clamp_share(running) + clamp_share(ready));
	unsigned int end = line->used + columns;
	unsigned int dark = (unsigned int)lround(clamp_share(running) * columns);
	unsigned int filled = (unsigned int)lround(both * columns);

	line_emphasis(line, EMPHASIS_RUNNING);
	for (unsigned int i = 0; i < dark; i++)
		line_add(line, "▓");
	line_emphasis(line, EMPHASIS_DELAY);
	for (unsigned int i = dark; i < filled; i++)
		line_add(line, "░");
	line_emphasis(line, EMPHASIS_NONE);
	line_to(line, end);
}

void bar_add_level(struct line *line, double share)
{
	line_add(line, "%s", heights[steps_of(share, 8)]);
}
