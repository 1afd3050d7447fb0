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
	const struct question *question;
	char id[SESSION_ID_LEN];
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
	struct turns turns = { 0 };

	if (ask->watcher)
		turns = *watcher_turns(ask->watcher);
	write_format(&answer->body,
		     "{\"status\":\"ok\",\"partrace\":\"%s\",\"turns\":{\"count\":%lu,"
		     "\"longest_ns\":%lu,\"longest_cpu_ns\":%lu}}",
		     PARTRACE_VERSION, turns.count, turns.longest_ns, turns.longest_cpu_ns);
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

/* The same number is another process there, both in what is asked and in what is answered. */
static void refuse_foreign(struct answer *answer)
{
	answer_problem(answer, 403,
		       "partraced runs in another PID namespace than you, where the same PID is "
		       "another process: start a partraced in your PID namespace, or ask from "
		       "partraced's");
}

static void create(const struct ask *ask, struct answer *answer)
{
	struct request request;
	char id[SESSION_ID_LEN], why[256] = "out of memory";
	size_t left_out = 0;
	int r;

	if (ask->question->is_foreign) {
		refuse_foreign(answer);
		return;
	}
	r = request_parse(ask->question->body, ask->question->body_size, &request, why,
			  sizeof(why));

	if (!r) {
		request.session.targets.client = ask->question->client;
		r = watcher_session_open(ask->watcher, &request.session, id, why, sizeof(why));
		/* A run's or a command's first process has none that it should not have. */
		if (!r && !strcmp(request.session.target.kind, "attach"))
			left_out = targets_left_out(&request.session.targets);
		request_release(&request);
	}
	if (r < 0) {
		answer_problem(answer, status_of(r), why);
		return;
	}
	answer->status = 201;
	write_format(&answer->body, "{\"id\":\"%s\",\"left_out\":%zu}", id, left_out);
}

static void write_summary(struct answer *answer, const struct session_summary *summary)
{
	write_format(&answer->body, "{\"id\":\"%s\",\"kind\":", summary->id);
	write_text(&answer->body, summary->kind);
	write_format(&answer->body,
		     ",\"started_at\":\"%s\",\"duration_ns\":%lu,\"live_threads\":%lu}",
		     summary->started_at, summary->duration_ns, summary->live_threads);
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

static bool find(struct watcher *watcher, const char *id, struct session_summary *ret)
{
	for (size_t i = 0; watcher_session_at(watcher, i, ret); i++)
		if (!strcmp(ret->id, id))
			return true;
	return false;
}

bool routes_session_exists(struct watcher *watcher, const char *id)
{
	struct session_summary summary;

	return find(watcher, id, &summary);
}

static void one(const struct ask *ask, struct answer *answer)
{
	struct session_summary summary;

	watcher_session_asked(ask->watcher, ask->id);
	if (find(ask->watcher, ask->id, &summary))
		write_summary(answer, &summary);
	else
		answer_problem(answer, 404, "there is no such session");
}

static void answer_report(const struct ask *ask, struct answer *answer, const struct field *fields)
{
	const struct report *made;
	int r = watcher_session_report(ask->watcher, ask->id, &made);

	if (r < 0)
		answer_problem(answer, status_of(r),
			       r == -ENOENT ? "there is no such session" : strerror(-r));
	else {
		answer->body.leaves_gaps = true;
		write_object(&answer->body, made, fields);
	}
}

static void report(const struct ask *ask, struct answer *answer)
{
	answer_report(ask, answer, report_fields);
}

static void timeline(const struct ask *ask, struct answer *answer)
{
	answer_report(ask, answer, report_lives_fields);
}

static void totals(const struct ask *ask, struct answer *answer)
{
	answer_report(ask, answer, report_sums_fields);
}

static void final_report(const struct ask *ask, struct answer *answer)
{
	report(ask, answer);
	watcher_session_close(ask->watcher, ask->id);
}

static void stream(const struct ask *ask, struct answer *answer)
{
	uint64_t interval_us = 0;
	char why[256];

	if (request_parse_interval(ask->question->interval, &interval_us, why, sizeof(why)) < 0) {
		answer_problem(answer, 400, why);
		return;
	}
	if (!routes_session_exists(ask->watcher, ask->id)) {
		answer_problem(answer, 404, "there is no such session");
		return;
	}
	answer->stream_interval_us = interval_us;
	memcpy(answer->stream_id, ask->id, SESSION_ID_LEN);
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
	{ "GET", ROUTE_SESSIONS "/%ID/stream", stream },
	{ "GET", ROUTE_SESSIONS "/%ID/timeline", timeline },
	{ "GET", ROUTE_SESSIONS "/%ID/totals", totals },
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

/* RFC 9110: HEAD is GET whose body is not sent; that the HTTP library sees to. */
static bool takes_method(const struct route *route, const char *method)
{
	return !strcmp(route->method, strcmp(method, "HEAD") ? method : "GET");
}

void routes_ask_names(struct watcher *watcher, const struct question *question,
		      char ret_id[SESSION_ID_LEN])
{
	char id[SESSION_ID_LEN];

	*ret_id = '\0';
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if ((routes[i].run != report && routes[i].run != final_report) ||
		    !path_matches(routes[i].path, question->path, id) ||
		    !takes_method(&routes[i], question->method))
			continue;
		memcpy(ret_id, id, sizeof(id));
		watcher_session_ask_names(watcher, id);
		/* Whoever ends a session does not want what happens while names come. */
		if (routes[i].run == final_report && !watcher_session_has_names(watcher, id))
			watcher_session_freeze(watcher, id);
		return;
	}
}

/* RFC 9110: a 405 names what would be allowed. */
static void note_allowed(struct answer *answer, const char *method)
{
	size_t used = strlen(answer->allow);

	snprintf(answer->allow + used, sizeof(answer->allow) - used, "%s%s%s", used ? ", " : "",
		 method, strcmp(method, "GET") ? "" : ", HEAD");
}

void routes_answer(struct watcher *watcher, const struct question *question, struct answer *ret)
{
	struct ask ask = { .watcher = watcher, .question = question };

	*ret = (struct answer){ .status = 200 };
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (!path_matches(routes[i].path, question->path, ask.id))
			continue;
		note_allowed(ret, routes[i].method);
		if (!takes_method(&routes[i], question->method))
			continue;
		routes[i].run(&ask, ret);
		if (ret->body.failed)
			answer_problem(ret, 500, "out of memory");
		return;
	}
	if (*ret->allow)
		answer_problem(ret, 405, "this path does not know this method");
	else
		answer_problem(ret, 404, "there is nothing here");
}
