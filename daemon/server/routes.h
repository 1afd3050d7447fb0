/* SPDX-License-Identifier: BSD-2-Clause */
/* What the daemon answers; pure of HTTP's mechanics. */
#ifndef PARTRACE_SERVER_ROUTES_H
#define PARTRACE_SERVER_ROUTES_H

#include "daemon/server/writer.h"
#include "daemon/watcher.h"

struct answer {
	unsigned int status;
	struct writer body;
};

/* Finds the route and runs it; every failure is a problem document (RFC 9457). */
void routes_answer(struct watcher *watcher, const char *method, const char *path, const char *body,
		   size_t body_size, struct answer *ret);

void answer_problem(struct answer *answer, unsigned int status, const char *detail);

#endif
