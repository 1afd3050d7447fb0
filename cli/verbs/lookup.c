// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/lookup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_program(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return -ENOENT;
	if (!S_ISREG(status.st_mode) || access(path, X_OK) < 0)
		return -EACCES;
	return 0;
}

int lookup_program(const char *name, const char *path, char *ret, size_t size)
{
	int worst = -ENOENT;
	char place[4096];

	if (strchr(name, '/')) {
		snprintf(ret, size, "%s", name);
		return is_program(name);
	}
	while (path && *path) {
		size_t length = strcspn(path, ":");
		int r;

		snprintf(place, sizeof(place), "%.*s/%s", length ? (int)length : 1,
			 length ? path : ".", name);
		r = is_program(place);
		/* Of those that cannot be executed the first is told. */
		if (!r || (r == -EACCES && worst != -EACCES))
			snprintf(ret, size, "%s", place);
		if (!r)
			return 0;
		if (r == -EACCES)
			worst = r;
		path += length + (path[length] == ':');
	}
	return worst;
}
