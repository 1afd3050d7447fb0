// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/server/waiting.h"

#include "base/units.h"

/* A report waits for names that are on their way; then it is made without them. */
#define NAMES_PATIENCE_NS 2000000000ull
#define NAMES_LOOK_US     2000

/* What is written of long answers in one turn of the event loop, which others wait for. */
#define WRITING_NS 5000000ull
/* Who asks for the names of so much has a long answer as well: in a turn of its own. */
#define ASKING_NS 2000000ull

static void suspend(struct waiting *waiting, struct MHD_Connection *connection,
		    struct upload *upload, uint64_t for_us)
{
	upload->suspended = connection;
	upload->next = waiting->first;
	waiting->first = upload;
	MHD_suspend_connection(connection);
	sd_event_source_set_time_relative(waiting->timer, for_us);
	sd_event_source_set_enabled(waiting->timer, SD_EVENT_ONESHOT);
}

static void note_turn(struct waiting *waiting, struct watcher *watcher)
{
	uint64_t turn = watcher_turns(watcher)->count;

	if (waiting->turn == turn)
		return;
	waiting->turn = turn;
	waiting->has_made = false;
	waiting->write_until_ns = 0;
}

static uint64_t cpu_ns(void)
{
	return clock_now_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* Long answers that come at once are not made in one turn. */
static bool is_next(struct waiting *waiting, const struct upload *upload)
{
	if (!*upload->asked)
		return true;
	if (waiting->has_made)
		return false;
	return waiting->has_made = true;
}

bool waiting_begin(struct waiting *waiting, struct watcher *watcher,
		   struct MHD_Connection *connection, struct upload *upload,
		   const struct question *question)
{
	if (waiting->has_ended)
		return false;
	note_turn(waiting, watcher);
	if (!upload->has_asked && !waiting->has_made) {
		uint64_t from_ns = cpu_ns();

		upload->has_asked = true;
		upload->asked_ns = monotonic_ns();
		routes_ask_names(watcher, question, upload->asked);
		waiting->has_made |= cpu_ns() - from_ns > ASKING_NS;
	}
	if (!upload->has_asked) {
		suspend(waiting, connection, upload, 0);
		return true;
	}
	if (watcher_session_has_names(watcher, upload->asked)) {
		if (is_next(waiting, upload))
			return false;
	} else if (monotonic_ns() - upload->asked_ns > NAMES_PATIENCE_NS &&
		   is_next(waiting, upload)) {
		watcher_session_give_up(watcher, upload->asked);
		return false;
	}
	suspend(waiting, connection, upload, NAMES_LOOK_US);
	return true;
}

/* So few lists that others need not wait for them. */
#define FEW_GAPS 64

/* Where nobody waits any more, in one piece. */
static bool write_on(struct waiting *waiting, struct upload *upload)
{
	if (waiting->has_ended || upload->answer.body.gaps_count <= FEW_GAPS)
		return writer_fill(&upload->answer.body, &upload->whole, UINT64_MAX);
	if (!waiting->write_until_ns)
		waiting->write_until_ns = cpu_ns() + WRITING_NS;
	return !waiting->has_made && cpu_ns() < waiting->write_until_ns &&
	       writer_fill(&upload->answer.body, &upload->whole, waiting->write_until_ns);
}

bool waiting_write(struct waiting *waiting, struct watcher *watcher,
		   struct MHD_Connection *connection, struct upload *upload)
{
	if (!upload->answer.body.gaps_count)
		return false;
	note_turn(waiting, watcher);
	if (write_on(waiting, upload)) {
		upload->answer.body = upload->whole;
		upload->whole = (struct writer){ 0 };
		return false;
	}
	suspend(waiting, connection, upload, 0);
	return true;
}

void waiting_end(struct waiting *waiting)
{
	waiting->has_ended = true;
	waiting_resume(waiting);
}

void waiting_resume(struct waiting *waiting)
{
	while (waiting->first) {
		struct upload *upload = waiting->first;

		waiting->first = upload->next;
		MHD_resume_connection(upload->suspended);
		upload->suspended = NULL;
	}
}
