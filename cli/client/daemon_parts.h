/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of a client's daemon: request.c asks it, private.c starts one, daemon.c has its life.
 */
#ifndef PARTRACE_CLIENT_DAEMON_PARTS_H
#define PARTRACE_CLIENT_DAEMON_PARTS_H

#include <curl/curl.h>
#include <sys/types.h>

#include "cli/client/daemon.h"

/* Reports wait up to 2 s for names; what is silent for this long hangs. */
#define SILENCE_S 20L
/* To load the probes takes 0.3 s; under emulation it took a hundred times that. */
#define START_S 90L

struct daemon {
	CURL *curl;
	bool private;
	bool verbose; /* says on stderr what it is asked */
	pid_t pid;    /* of the private one; -1: none */
	pid_t peer;   /* whom we ask */
	uint64_t asked_ns;
	int pidfd;
	int way;   /* to the private one's socket, which has no name; -1 */
	int leash; /* closed: the private daemon ends */
};

/* A connection that gives up when whom it asks has been stopped, or silent for too long; NULL. */
CURL *daemon_connection(void);
/* A daemon of our own that is about to load its probes; -errno and `why`. */
int daemon_start_private(struct daemon *daemon, uint32_t max_threads, char *why, size_t why_size);

#endif
