// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/server/routes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/routes.h"
#include "api/version.h"
#include "base/owned.h"
#include "daemon/server/request.h"

struct ask {
	struct watcher *watcher;
	char id[SESSION_ID_LEN];
	const char *body;
	size_t body_size;
};

static const struct {
	unsigned int status;
	const char *title;
} titles[] = {
	{ 400, "Bad request" },        { 403, "Forbidden" },         { 404, "Not found" },
	{ 405, "Method not allowed" }, { 413, "Request too large" }, { 503, "No room" },
	{ 500, "Internal error" },
};

void answer_problem(struct answer *answer, unsigned int status, const char *detail)
{
	const char *title = "Error";

	for (size_t i = 0; i < ARRAY_LEN(titles); i++)
		if (titles[i].status == status)
			title = titles[i].title;
	writer_release(&answer->body);
	answer->status = status;
	write_format(&answer->body,
		     "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%u,\"detail\":", title,
		     status);
	write_text(&answer->body, detail);
	write_format(&answer->body, "}");
}

static void health(const struct ask *ask, struct answer *answer)
{
	(void)ask;
	write_format(&answer->body, "{\"status\":\"ok\",\"partrace\":\"%s\"}", PARTRACE_VERSION);
}

static void host(const struct ask *ask, struct answer *answer)
{
	write_object(&answer->body, watcher_host(ask->watcher), report_host_fields);
}

static unsigned int status_of(int error)
{
	return error == -ESRCH || error == -ENOENT ? 404
	       : error == -EINVAL                  ? 400
	       : error == -ENOSPC                  ? 503
						   : 500;
}

static void create(const struct ask *ask, struct answer *answer)
{
	struct request request;
	char id[SESSION_ID_LEN], why[256] = "out of memory";
	int r = request_parse(ask->body, ask->body_size, &request, why, sizeof(why));

	if (!r) {
		r = watcher_session_open(ask->watcher, &request.session, id, why, sizeof(why));
		request_release(&request);
	}
	if (r < 0) {
		answer_problem(answer, status_of(r), why);
		return;
	}
	answer->status = 201;
	write_format(&answer->body, "{\"id\":\"%s\"}", id);
}

static void write_summary(struct answer *answer, const struct session_summary *summary)
{
	write_format(&answer->body, "{\"id\":\"%s\",\"kind\":", summary->id);
	write_text(&answer->body, summary->kind);
	write_format(&answer->body, ",\"started_at\":\"%s\",\"duration_ns\":%lu}",
		     summary->started_at, summary->duration_ns);
}

static void list(const struct ask *ask, struct answer *answer)
{
	struct session_summary summary;

	write_format(&answer->body, "{\"sessions\":[");
	for (size_t i = 0; watcher_session_at(ask->watcher, i, &summary); i++) {
		if (i)
			write_format(&answer->body, ",");
		write_summary(answer, &summary);
	}
	write_format(&answer->body, "]}");
}

static void one(const struct ask *ask, struct answer *answer)
{
	struct session_summary summary;

	for (size_t i = 0; watcher_session_at(ask->watcher, i, &summary); i++) {
		if (strcmp(summary.id, ask->id))
			continue;
		write_summary(answer, &summary);
		return;
	}
	answer_problem(answer, 404, "there is no such session");
}

static void report(const struct ask *ask, struct answer *answer)
{
	const struct report *made;
	int r = watcher_session_report(ask->watcher, ask->id, &made);

	if (r < 0)
		answer_problem(answer, status_of(r),
			       r == -ENOENT ? "there is no such session" : strerror(-r));
	else
		write_object(&answer->body, made, report_fields);
}

static void final_report(const struct ask *ask, struct answer *answer)
{
	report(ask, answer);
	watcher_session_close(ask->watcher, ask->id);
}

/* %ID stands for a session's. */
static const struct route {
	const char *method;
	const char *path;
	void (*run)(const struct ask *ask, struct answer *answer);
} routes[] = {
	{ "GET", ROUTE_HEALTH, health },
	{ "GET", ROUTE_HOST, host },
	{ "POST", ROUTE_SESSIONS, create },
	{ "GET", ROUTE_SESSIONS, list },
	{ "GET", ROUTE_SESSIONS "/%ID", one },
	{ "GET", ROUTE_SESSIONS "/%ID/report", report },
	{ "DELETE", ROUTE_SESSIONS "/%ID", final_report },
};

static bool path_matches(const char *pattern, const char *path, char id[SESSION_ID_LEN])
{
	const char *hole = strstr(pattern, "%ID");
	size_t before, length;

	if (!hole)
		return !strcmp(pattern, path);
	before = (size_t)(hole - pattern);
	if (strncmp(pattern, path, before))
		return false;
	length = strcspn(path + before, "/");
	if (!length || length >= SESSION_ID_LEN || strcmp(path + before + length, hole + 3))
		return false;
	memcpy(id, path + before, length);
	id[length] = '\0';
	return true;
}

void routes_answer(struct watcher *watcher, const char *method, const char *path, const char *body,
		   size_t body_size, struct answer *ret)
{
	struct ask ask = { .watcher = watcher, .body = body, .body_size = body_size };
	bool known = false;

	*ret = (struct answer){ .status = 200 };
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (!path_matches(routes[i].path, path, ask.id))
			continue;
		known = true;
		if (strcmp(routes[i].method, method))
			continue;
		routes[i].run(&ask, ret);
		if (ret->body.failed)
			answer_problem(ret, 500, "out of memory");
		return;
	}
	answer_problem(ret, known ? 405 : 404,
		       known ? "this path does not know this method" : "there is nothing here");
}
