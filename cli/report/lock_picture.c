/* SPDX-License-Identifier: BSD-2-Clause */
/* Who waits for a lock, from where; who holds it, and what the holder does meanwhile. */
#include <string.h>

#include "base/owned.h"
#include "cli/report/lock_parts.h"

#define ROWS          5u
#define STATES        5u
#define RIGHT_COLUMNS 31u /* "ready     100 %  lseek" */
#define STATE_COLUMNS 10u
#define HOPS          4u

/* Holders that are not proven by the lock's own memory are not said to hold it. */
static const char *holder_arrow(const struct report_lock *lock)
{
	static const struct {
		const char *evidence;
		const char *arrow;
	} arrows[] = { { "owner", "held by" },
		       { "releaser", "released by" },
		       { "waker", "woken by" } };
	const char *evidence = lock->holders_count ? lock->holders[0].evidence : NULL;

	for (size_t i = 0; evidence && i < ARRAY_LEN(arrows); i++)
		if (strcmp(arrows[i].evidence, evidence) == 0)
			return arrows[i].arrow;
	return "held by";
}

static void add_arrow(struct line *line, const char *label)
{
	line_add(line, "  ");
	line_emphasis(line, EMPHASIS_FAINT);
	line_add(line, "──%s──▶", label);
	line_emphasis(line, EMPHASIS_NONE);
	line_add(line, "  ");
}

/* "A ──wait──▶ B ──held by──▶ C" has this many columns beside its three names. */
static unsigned int arrow_columns(const struct report_lock *lock)
{
	return 2 + 13 + 9 + (unsigned int)strlen(holder_arrow(lock));
}

/* Each may have a third; what one does not need is left to the others, the first first. */
static void share_room(const struct page *page, const char *const names[3], unsigned int room,
		       unsigned int ret[3])
{
	unsigned int spare = room;

	for (int i = 0; i < 3; i++) {
		unsigned int columns = line_columns_of(page->style, names[i]);

		ret[i] = columns < room / 3 ? columns : room / 3;
		spare -= ret[i];
	}
	for (int i = 0; i < 3; i++) {
		unsigned int more = line_columns_of(page->style, names[i]) - ret[i];

		more = more < spare ? more : spare;
		ret[i] += more;
		spare -= more;
	}
}

/* The column where the holder starts. */
static unsigned int print_head(const struct page *page, const char *waiters,
			       const struct report_lock *lock)
{
	char holders[LOCK_NAME_BYTES];
	const char *const names[3] = { waiters, locks_name(lock), holders };
	unsigned int columns[3], at;
	struct line line;

	lock_holders_text(lock, holders, sizeof(holders));
	share_room(page, names, page->right - arrow_columns(lock), columns);
	line_start(&line, page->style);
	line_add(&line, "  ");
	line_add_name(&line, names[0], columns[0]);
	add_arrow(&line, "wait");
	line_emphasis(&line, EMPHASIS_STRONG);
	line_add_name(&line, names[1], columns[1]);
	line_emphasis(&line, EMPHASIS_NONE);
	add_arrow(&line, holder_arrow(lock));
	at = line.used;
	line_add_name(&line, names[2], columns[2]);
	line_print(&line, page->out);
	return at;
}

/* ---- what stands below it ---- */

struct state_row {
	const char *name;
	uint64_t ns;
};

static size_t holder_states(const struct report_lock *lock, struct state_row ret[STATES],
			    uint64_t *ret_whole_ns)
{
	const struct report_holder_state *state = &lock->holder_state_ns;
	const struct state_row rows[STATES] = { { "running", state->running },
						{ "ready", state->ready },
						{ "lock", state->lock },
						{ "io", state->io },
						{ "other", state->other } };
	size_t count = 0;

	*ret_whole_ns = 0;
	for (size_t i = 0; i < STATES; i++) {
		size_t at = count;

		*ret_whole_ns += rows[i].ns;
		if (!rows[i].ns)
			continue;
		for (; at && ret[at - 1].ns < rows[i].ns; at--)
			ret[at] = ret[at - 1];
		ret[at] = rows[i];
		count++;
	}
	return count;
}

