/* SPDX-License-Identifier: BSD-2-Clause */
/* A client's JSON -> a session request, validated. */
#ifndef PARTRACE_SERVER_REQUEST_H
#define PARTRACE_SERVER_REQUEST_H

#include <jansson.h>

#include "daemon/watcher.h"

#define INTERVAL_MIN_US 100000ull
#define INTERVAL_MAX_US 3600000000ull

struct request {
	json_t *document; /* the texts of `session` are its */
	struct session_request session;
	pid_t *pids;
	pid_t *tids;
	const char **names;
	const char **cgroups;
};

/* -EINVAL with one sentence in `why`; `body` need not be NUL-terminated. */
int request_parse(const char *body, size_t size, struct request *ret, char *why, size_t why_size);
void request_release(struct request *request);

/* "500ms", "2s", "1m" -> microseconds, within INTERVAL_MIN_US…INTERVAL_MAX_US; NULL is a second. */
int request_parse_interval(const char *text, uint64_t *ret_us, char *why, size_t why_size);

#endif
