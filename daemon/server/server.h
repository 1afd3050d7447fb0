/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP over a Unix socket: who may ask, what is asked, how it is answered. */
#ifndef PARTRACE_SERVER_SERVER_H
#define PARTRACE_SERVER_SERVER_H

#include <systemd/sd-event.h>

#include "daemon/watcher.h"

struct server;

/* Serves `watcher` on the listening socket, from the event loop; takes the socket. */
int server_start(sd_event *event, int listening_fd, struct watcher *watcher, struct server **ret);
void server_stop(struct server *server);

/*
 * The listening socket: the one handed over (LISTEN_FDS), else a new one at `path`. -EADDRINUSE: a
 * living daemon answers there. -EEXIST: what stands there is no socket, and is left alone. -EPROTO:
 * what was handed over is not one listening Unix socket. *ret_made: it is ours to unlink.
 */
int server_listen(const char *path, bool *ret_made);

#endif
