/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of files, without asking the file system. */
#ifndef PARTRACE_BASE_PATH_H
#define PARTRACE_BASE_PATH_H

#include <string.h>

/* What stands behind the last slash; the whole path where nothing does. A part of `path`. */
static inline const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

#endif
