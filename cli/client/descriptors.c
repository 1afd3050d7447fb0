// SPDX-License-Identifier: BSD-2-Clause
#include "cli/client/descriptors.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/owned.h"

struct descriptors descriptors_now(void)
{
	_cleanup_closedir_ DIR *folder = opendir("/proc/self/fd");
	struct descriptors now = { 0 };
	const struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		int fd = atoi(entry->d_name);

		if (*entry->d_name != '.' && fd < DESCRIPTORS_MAX && fd != dirfd(folder))
			now.open[fd / 64] |= UINT64_C(1) << fd % 64;
	}
	return now;
}

void descriptors_keep_new(const struct descriptors *then)
{
	struct descriptors now = descriptors_now();

	for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
		if ((now.open[fd / 64] & ~then->open[fd / 64]) >> fd % 64 & 1)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
}
