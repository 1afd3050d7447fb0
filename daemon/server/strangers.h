/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may ask, and who may only be told that he may not: of these there is a bound, so that they
 * leave the server's connections to the others.
 */
#ifndef PARTRACE_SERVER_STRANGERS_H
#define PARTRACE_SERVER_STRANGERS_H

#include <microhttpd.h>
#include <stdbool.h>
#include <sys/socket.h>

/* Who is at the other end; nobody's UID when the kernel does not say. */
struct ucred strangers_peer(struct MHD_Connection *connection);
bool strangers_is_allowed(struct MHD_Connection *connection);

/* For MHD_OPTION_NOTIFY_CONNECTION; `count` is an unsigned int that starts at 0. */
void strangers_on_connection(void *count, struct MHD_Connection *connection, void **mark,
			     enum MHD_ConnectionNotificationCode code);

#endif
