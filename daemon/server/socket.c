// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "base/owned.h"
#include "daemon/server/server.h"

#define BACKLOG 64

static int make_folder(const char *path)
{
	char copy[sizeof(((struct sockaddr_un *)0)->sun_path)];

	snprintf(copy, sizeof(copy), "%s", path);
	return mkdir(dirname(copy), 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* A socket file nobody listens on was left by a daemon that was killed. */
static int remove_stale(const struct sockaddr_un *address)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return -EADDRINUSE;
	if (errno == ECONNREFUSED)
		return unlink(address->sun_path) < 0 ? -errno : 0;
	return errno == ENOENT ? 0 : -errno;
}

int server_listen(const char *path, bool *ret_made)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;
	int r;

	*ret_made = false;
	if (sd_listen_fds(1) == 1)
		return SD_LISTEN_FDS_START;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	r = make_folder(path);
	if (!r)
		r = remove_stale(&address);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod(path, 0660) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	*ret_made = true;
	return TAKE_FD(fd);
}
