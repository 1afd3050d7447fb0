// SPDX-License-Identifier: BSD-2-Clause
#include "cli/client/leftovers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/owned.h"

/* What mkdtemp() puts in. */
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool is_leftover_name(const char *name)
{
	int maker, before = 0;

	if (sscanf(name, "partrace-%d-%n", &maker, &before) != 1 || !before || maker <= 0)
		return false;
	return strspn(name + before, LETTERS) == 6 && !name[before + 6] && kill(maker, 0) < 0 &&
	       errno == ESRCH;
}

/* Of another user, or more than an empty folder with a socket: not for us to remove. */
static void remove_one(int folder, const char *name)
{
	_cleanup_close_ int own =
		openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat it, socket;

	if (own < 0 || fstat(own, &it) < 0 || it.st_uid != geteuid() || (it.st_mode & 077) ||
	    time(NULL) - it.st_mtime < LEFTOVER_AGE_S)
		return;
	if (fstatat(own, "socket", &socket, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(socket.st_mode))
		unlinkat(own, "socket", 0);
	unlinkat(folder, name, AT_REMOVEDIR);
}

void leftovers_remove(const char *folder)
{
	_cleanup_closedir_ DIR *dir = opendir(folder);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (is_leftover_name(entry->d_name))
			remove_one(dirfd(dir), entry->d_name);
}