/* The other lock, or the function in which its holders wait; what is not known is left empty. */
static void state_note(const struct page *page, const struct report_lock *lock,
		       const struct state_row *row, bool largest, char ret[FRAME_TEXT_BYTES])
{
	const struct report_lock *other = locks_by_id(page->report, lock->holder_waits_for);
	const struct report_stack *stack = locks_heaviest_stack(lock, "holder");

	*ret = '\0';
	if (strcmp(row->name, "lock") == 0 && lock->holder_waits_for)
		snprintf(ret, FRAME_TEXT_BYTES, "for %.200s",
			 other ? locks_name(other) : lock->holder_waits_for);
	else if (largest && stack &&
		 (strcmp(row->name, "io") == 0 || strcmp(row->name, "other") == 0))
		frame_function(&stack->frames[0], ret);
}

static void add_caller(struct line *line, const struct lock_caller *caller, uint64_t whole_ns,
		       unsigned int end)
{
	char function[FRAME_TEXT_BYTES], place[FRAME_TEXT_BYTES];
	unsigned int columns, room;

	frame_function(caller->frame, function);
	frame_place(caller->frame, place);
	line_right(line, 6, lock_percent(caller->wait_ns, whole_ns).text);
	line_add(line, " ");
	room = end - line->used;
	columns = line_columns_of(line->style, place);
	if (columns + 2 > room / 2)
		columns = room / 2 - 2;
	line_add_cut(line, function, *place ? room - columns - 2 : room);
	if (!*place)
		return;
	line_add(line, "  ");
	line_emphasis(line, EMPHASIS_FAINT);
	line_add_cut(line, place, columns);
	line_emphasis(line, EMPHASIS_NONE);
}

static void add_state(struct line *line, const struct page *page, const struct state_row *row,
		      uint64_t whole_ns, const char *note, unsigned int at)
{
	line_to(line, at);
	line_add(line, "%s", row->name);
	line_right(line, at + STATE_COLUMNS + 5, lock_percent(row->ns, whole_ns).text);
	if (*note && line->used + 3 < page->right) {
		line_add(line, "  ");
		line_add_name(line, note, page->right - line->used);
	}
}

static void print_rows(const struct page *page, const struct report_lock *lock, unsigned int at)
{
	struct lock_caller callers[ROWS];
	struct state_row states[STATES];
	char note[FRAME_TEXT_BYTES];
	uint64_t callers_ns, states_ns;
	size_t left = locks_callers(lock, "waiter", callers, ROWS, &callers_ns);
	size_t right = holder_states(lock, states, &states_ns);
	struct line line;

	for (size_t i = 0; i < (left > right ? left : right); i++) {
		line_start(&line, page->style);
		if (i < left)
			add_caller(&line, &callers[i], callers_ns, right ? at - 2 : page->right);
		if (i < right) {
			state_note(page, lock, &states[i], i == 0, note);
			add_state(&line, page, &states[i], states_ns, note, at);
		}
		line_print(&line, page->out);
	}
}

/* What its holder waited for most, who held that, and so on; a circle is walked once. */
static void print_chain(const struct page *page, const struct report_lock *first)
{
	const struct report_lock *seen[HOPS + 1] = { first };
	char holders[LOCK_NAME_BYTES];

	for (unsigned int hop = 0; hop < HOPS; hop++) {
		const struct report_lock *lock = seen[hop];
		const struct report_lock *other = locks_by_id(page->report, lock->holder_waits_for);

		for (unsigned int i = 0; i <= hop; i++)
			if (seen[i] == other)
				return;
		if (!other)
			return;
		lock_holders_text(lock, holders, sizeof(holders));
		print_head(page, holders, other);
		seen[hop + 1] = other;
	}
}

void lock_picture_print(const struct page *page, const struct report_lock *lock)
{
	char waiters[LOCK_NAME_BYTES];
	unsigned int at;

	lock_waiters_text(lock, waiters, sizeof(waiters));
	at = print_head(page, waiters, lock);
	/* The states stay readable where the holder's name starts too far to the right. */
	if (at + RIGHT_COLUMNS > page->right)
		at = page->right - RIGHT_COLUMNS;
	print_rows(page, lock, at);
	print_chain(page, lock);
}
