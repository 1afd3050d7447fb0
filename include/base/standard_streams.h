/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that is started with 0, 1 or 2 closed would get these numbers for the next files that
 * it opens, and print into them.
 */
#ifndef PARTRACE_BASE_STANDARD_STREAMS_H
#define PARTRACE_BASE_STANDARD_STREAMS_H

#include <fcntl.h>
#include <unistd.h>

/*
 * Occupies those that are closed. What is read or written there still fails with EBADF: each is
 * open the wrong way. Commands that are executed find them closed, as they were.
 */
static inline void keep_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", (fd ? O_RDONLY : O_WRONLY) | O_CLOEXEC) < 0)
			return;
}

#endif
