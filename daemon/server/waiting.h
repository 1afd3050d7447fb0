/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests whose answer has names in it that are still to come, or is long and written in pieces.
 */
#ifndef PARTRACE_SERVER_WAITING_H
#define PARTRACE_SERVER_WAITING_H

#include <systemd/sd-event.h>

#include "daemon/server/upload.h"

struct waiting {
	sd_event_source *timer; /* on while requests wait; its owner calls waiting_resume() */
	struct upload *first;
	bool has_ended; /* nobody waits any more */
	/* Of the event loop's turn: one long answer is made in it, or some are written for so long.
	 */
	uint64_t turn;
	bool has_made;
	uint64_t write_until_ns; /* of the thread's CPU time; 0: not begun */
};

/*
 * True: the request waits, its connection is suspended, and it is handled anew once it is resumed.
 * False: the names are there, or patience is at its end.
 */
bool waiting_begin(struct waiting *waiting, struct watcher *watcher,
		   struct MHD_Connection *connection, struct upload *upload,
		   const struct question *question);
/*
 * True: a piece of its answer was written, and the connection is suspended as above. False: the
 * answer is whole.
 */
bool waiting_write(struct waiting *waiting, struct watcher *watcher,
		   struct MHD_Connection *connection, struct upload *upload);
void waiting_resume(struct waiting *waiting);
/* For good: the library must not be stopped with suspended connections. */
void waiting_end(struct waiting *waiting);

#endif
