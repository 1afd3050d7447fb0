// SPDX-License-Identifier: BSD-2-Clause
/* Beside the times: where they went at each point, the serial share, and what was expected. */
#include <math.h>

#include "base/owned.h"
#include "cli/report/format.h"
#include "cli/sweep/print.h"

#define LABEL_COLUMNS    6u
#define STATE_COLUMNS    10u
#define SERIAL_COLUMNS   8u
#define EXPECTED_COLUMNS 9u
#define OFF_COLUMNS      7u

/* A cause that nowhere takes this much has no column of its own; more where there is no room. */
static const double worth_a_column[] = { 0.01, 0.02, 0.05, 0.1 };

/* Which columns are there: what is 0 at every point is left out. */
struct columns {
	bool state[ACCOUNT_STATES];
	bool serial, expected, off;
	bool cut; /* not all that was wanted found room */
	double worth;
};

static bool state_matters(const struct sweep_curve *curve, int state, double worth)
{
	for (size_t i = 0; i < curve->count; i++) {
		const struct sweep_account *account = &curve->points[i].account;

		if (share_of(account->ns[state], account->whole_ns) >= worth)
			return true;
	}
	return false;
}

/* From the left as far as there is room. */
static void grant(struct columns *columns, bool *column, bool wanted, unsigned int width,
		  unsigned int *room)
{
	*column = wanted && *room >= width;
	if (*column)
		*room -= width;
	columns->cut |= wanted && !*column;
}

static struct columns columns_worth(const struct sweep_page *page, const struct sweep_curve *curve,
				    double worth)
{
	unsigned int room = page->right - LABEL_COLUMNS;
	struct columns columns = { .worth = worth };
	bool serial = false, expected = false;

	for (size_t i = 0; i < curve->count; i++) {
		if (!curve->points[i].done)
			continue;
		serial |= !isnan(curve->points[i].serial);
		expected |= !isnan(curve->points[i].predicted_ns);
	}
	for (int i = 0; i < ACCOUNT_STATES; i++)
		grant(&columns, &columns.state[i],
		      i <= ACCOUNT_READY || state_matters(curve, i, worth), STATE_COLUMNS, &room);
	grant(&columns, &columns.serial, serial, SERIAL_COLUMNS, &room);
	grant(&columns, &columns.expected, expected, EXPECTED_COLUMNS, &room);
	grant(&columns, &columns.off, expected, OFF_COLUMNS, &room);
	return columns;
}

/* Small causes give way to the prediction, where that helps. */
static struct columns columns_for(const struct sweep_page *page, const struct sweep_curve *curve)
{
	struct columns first = columns_worth(page, curve, worth_a_column[0]);

	for (size_t i = 1; first.cut && i < ARRAY_LEN(worth_a_column); i++) {
		struct columns next = columns_worth(page, curve, worth_a_column[i]);

		if (!next.cut)
			return next;
	}
	return first;
}

/* What the figures are of, and what is not among them. */
static void print_title(const struct sweep_page *page, const struct sweep_curve *curve,
			const struct columns *columns)
{
	char label[SWEEP_LABEL_BYTES], title[SWEEP_LABEL_BYTES + 64], from[32] = "", notes[64];
	struct line line;

	sweep_label(page, curve, label);
	snprintf(title, sizeof(title), "Why: %s, %s", label,
		 curve_last(curve)->account.tasks ? "time of one task"
						  : "time of all threads of a run");
	if (columns->worth > worth_a_column[0])
		snprintf(from, sizeof(from), ", causes from %.0f %%", columns->worth * 100);
	snprintf(notes, sizeof(notes), "%s%s", from,
		 columns->expected ? "; expected: of the run" : "");
	sweep_heading(&line, page, title);
	line_emphasis(&line, EMPHASIS_FAINT);
	line_add_cut(&line, notes, page->right - line.used);
	line_emphasis(&line, EMPHASIS_NONE);
	line_print(&line, page->out);
}

static void print_head(const struct sweep_page *page, const struct sweep_curve *curve,
		       const struct columns *columns)
{
	unsigned int end = LABEL_COLUMNS;
	struct line line;

	print_title(page, curve, columns);
	line_start(&line, page->style);
	for (int i = 0; i < ACCOUNT_STATES; i++)
		if (columns->state[i])
			line_right(&line, end += STATE_COLUMNS, account_state_names[i]);
	if (columns->serial)
		line_right(&line, end += SERIAL_COLUMNS, "serial");
	if (columns->expected)
		line_right(&line, end += EXPECTED_COLUMNS, "expected");
	if (columns->off)
		line_right(&line, end + OFF_COLUMNS, "off");
	line_print(&line, page->out);
}

static void add_prediction(struct line *line, const struct sweep_point *point,
			   const struct columns *columns, unsigned int *end)
{
	bool known = point->predicted_from && !isnan(point->predicted_ns);
	char text[32] = "";

	if (columns->expected)
		line_right(line, *end += EXPECTED_COLUMNS,
			   known ? format_duration((uint64_t)point->predicted_ns).text : "");
	/* Adding 0 makes +0 of -0. */
	if (known)
		snprintf(text, sizeof(text), "%+.0f %%",
			 round((point->time.median / point->predicted_ns - 1) * 100) + 0.0);
	if (columns->off)
		line_right(line, *end += OFF_COLUMNS, text);
}

static void print_point(const struct sweep_page *page, const struct sweep_point *point,
			const struct columns *columns)
{
	unsigned int end = LABEL_COLUMNS;
	struct line line;
	char text[32];

	line_start(&line, page->style);
	snprintf(text, sizeof(text), "%u", point->workers);
	line_right(&line, LABEL_COLUMNS - 1, text);
	for (int i = 0; i < ACCOUNT_STATES; i++)
		if (columns->state[i])
			line_right(&line, end += STATE_COLUMNS,
				   format_duration(
					   account_each_ns(&point->account, (enum account_state)i))
					   .text);
	snprintf(text, sizeof(text), "%.1f %%", point->serial * 100);
	if (columns->serial)
		line_right(&line, end += SERIAL_COLUMNS, isnan(point->serial) ? "" : text);
	add_prediction(&line, point, columns, &end);
	line_print(&line, page->out);
}

void sweep_print_accounts(const struct sweep_page *page, const struct sweep_curve *curve)
{
	const struct sweep_point *last = curve_last(curve);
	struct columns columns;

	if (!last || !last->account.known)
		return;
	columns = columns_for(page, curve);
	print_head(page, curve, &columns);
	for (size_t i = 0; i < curve->count; i++)
		if (curve->points[i].done)
			print_point(page, &curve->points[i], &columns);
}
