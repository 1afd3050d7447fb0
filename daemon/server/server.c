// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/server/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/pid_namespace.h"
#include "daemon/server/routes.h"
#include "daemon/server/strangers.h"
#include "daemon/server/stream.h"
#include "daemon/server/upload.h"
#include "daemon/server/waiting.h"

#define CONNECTIONS_MAX      64
#define CONNECTION_TIMEOUT_S 30
#define CONNECTION_MEMORY    65536
#define TURN_MS              100

struct server {
	struct watcher *watcher;
	struct MHD_Daemon *http;
	sd_event_source *io;
	sd_event_source *timer;
	struct waiting waiting;
	struct streams streams;
	unsigned int strangers; /* connected now */
};

static enum MHD_Result send_answer(struct MHD_Connection *connection, struct answer *answer)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	if (!answer->body.text)
		return MHD_NO;
	response = MHD_create_response_from_buffer(answer->body.length, answer->body.text,
						   MHD_RESPMEM_MUST_FREE);
	if (!response) {
		writer_release(&answer->body);
		return MHD_NO;
	}
	MHD_add_response_header(response, "Content-Type",
				answer->status < 400 ? "application/json"
						     : "application/problem+json");
	if (answer->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", answer->allow);
	result = MHD_queue_response(connection, answer->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result send_when_written(struct server *server, struct MHD_Connection *connection,
					 struct upload *upload)
{
	struct answer answer;

	if (waiting_write(&server->waiting, server->watcher, connection, upload))
		return MHD_YES;
	answer = upload->answer;
	upload->answer.body = (struct writer){ 0 };
	if (answer.body.failed)
		answer_problem(&answer, 500, "out of memory");
	return send_answer(connection, &answer);
}

static enum MHD_Result reply(struct server *server, struct MHD_Connection *connection,
			     struct upload *upload, struct question *question)
{
	struct answer answer = { 0 };

	if (upload->is_answered)
		return send_when_written(server, connection, upload);
	question->body = upload->body;
	question->body_size = upload->size;
	question->client = strangers_peer(connection).pid;
	question->is_foreign = !shares_pid_namespace(question->client);
	question->interval =
		MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "interval");
	if (!upload->refused &&
	    waiting_begin(&server->waiting, server->watcher, connection, upload, question))
		return MHD_YES;
	if (upload->refused)
		upload_answer_refusal(upload, &answer);
	else
		routes_answer(server->watcher, question, &answer);
	streams_check(&server->streams);
	if (answer.stream_interval_us) {
		int r = strcmp(question->method, "HEAD")
				? stream_start(&server->streams, connection, answer.stream_id,
					       answer.stream_interval_us)
				: stream_announce(connection);

		if (!r)
			return MHD_YES;
		answer_problem(&answer, r == -ENOSPC || r == -ESHUTDOWN ? 503 : 500,
			       r == -ENOSPC      ? "too many streams are open"
			       : r == -ESHUTDOWN ? "partraced is about to end"
						 : strerror(-r));
	}
	upload->is_answered = true;
	upload->answer = answer;
	return send_when_written(server, connection, upload);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *data_size, void **request)
{
	struct question question = { .method = method, .path = url };
	struct upload *upload = *request;
	size_t size = *data_size;

	(void)version;
	if (!upload) {
		*request = upload = calloc(1, sizeof(*upload));
		if (!upload)
			return MHD_NO;
		/* Before its body: what is not allowed is not kept. */
		if (!strangers_is_allowed(connection))
			upload->refused = MHD_HTTP_FORBIDDEN;
		return MHD_YES;
	}
	*data_size = 0;
	if (size)
		return upload_take(upload, data, size) ? MHD_YES : MHD_NO;
	return reply(context, connection, upload, &question);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
			 enum MHD_RequestTerminationCode code)
{
	(void)context;
	(void)connection;
	(void)code;
	upload_free(*request);
	*request = NULL;
}

static bool has_connections(const struct server *server)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

	return info && info->num_connections;
}

/*
 * Runs what is ready, and asks to be called again when the library wants to; while somebody is
 * connected, and once more after that, at least ten times a second: with all places taken the
 * library does not look at the queue, and begins to again in a later run only (seen with 0.9.75).
 */
static void run_http(struct server *server)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms = TURN_MS;
	bool had_connections = has_connections(server), wants;

	MHD_run(server->http);
	wants = MHD_get_timeout(server->http, &timeout_ms) == MHD_YES;
	if (wants || had_connections || has_connections(server)) {
		if (!wants || timeout_ms > TURN_MS)
			timeout_ms = TURN_MS;
		sd_event_source_set_time_relative(server->timer, timeout_ms * 1000);
		sd_event_source_set_enabled(server->timer, SD_EVENT_ONESHOT);
	} else {
		sd_event_source_set_enabled(server->timer, SD_EVENT_OFF);
	}
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *context)
{
	(void)source;
	(void)fd;
	(void)events;
	run_http(context);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t when_us, void *context)
{
	(void)source;
	(void)when_us;
	run_http(context);
	return 0;
}

static int on_names(sd_event_source *source, uint64_t when_us, void *context)
{
	struct server *server = context;

	(void)source;
	(void)when_us;
	waiting_resume(&server->waiting);
	run_http(server);
	return 0;
}

static int on_defer(sd_event_source *source, void *context)
{
	(void)source;
	run_http(context);
	return 0;
}

static int start_http(struct server *server, int listening_fd)
{
	server->http = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
		MHD_OPTION_LISTEN_SOCKET, listening_fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
		NULL, MHD_OPTION_NOTIFY_CONNECTION, strangers_on_connection, &server->strangers,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)CONNECTION_TIMEOUT_S, MHD_OPTION_END);
	return server->http ? 0 : -EIO;
}

int server_start(sd_event *event, int listening_fd, struct watcher *watcher, struct server **ret)
{
	const union MHD_DaemonInfo *info;
	struct server *server = calloc(1, sizeof(*server));
	int r;

	if (!server)
		return -ENOMEM;
	server->watcher = watcher;
	server->streams = (struct streams){ .event = event, .watcher = watcher };
	r = start_http(server, listening_fd);
	if (!r) {
		info = MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_EPOLL_FD);
		r = sd_event_add_io(event, &server->io, info->epoll_fd, EPOLLIN, on_io, server);
	}
	if (r >= 0)
		r = sd_event_add_time_relative(event, &server->timer, CLOCK_MONOTONIC, 0, 1000,
					       on_timer, server);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &server->waiting.timer, CLOCK_MONOTONIC, 0,
					       1000, on_names, server);
	if (r >= 0)
		r = sd_event_source_set_enabled(server->waiting.timer, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_defer(event, &server->streams.run, on_defer, server);
	if (r < 0) {
		server_stop(server);
		return r;
	}
	*ret = server;
	return 0;
}

void server_stop(struct server *server)
{
	if (!server)
		return;
	sd_event_source_disable_unref(server->io);
	sd_event_source_disable_unref(server->timer);
	sd_event_source_disable_unref(server->waiting.timer);
	if (server->http) {
		waiting_end(&server->waiting);
		streams_end(&server->streams);
		/* Resume; say that the stream ends; send it. */
		for (int i = 0; i < 3; i++)
			MHD_run(server->http);
		MHD_stop_daemon(server->http);
	}
	sd_event_source_disable_unref(server->streams.run);
	free(server);
}
