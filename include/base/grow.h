/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists that double when they are full. */
#ifndef PARTRACE_BASE_GROW_H
#define PARTRACE_BASE_GROW_H

#include <stdlib.h>

#define GROW_FIRST 8u

/*
 * The list with room for one more: the same, or a larger one in its place, and then *room is more.
 * NULL without memory: the list is as it was.
 */
static inline void *grow(void *list, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : GROW_FIRST;

	if (count < *room)
		return list;
	list = reallocarray(list, more, size);
	if (list)
		*room = more;
	return list;
}

#endif
