// SPDX-License-Identifier: BSD-2-Clause
/* The picture over time of a session: a column closed every so often. */
#include <errno.h>
#include <stdlib.h>

#include "base/number.h"
#include "daemon/model/session_parts.h"

void session_timeline_start(struct session *session, uint64_t column_ns)
{
	session->clock =
		(struct life_clock){ .column_ns = column_ns, .since_ns = session->opened_ns };
}

bool session_column_due(const struct session *session, uint64_t now_ns, uint64_t slack_ns)
{
	return life_column_due(&session->clock, now_ns, slack_ns);
}

static void take_first(struct report_figures *figures, const struct report_figures *first)
{
	figures->running_ns = less(figures->running_ns, first->running_ns);
	figures->ready_ns = less(figures->ready_ns, first->ready_ns);
	figures->waiting_ns = less(figures->waiting_ns, first->waiting_ns);
}

int session_column_thread(struct session *session, uint32_t index, const struct thread_slot *slot,
			  uint64_t now_ns)
{
	struct report_figures figures = { 0 };
	const struct first_look *first;
	struct thread_life *known;

	if (index >= session->slot_count)
		return -EINVAL;
	first = session->first[index];
	known = session->lives[index];
	if (!known || known->generation != slot->generation) {
		free(known);
		known = session->lives[index] = calloc(1, sizeof(*known));
		if (!known)
			return -ENOMEM;
		known->generation = slot->generation;
	}
	thread_times_at(slot, now_ns, &figures);
	if (first && first->generation == slot->generation)
		take_first(&figures, &first->values.figures);
	life_add(&known->life, &session->clock, &figures, now_ns - session->clock.since_ns);
	return 0;
}

void session_column_close(struct session *session, uint64_t now_ns)
{
	if (!life_column_close(&session->clock, now_ns))
		return;
	for (uint32_t i = 0; i < session->slot_count; i++)
		if (session->lives[i])
			life_fold(&session->lives[i]->life);
	for (size_t i = 0; i < session->exited_count; i++)
		life_fold(&session->exited[i].life);
	life_clock_fold(&session->clock);
}
