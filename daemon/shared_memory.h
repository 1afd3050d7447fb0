/* SPDX-License-Identifier: BSD-2-Clause */
/* Which memory, that processes share, lies at an address of one of them. */
#ifndef PARTRACE_SHARED_MEMORY_H
#define PARTRACE_SHARED_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The same in all processes, wherever they map it. */
struct shared_memory {
	uint64_t device_major, device_minor, inode, offset;
};

/*
 * Reads /proc/PID/maps. -ENOENT: it is not shared, or not among the first mappings; -ESRCH; -EBUSY:
 * the mappings are locked (symbol/patience.h).
 */
int shared_memory_at(pid_t pid, uint64_t address, struct shared_memory *ret);
/* No process that has not mapped it can come by it: no name, number or descriptor leads there. */
bool shared_memory_is_closed(pid_t pid, uint64_t address);
/*
 * Has this process mapped it, too? 1: yes, 0: no. -E2BIG: not among its first mappings; -ESRCH:
 * it is gone, or may not be looked into; -EBUSY, as above.
 */
int shared_memory_look(pid_t pid, const struct shared_memory *memory);
/* Likewise, true only where it surely has. */
bool shared_memory_is_of(pid_t pid, const struct shared_memory *memory);
bool shared_memory_is_same(const struct shared_memory *one, const struct shared_memory *other);

#endif
