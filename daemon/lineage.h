/* SPDX-License-Identifier: BSD-2-Clause */
/* Which processes descend from others, by /proc. */
#ifndef PARTRACE_LINEAGE_H
#define PARTRACE_LINEAGE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * The living processes that are children of these, or children's children, and none of these
 * themselves: malloc'ed in *ret, which may be NULL where only their number is asked for. How many,
 * or -errno.
 */
ssize_t lineage_descendants(const pid_t *roots, size_t count, pid_t **ret);

#endif
