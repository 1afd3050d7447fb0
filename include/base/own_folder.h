/* SPDX-License-Identifier: BSD-2-Clause */
/* Where this program lies, and so what was built or installed with it. */
#ifndef PARTRACE_BASE_OWN_FOLDER_H
#define PARTRACE_BASE_OWN_FOLDER_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * The first of `places` that can be accessed as `mode` (access()) says; they are seen from the
 * program's own folder, as "/../sbin/x". `fallback` is a whole path, tried last. -errno: none can.
 */
static inline int own_folder_find(const char *const *places, size_t count, const char *fallback,
				  int mode, char *path, size_t size)
{
	char self[3072];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length < 0)
		return -errno;
	self[length] = '\0';
	*strrchr(self, '/') = '\0';
	for (size_t i = 0; i < count; i++) {
		snprintf(path, size, "%s%s", self, places[i]);
		if (access(path, mode) == 0)
			return 0;
	}
	snprintf(path, size, "%s", fallback);
	return access(path, mode) == 0 ? 0 : -errno;
}

#endif
