// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/server/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/server/routes.h"

/* Each holds one of the server's connections: leave some for everybody else. */
#define STREAMS_MAX 32
#define BLOCK_BYTES 16384

struct stream {
	struct streams *streams;
	struct stream *next;
	struct MHD_Connection *connection;
	sd_event_source *timer;
	sd_event_source *hangup;
	char id[SESSION_ID_LEN];
	uint64_t interval_us, due_us;
	struct writer draft, whole; /* being written, in pieces */
	struct writer line;         /* being sent */
	size_t sent;
	bool suspended;
	bool ended;
};

/*
 * A suspended connection is not polled by the library: it sleeps until there is a line. Resuming it
 * does not make the library's epoll descriptor ready (seen with 0.9.75): ask for a run as well, and
 * not at once, for the library may be what called us.
 */
static void wake(struct stream *stream)
{
	if (!stream->suspended)
		return;
	stream->suspended = false;
	MHD_resume_connection(stream->connection);
	sd_event_source_set_enabled(stream->streams->run, SD_EVENT_ONESHOT);
}

static void end(struct stream *stream)
{
	stream->ended = true;
	sd_event_source_set_enabled(stream->timer, SD_EVENT_OFF);
	sd_event_source_set_enabled(stream->hangup, SD_EVENT_OFF);
	wake(stream);
}

/* What is written of a line in one turn of the event loop, which others wait for. */
#define WRITING_NS 5000000ull

/* False: there is more to write, in another turn. */
static bool write_on(struct stream *stream)
{
	uint64_t now_ns = clock_now_ns(CLOCK_THREAD_CPUTIME_ID);

	if (!writer_fill(&stream->draft, &stream->whole, now_ns + WRITING_NS))
		return false;
	write_format(&stream->whole, "\n");
	stream->line = stream->whole;
	stream->whole = (struct writer){ 0 };
	if (stream->line.failed) {
		writer_release(&stream->line);
		end(stream);
	}
	return true;
}

static void make_draft(struct stream *stream)
{
	const struct report *report;

	if (watcher_session_report(stream->streams->watcher, stream->id, &report) < 0) {
		end(stream);
		return;
	}
	stream->draft.leaves_gaps = true;
	write_object(&stream->draft, report, report_fields);
	if (stream->draft.failed) {
		writer_release(&stream->draft);
		end(stream);
	}
}

/*
 * The next step towards a line; false: it is to be followed by another one in the next turn. A
 * client that has not read its last line yet gets no new one: it skips, and memory is bounded.
 */
static bool make_line(struct stream *stream, uint64_t when_us)
{
	if (stream->draft.text)
		return write_on(stream);
	stream->due_us = when_us;
	if (stream->line.text)
		return true;
	make_draft(stream);
	return !stream->draft.text || (!stream->draft.gaps_count && write_on(stream));
}

