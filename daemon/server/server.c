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
#include "base/units.h"
#include "daemon/server/routes.h"

#define CONNECTIONS_MAX      64
#define CONNECTION_TIMEOUT_S 30

struct server {
	struct watcher *watcher;
	struct MHD_Daemon *http;
	sd_event_source *io;
	sd_event_source *timer;
};

/* One request while its body arrives. */
struct upload {
	char *body;
	size_t size;
	bool too_large;
};

static bool is_allowed(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t size = sizeof(peer);

	if (!info || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
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
	result = MHD_queue_response(connection, answer->status, response);
	MHD_destroy_response(response);
	return result;
}

static void take_body(struct upload *upload, const char *data, size_t size)
{
	char *body;

	if (upload->too_large || upload->size + size > REQUEST_BODY_MAX) {
		upload->too_large = true;
		return;
	}
	body = realloc(upload->body, upload->size + size);
	if (!body) {
		upload->too_large = true;
		return;
	}
	memcpy(body + upload->size, data, size);
	upload->body = body;
	upload->size += size;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *data_size, void **request)
{
	struct server *server = context;
	struct upload *upload = *request;
	struct answer answer = { 0 };

	(void)version;
	if (!upload) {
		*request = calloc(1, sizeof(*upload));
		return *request ? MHD_YES : MHD_NO;
	}
	if (*data_size) {
		take_body(upload, data, *data_size);
		*data_size = 0;
		return MHD_YES;
	}
	if (!is_allowed(connection))
		answer_problem(&answer, 403, "only root may ask this daemon");
	else if (upload->too_large)
		answer_problem(&answer, 413, "the request is larger than 4 MiB");
	else
		routes_answer(server->watcher, method, url, upload->body, upload->size, &answer);
	return send_answer(connection, &answer);
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
static void run_http(struct server *server)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;

	MHD_run(server->http);
	if (MHD_get_timeout(server->http, &timeout_ms) == MHD_YES) {
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

static int start_http(struct server *server, int listening_fd)
{
	server->http = MHD_start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET,
		listening_fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MAX,
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
	r = start_http(server, listening_fd);
	if (!r) {
		info = MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_EPOLL_FD);
		r = sd_event_add_io(event, &server->io, info->epoll_fd, EPOLLIN, on_io, server);
	}
	if (r >= 0)
		r = sd_event_add_time_relative(event, &server->timer, CLOCK_MONOTONIC, 0, 1000,
					       on_timer, server);
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
	if (server->http)
		MHD_stop_daemon(server->http);
	free(server);
}
