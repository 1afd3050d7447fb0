// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/server/waiting.h"

#include "base/units.h"

/* A report waits for names that are on their way; then it is made without them. */
#define NAMES_PATIENCE_NS 2000000000ull
#define NAMES_LOOK_US     2000

bool waiting_begin(struct waiting *waiting, struct watcher *watcher,
		   struct MHD_Connection *connection, struct upload *upload,
		   const struct question *question)
{
	if (waiting->has_ended)
		return false;
	if (!upload->has_asked) {
		upload->has_asked = true;
		upload->asked_ns = monotonic_ns();
		routes_ask_names(watcher, question, upload->asked);
	}
	if (watcher_session_has_names(watcher, upload->asked))
		return false;
	if (monotonic_ns() - upload->asked_ns > NAMES_PATIENCE_NS) {
		watcher_session_give_up(watcher, upload->asked);
		return false;
	}
	upload->suspended = connection;
	upload->next = waiting->first;
	waiting->first = upload;
	MHD_suspend_connection(connection);
	sd_event_source_set_time_relative(waiting->timer, NAMES_LOOK_US);
	sd_event_source_set_enabled(waiting->timer, SD_EVENT_ONESHOT);
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