static int on_interval(sd_event_source *source, uint64_t when_us, void *context)
{
	struct stream *stream = context;
	uint64_t now_us = 0, next_us = 0;
	bool is_made = make_line(stream, when_us);

	if (stream->ended)
		return 0;
	if (is_made) {
		next_us = stream->due_us + stream->interval_us;
		sd_event_now(stream->streams->event, CLOCK_MONOTONIC, &now_us);
		if (next_us < now_us)
			next_us = now_us + stream->interval_us;
		wake(stream);
	}
	sd_event_source_set_time(source, next_us);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_hangup(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct stream *stream = context;

	(void)source;
	(void)fd;
	(void)events;
	writer_release(&stream->line);
	stream->sent = 0;
	end(stream);
	return 0;
}

static ssize_t on_read(void *context, uint64_t position, char *buffer, size_t size)
{
	struct stream *stream = context;
	size_t left = stream->line.length - stream->sent;

	(void)position;
	if (!stream->line.text) {
		if (stream->ended)
			return MHD_CONTENT_READER_END_OF_STREAM;
		stream->suspended = true;
		MHD_suspend_connection(stream->connection);
		return 0;
	}
	if (left > size)
		left = size;
	memcpy(buffer, stream->line.text + stream->sent, left);
	stream->sent += left;
	if (stream->sent == stream->line.length) {
		writer_release(&stream->line);
		stream->sent = 0;
	}
	return (ssize_t)left;
}

static void on_free(void *context)
{
	struct stream *stream = context;
	struct stream **at = &stream->streams->first;

	while (*at && *at != stream)
		at = &(*at)->next;
	if (*at)
		*at = stream->next;
	sd_event_source_disable_unref(stream->timer);
	sd_event_source_disable_unref(stream->hangup);
	writer_release(&stream->draft);
	writer_release(&stream->whole);
	writer_release(&stream->line);
	free(stream);
}

/* The library closes its descriptor when it likes: hang-up is watched on one of our own. */
static int add_hangup(struct stream *stream)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(stream->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	_cleanup_close_ int fd = info ? fcntl(info->connect_fd, F_DUPFD_CLOEXEC, 3) : -1;
	int r;

	if (fd < 0)
		return -errno;
	r = sd_event_add_io(stream->streams->event, &stream->hangup, fd, EPOLLHUP, on_hangup,
			    stream);
	if (r < 0)
		return r;
	r = sd_event_source_set_io_fd_own(stream->hangup, 1);
	if (r >= 0)
		TAKE_FD(fd);
	return r;
}

/* Takes the response, which may be NULL. */
static int queue_lines(struct MHD_Connection *connection, struct MHD_Response *response)
{
	enum MHD_Result result;

	if (!response)
		return -ENOMEM;
	MHD_add_response_header(response, "Content-Type", "application/x-ndjson");
	result = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result == MHD_YES ? 0 : -EIO;
}

static int queue(struct stream *stream)
{
	struct MHD_Response *response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK_BYTES, on_read, stream, on_free);
	struct MHD_Connection *connection = stream->connection;

	if (!response)
		on_free(stream);
	return queue_lines(connection, response);
}

static ssize_t read_nothing(void *context, uint64_t position, char *buffer, size_t size)
{
	(void)context;
	(void)position;
	(void)buffer;
	(void)size;
	return MHD_CONTENT_READER_END_OF_STREAM;
}

/* Not in chunks: the library would send the last one, which is a body (seen with 0.9.75). */
int stream_announce(struct MHD_Connection *connection)
{
	struct MHD_Response *response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_nothing, NULL, NULL);

	if (response)
		MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
	return queue_lines(connection, response);
}

int stream_start(struct streams *streams, struct MHD_Connection *connection, const char *id,
		 uint64_t interval_us)
{
	struct stream *stream;
	size_t count = 0;
	int r;

	for (stream = streams->first; stream; stream = stream->next)
		count++;
	if (streams->have_ended)
		return -ESHUTDOWN;
	if (count >= STREAMS_MAX)
		return -ENOSPC;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return -ENOMEM;
	stream->streams = streams;
	stream->next = streams->first;
	streams->first = stream;
	stream->connection = connection;
	stream->interval_us = interval_us;
	memcpy(stream->id, id, SESSION_ID_LEN);
	r = add_hangup(stream);
	/* The first line at once: it is what the next one is compared with. */
	if (r >= 0)
		r = sd_event_add_time_relative(streams->event, &stream->timer, CLOCK_MONOTONIC, 0,
					       1000, on_interval, stream);
	if (r < 0) {
		on_free(stream);
		return r;
	}
	return queue(stream);
}

void streams_check(struct streams *streams)
{
	for (struct stream *stream = streams->first; stream; stream = stream->next)
		if (!stream->ended && !routes_session_exists(streams->watcher, stream->id))
			end(stream);
}

void streams_end(struct streams *streams)
{
	streams->have_ended = true;
	for (struct stream *stream = streams->first; stream; stream = stream->next)
		end(stream);
}
