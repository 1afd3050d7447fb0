// SPDX-License-Identifier: BSD-2-Clause
/* What a session's threads were started for. It is told late, when names have come. */
#include "daemon/model/session_parts.h"

/* A stack that does not tell, because it is cut off or has no names, may do so another time. */
#define ASK_TIMES 3

const char *session_start_of(const struct session *session, uint32_t index, uint32_t generation)
{
	const struct thread_start *start = &session->starts[index];

	return start->generation == generation ? start->function : NULL;
}

static struct thread_row *exited_row(const struct session *session, uint32_t index,
				     uint32_t generation)
{
	for (size_t i = session->exited_count; i-- > 0;) {
		struct thread_row *row = &session->exited[i];

		if (row->index == index && row->generation == generation)
			return row;
	}
	return NULL;
}

static bool is_newer(uint32_t generation, uint32_t than)
{
	return (int32_t)(generation - than) > 0;
}

/* Later stacks know better: a process may have been at its loader, or another program. */
void session_note_start(struct session *session, uint32_t index, uint32_t generation,
			const char *function)
{
	struct thread_start *start;
	struct thread_row *row;

	if (index >= session->slot_count)
		return;
	start = &session->starts[index];
	if (start->generation == generation && start->function) {
		start->function = function;
		return;
	}
	row = exited_row(session, index, generation);
	if (row)
		row->row.start = function;
	else if (start->generation == generation)
		start->function = function;
	else if (!start->generation || is_newer(generation, start->generation))
		*start = (struct thread_start){ .generation = generation, .function = function };
}

bool session_wants_start(struct session *session, uint32_t index, uint32_t generation)
{
	struct thread_start *start;

	if (index >= session->slot_count)
		return false;
	start = &session->starts[index];
	if (start->generation != generation)
		*start = (struct thread_start){ .generation = generation };
	return !start->function && start->asked++ < ASK_TIMES;
}
