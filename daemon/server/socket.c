// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "base/owned.h"
#include "daemon/server/server.h"

/* curl takes a full queue for a daemon that is not there: room for every client there may be. */
#define BACKLOG 1024

static int make_folder(const char *path)
{
	char copy[sizeof(((struct sockaddr_un *)0)->sun_path)];

	snprintf(copy, sizeof(copy), "%s", path);
	return mkdir(dirname(copy), 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/*
 * A socket file nobody listens on was left by a daemon that was killed. Connecting to a file of any
 * other kind is refused just the same, so ask what it is first: it is not ours to remove.
 */
static int remove_stale(const struct sockaddr_un *address)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat status;

	if (fd < 0)
		return -errno;
	if (lstat(address->sun_path, &status) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(status.st_mode))
		return -EEXIST;
	/* -EAGAIN: it lives, with a full backlog. */
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN)
		return -EADDRINUSE;
	if (errno != ECONNREFUSED)
		return errno == ENOENT ? 0 : -errno;
	return unlink(address->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

static int listen_at(const struct sockaddr_un *address)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;
	int r;

	if (fd < 0)
		return -errno;
	/* Born with its mode: nobody else slips in between bind and chmod. */
	mask = umask(0117);
	r = bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
	umask(mask);
	if (r < 0)
		return r;
	if (listen(fd, BACKLOG) < 0) {
		r = -errno;
		unlink(address->sun_path);
		return r;
	}
	return TAKE_FD(fd);
}

static int take_handed_over(int count)
{
	if (count != 1 || sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) <= 0)
		return -EPROTO;
	if (fcntl(SD_LISTEN_FDS_START, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return SD_LISTEN_FDS_START;
}

int server_listen(const char *path, bool *ret_made)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int r = sd_listen_fds(1);

	*ret_made = false;
	if (r != 0)
		return r < 0 ? r : take_handed_over(r);
	if (!*path)
		return -ENOENT;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	r = make_folder(path);
	if (!r)
		r = remove_stale(&address);
	if (!r)
		r = listen_at(&address);
	*ret_made = r >= 0;
	return r;
}
