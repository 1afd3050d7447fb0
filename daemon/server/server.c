// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/server/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "api/routes.h"
#include "base/owned.h"
#include "base/pid_namespace.h"
#include "base/units.h"
#include "daemon/server/routes.h"
#include "daemon/server/stream.h"

#define CONNECTIONS_MAX      64
#define CONNECTION_TIMEOUT_S 30
#define CONNECTION_MEMORY    65536
/* A refused body is read to its end, so that the client reads our answer; but not for ever. */
#define REFUSED_BODY_MAX (16 * REQUEST_BODY_MAX)

#define TURN_MS 100

/* A report waits for names that are on their way; then it is made without them. */
#define NAMES_PATIENCE_NS 2000000000ull
#define NAMES_LOOK_US     2000

struct server {
	struct watcher *watcher;
	struct MHD_Daemon *http;
	sd_event_source *io;
	sd_event_source *timer;
	sd_event_source *names; /* on while requests wait */
	struct upload *waiting;
	struct streams streams;
};

/* One request while its body arrives. */
struct upload {
	char *body;
	size_t size;
	size_t discarded;
	unsigned int refused; /* status, or 0 */
	/* while it waits for names */
	bool has_asked;
	uint64_t asked;
	uint64_t asked_ns;
	struct MHD_Connection *suspended;
	struct upload *next;
};

/* Who is at the other end; nobody's UID when the kernel does not say. */
static struct ucred peer_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t size = sizeof(peer);

	if (!info || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return (struct ucred){ .uid = (uid_t)-1 };
	return peer;
}

static bool is_allowed(struct MHD_Connection *connection)
{
	uid_t uid = peer_of(connection).uid;

	return uid == 0 || uid == geteuid();
}

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

/* False: enough of a body that nobody wants. */
static bool take_body(struct upload *upload, const char *data, size_t size)
{
	char *body = NULL;

	if (!upload->refused && upload->size + size > REQUEST_BODY_MAX)
		upload->refused = MHD_HTTP_CONTENT_TOO_LARGE;
	if (!upload->refused) {
		body = realloc(upload->body, upload->size + size);
		if (!body)
			upload->refused = MHD_HTTP_INTERNAL_SERVER_ERROR;
	}
	if (upload->refused) {
		upload->discarded += size;
		return upload->discarded <= REFUSED_BODY_MAX;
	}
	memcpy(body + upload->size, data, size);
	upload->body = body;
	upload->size += size;
	return true;
}

static void answer_refusal(struct answer *answer, unsigned int status)
{
	answer_problem(answer, status,
		       status == MHD_HTTP_FORBIDDEN           ? "only root may ask this daemon"
		       : status == MHD_HTTP_CONTENT_TOO_LARGE ? "the request is larger than 4 MiB"
							      : "out of memory");
}

/* The request is handled anew when it is resumed: by the timer, which looks often. */
static bool waits_for_names(struct server *server, struct MHD_Connection *connection,
			    struct upload *upload, const struct question *question)
{
	if (!upload->has_asked) {
		upload->has_asked = true;
		upload->asked_ns = monotonic_ns();
		upload->asked = routes_ask_names(server->watcher, question);
	}
	if (watcher_has_names(server->watcher, upload->asked) ||
	    monotonic_ns() - upload->asked_ns > NAMES_PATIENCE_NS)
		return false;
	upload->suspended = connection;
	upload->next = server->waiting;
	server->waiting = upload;
	MHD_suspend_connection(connection);
	sd_event_source_set_time_relative(server->names, NAMES_LOOK_US);
	sd_event_source_set_enabled(server->names, SD_EVENT_ONESHOT);
	return true;
}

static void resume_all(struct server *server)
{
	while (server->waiting) {
		struct upload *upload = server->waiting;

		server->waiting = upload->next;
		MHD_resume_connection(upload->suspended);
		upload->suspended = NULL;
	}
}

static enum MHD_Result reply(struct server *server, struct MHD_Connection *connection,
			     struct upload *upload, struct question *question)
{
	struct answer answer = { 0 };

	question->body = upload->body;
	question->body_size = upload->size;
	question->client = peer_of(connection).pid;
	question->is_foreign = !shares_pid_namespace(question->client);
	question->interval =
		MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "interval");
	if (!upload->refused && waits_for_names(server, connection, upload, question))
		return MHD_YES;
	if (upload->refused)
		answer_refusal(&answer, upload->refused);
	else
		routes_answer(server->watcher, question, &answer);
	streams_check(&server->streams);
	if (answer.stream_interval_us) {
		int r = stream_start(&server->streams, connection, answer.stream_id,
				     answer.stream_interval_us);

		if (!r)
			return MHD_YES;
		answer_problem(&answer, r == -ENOSPC ? 503 : 500,
			       r == -ENOSPC ? "too many streams are open" : strerror(-r));
	}
	return send_answer(connection, &answer);
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
		if (!is_allowed(connection))
			upload->refused = MHD_HTTP_FORBIDDEN;
		return MHD_YES;
	}
	*data_size = 0;
	if (size)
		return take_body(upload, data, size) ? MHD_YES : MHD_NO;
	return reply(context, connection, upload, &question);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
			 enum MHD_RequestTerminationCode code)
{
	struct upload *upload = *request;

	(void)context;
	(void)connection;
	(void)code;
	if (upload)
		free(upload->body);
	free(upload);
	*request = NULL;
}

/* Runs what is ready, and asks to be called again when the library wants to. */
static bool has_connections(const struct server *server)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

	return info && info->num_connections;
}

/* While somebody is connected the library gets its turn at least ten times a second. */
static void run_http(struct server *server)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms = TURN_MS;
	bool wants;

	MHD_run(server->http);
	wants = MHD_get_timeout(server->http, &timeout_ms) == MHD_YES;
	if (wants || has_connections(server)) {
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
	resume_all(server);
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
		NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MAX,
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
		r = sd_event_add_time_relative(event, &server->names, CLOCK_MONOTONIC, 0, 1000,
					       on_names, server);
	if (r >= 0)
		r = sd_event_source_set_enabled(server->names, SD_EVENT_OFF);
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
	sd_event_source_disable_unref(server->names);
	if (server->http) {
		resume_all(server);
		streams_end(&server->streams);
		/* Resume; say that the stream ends; send it. */
		for (int i = 0; i < 3; i++)
			MHD_run(server->http);
		MHD_stop_daemon(server->http);
	}
	sd_event_source_disable_unref(server->streams.run);
	free(server);
}
