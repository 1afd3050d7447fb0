// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/server/strangers.h"

#include <unistd.h>

/* At once; each has its answer in a moment, unless it does not want it. */
#define STRANGERS_MAX       8u
#define STRANGERS_TIMEOUT_S 3u

struct ucred strangers_peer(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t size = sizeof(peer);

	if (!info || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return (struct ucred){ .uid = (uid_t)-1 };
	return peer;
}

bool strangers_is_allowed(struct MHD_Connection *connection)
{
	uid_t uid = strangers_peer(connection).uid;

	return uid == 0 || uid == geteuid();
}

/* The library sees that it has ended, and gives its place away. */
static void hang_up(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (info)
		shutdown(info->connect_fd, SHUT_RDWR);
}

void strangers_on_connection(void *count, struct MHD_Connection *connection, void **mark,
			     enum MHD_ConnectionNotificationCode code)
{
	unsigned int *strangers = count;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		*strangers -= *mark != NULL;
		return;
	}
	if (strangers_is_allowed(connection))
		return;
	*mark = count;
	MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, STRANGERS_TIMEOUT_S);
	if (++*strangers > STRANGERS_MAX)
		hang_up(connection);
}
