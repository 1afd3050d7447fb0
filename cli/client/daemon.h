/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon as a client sees it: the system's, or a private one that lives as long as we do. */
#ifndef PARTRACE_CLIENT_DAEMON_H
#define PARTRACE_CLIENT_DAEMON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct daemon;

struct daemon_wish {
	uint32_t max_threads; /* that a private one shall have room for */
	bool verbose;         /* say on stderr which daemon it is, and each request to it */
};

/*
 * Connects to the system's daemon if one of our PID namespace answers, else starts a private one.
 * 0; -ECHILD: the private one has ended and said why, *ret_status is its exit status; else -errno
 * with `why`.
 */
int daemon_open(const struct daemon_wish *wish, struct daemon **ret, int *ret_status, char *why,
		size_t why_size);
/* Takes a private daemon down. */
void daemon_close(struct daemon *daemon);
void daemon_closep(struct daemon **daemon);

/* A pidfd that becomes readable when the private daemon ends; -1 for the system's. */
int daemon_fd(const struct daemon *daemon);

/*
 * One request; *ret is the answer's JSON. -errno and `why` when the daemon cannot be reached, says
 * nothing (-ETIMEDOUT: it is stopped for 3 s, or hangs for 20 s), or refuses: then `why` is the
 * detail of its problem document.
 */
int daemon_request(struct daemon *daemon, const char *method, const char *path, const json_t *body,
		   json_t **ret, char *why, size_t why_size);
/* A GET whose answer is left as the text that it is; malloc'ed, *ret_size bytes. */
int daemon_read(struct daemon *daemon, const char *path, char **ret, size_t *ret_size, char *why,
		size_t why_size);

#endif
