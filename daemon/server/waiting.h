/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests whose answer has names in it that are still to come. */
#ifndef PARTRACE_SERVER_WAITING_H
#define PARTRACE_SERVER_WAITING_H

#include <systemd/sd-event.h>

#include "daemon/server/upload.h"

struct waiting {
	sd_event_source *timer; /* on while requests wait; its owner calls waiting_resume() */
	struct upload *first;
	bool has_ended; /* nobody waits any more */
};

/*
 * True: the request waits, its connection is suspended, and it is handled anew once it is resumed.
 * False: the names are there, or patience is at its end.
 */
bool waiting_begin(struct waiting *waiting, struct watcher *watcher,
		   struct MHD_Connection *connection, struct upload *upload,
		   const struct question *question);
void waiting_resume(struct waiting *waiting);
/* For good: the library must not be stopped with suspended connections. */
void waiting_end(struct waiting *waiting);

#endif
