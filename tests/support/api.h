/* SPDX-License-Identifier: BSD-2-Clause */
/* A partraced of the test's own, and plain HTTP over its socket, without the client's code. */
#ifndef PARTRACE_TESTS_API_H
#define PARTRACE_TESTS_API_H

#include <jansson.h>
#include <sys/types.h>

struct api_daemon {
	pid_t pid;
	char folder[32];
	char socket[40]; /* in that folder */
};

struct api_answer {
	int status;
	char *text;
	json_t *document; /* NULL when the text is not one JSON value */
};

/* Started and answering; fails the test otherwise. */
struct api_daemon api_start(void);
/* One that watches at most so many threads. */
struct api_daemon api_start_for(unsigned int threads);
/* Ends it by SIGTERM; its exit status. */
int api_stop(struct api_daemon *daemon);

struct api_answer api_ask(const struct api_daemon *daemon, const char *method, const char *path,
			  const char *body);
void api_release(struct api_answer *answer);

/* A session on these processes; the ID is in `id`. Fails the test when refused. */
void api_open(const struct api_daemon *daemon, const pid_t *pids, size_t count, char id[32]);

/* What has come on a connection that stays open, after `ms`; malloc'ed. */
char *api_listen(const struct api_daemon *daemon, const char *path, unsigned int ms);

#endif
