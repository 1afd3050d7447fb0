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
	bool have_ended; /* none is begun any more */
};

/* Queues the response. -ENOSPC: too many streams; -ESHUTDOWN: after streams_end(). */
int stream_start(struct streams *streams, struct MHD_Connection *connection, const char *id,
		 uint64_t interval_us);
/* Queues the response to HEAD: that of a stream, and none of its lines. */
int stream_announce(struct MHD_Connection *connection);
/* Ends the streams whose session is gone. */
void streams_check(struct streams *streams);
/* Ends them all, for good: the library must not be stopped with suspended connections. */
void streams_end(struct streams *streams);

#endif
