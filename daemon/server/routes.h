/* SPDX-License-Identifier: BSD-2-Clause */
/* What the daemon answers; pure of HTTP's mechanics. */
#ifndef PARTRACE_SERVER_ROUTES_H
#define PARTRACE_SERVER_ROUTES_H

#include "daemon/server/writer.h"
#include "daemon/watcher.h"

struct question {
	const char *method;
	const char *path;
	const char *interval; /* of the query; NULL when absent */
	const char *body;
	size_t body_size;
	pid_t client;    /* who asks; 0: not known */
	bool is_foreign; /* the client lives in another PID namespace */
};

struct answer {
	unsigned int status;
	struct writer body;
	char allow[32]; /* the methods the path knows; with status 405 */
	/* Not 0: instead of a body, a report of this session each interval. */
	uint64_t stream_interval_us;
	char stream_id[SESSION_ID_LEN];
};

/*
 * Does the answer have names in it that are still to come? Whose: what to give
 * watcher_session_has_names(); empty: none.
 */
void routes_ask_names(struct watcher *watcher, const struct question *question,
		      char ret_id[SESSION_ID_LEN]);
/* Finds the route and runs it; every failure is a problem document (RFC 9457). */
void routes_answer(struct watcher *watcher, const struct question *question, struct answer *ret);
bool routes_session_exists(struct watcher *watcher, const char *id);

void answer_problem(struct answer *answer, unsigned int status, const char *detail);

#endif
