/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors that a library opens without FD_CLOEXEC (curl does), so that they do not end up in
 * the commands that we start. What we were started with, though, is theirs too.
 */
#ifndef PARTRACE_CLIENT_DESCRIPTORS_H
#define PARTRACE_CLIENT_DESCRIPTORS_H

#include <stdint.h>

#define DESCRIPTORS_MAX 1024 /* higher ones are left as they are */

struct descriptors {
	uint64_t open[DESCRIPTORS_MAX / 64]; /* a bit each */
};

/* Those that are open now; none where /proc cannot be read. */
struct descriptors descriptors_now(void);
/* Those that are open now and were not then are closed on exec. */
void descriptors_keep_new(const struct descriptors *then);

#endif
