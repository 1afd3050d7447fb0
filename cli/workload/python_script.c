// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/own_folder.h"
#include "base/owned.h"
#include "cli/workload/python.h"

#define SCRIPT "/partrace_workload.py"

/* As seen from the folder that we lie in: build/ of the source tree, or bin/. */
static const char *const places[] = { "/../cli/workload/python" SCRIPT,
				      "/../share/partrace/python" SCRIPT };

/* As short as it can be said. */
static int shorten(char *path, size_t size)
{
	_cleanup_free_ char *real = realpath(path, NULL);

	if (!real)
		return -errno;
	snprintf(path, size, "%s", real);
	return 0;
}

int python_script(char *path, size_t size)
{
	int r = own_folder_find(places, ARRAY_LEN(places), PREFIX "/share/partrace/python" SCRIPT,
				R_OK, path, size);

	return r < 0 ? r : shorten(path, size);
}
