// SPDX-License-Identifier: BSD-2-Clause
/* Beside the times: where they went at each point, the serial share, and what was expected. */
#include <math.h>

#include "cli/report/format.h"
#include "cli/sweep/print.h"

#define LABEL_COLUMNS    6u
#define STATE_COLUMNS    10u
#define SERIAL_COLUMNS   8u
#define EXPECTED_COLUMNS 11u
#define OFF_COLUMNS      7u
#define MEMORY_COLUMNS   9u
/* A cause that nowhere takes this much has no column of its own. */
#define WORTH_A_COLUMN 0.001

/* Which columns are there: what is 0 at every point is left out. */
struct columns {
	bool state[ACCOUNT_STATES];
	bool serial, expected, off, memory;
};

static bool state_matters(const struct sweep_curve *curve, int state)
{
	for (size_t i = 0; i < curve->count; i++) {
		const struct sweep_account *account = &curve->points[i].account;

		if (share_of(account->ns[state], account->whole_ns) >= WORTH_A_COLUMN)
			return true;
	}
	return false;
}

/* From the left as far as there is room. */
static void grant(bool *column, bool wanted, unsigned int columns, unsigned int *room)
{
	*column = wanted && *room >= columns;
	if (*column)
		*room -= columns;
}

static struct columns columns_for(const struct sweep_page *page, const struct sweep_curve *curve)
{
	unsigned int room = page->right - LABEL_COLUMNS;
	struct columns columns = { 0 };
	bool serial = false, expected = false, memory = false;

	for (size_t i = 0; i < curve->count; i++) {
		serial |= !isnan(curve->points[i].serial);
		expected |= !isnan(curve->points[i].predicted_ns);
		memory |= curve->points[i].account.known &&
			  curve->points[i].account.memory_bytes != NO_VALUE;
	}
	for (int i = 0; i < ACCOUNT_STATES; i++)
		grant(&columns.state[i], i <= ACCOUNT_READY || state_matters(curve, i),
		      STATE_COLUMNS, &room);
	grant(&columns.serial, serial, SERIAL_COLUMNS, &room);
	grant(&columns.expected, expected, EXPECTED_COLUMNS, &room);
	grant(&columns.off, columns.expected, OFF_COLUMNS, &room);
	grant(&columns.memory, memory, MEMORY_COLUMNS, &room);
	return columns;
}

static void print_head(const struct sweep_page *page, const struct sweep_curve *curve,
		       const struct columns *columns)
{
	bool tasks = curve_last(curve)->account.tasks > 0;
	char label[SWEEP_LABEL_BYTES], title[SWEEP_LABEL_BYTES + 64];
	unsigned int end = LABEL_COLUMNS;
	struct line line;

	sweep_label(page, curve, label);
	snprintf(title, sizeof(title), "Why: %s, %s", label,
		 tasks ? "time of one task" : "time of all threads of a run");
	sweep_heading(&line, page, title);
	line_print(&line, page->out);
	for (int i = 0; i < ACCOUNT_STATES; i++)
		if (columns->state[i])
			line_right(&line, end += STATE_COLUMNS, account_state_names[i]);
	if (columns->serial)
		line_right(&line, end += SERIAL_COLUMNS, "serial");
	if (columns->expected)
		line_right(&line, end += EXPECTED_COLUMNS, "expected");
	if (columns->off)
		line_right(&line, end += OFF_COLUMNS, "off");
	if (columns->memory)
		line_right(&line, end + MEMORY_COLUMNS, "memory");
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
	if (columns->memory)
		line_right(&line, end + MEMORY_COLUMNS,
			   format_bytes(point->account.memory_bytes).text);
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
