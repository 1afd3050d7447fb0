/* SPDX-License-Identifier: BSD-2-Clause */
/* A report each interval as NDJSON, until the client goes or the session does. */
#ifndef PARTRACE_SERVER_STREAM_H
#define PARTRACE_SERVER_STREAM_H

#include <microhttpd.h>
#include <systemd/sd-event.h>

#include "daemon/watcher.h"

struct stream;

struct streams {
	sd_event *event;
	struct watcher *watcher;
	sd_event_source *run; /* runs the library once, soon */
	struct stream *first;
};

/* Queues the response. -ENOSPC: too many streams. */
int stream_start(struct streams *streams, struct MHD_Connection *connection, const char *id,
		 uint64_t interval_us);
/* Ends the streams whose session is gone. */
void streams_check(struct streams *streams);
/* Ends them all: the library must not be stopped with suspended connections. */
void streams_end(struct streams *streams);

#endif
