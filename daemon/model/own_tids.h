/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: who is meant by a TID that a target has written into its own memory. Libraries know threads
 * by the numbers of the PID namespace that their process lives in, which a container's are not
 * ours.
 */
#ifndef PARTRACE_MODEL_OWN_TIDS_H
#define PARTRACE_MODEL_OWN_TIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A live thread. */
struct own_tid {
	uint64_t pid_namespace; /* its innermost one: any number that tells it from others */
	uint32_t own_tid;       /* its number in there */
	uint32_t pid, tid;      /* as we number it */
};

/* Zeros are an empty one. */
struct own_tids {
	struct own_tid *by_process, *by_number;
	size_t count, room;
};

void own_tids_release(struct own_tids *tids);

/* Looks begin with none; what has been added is found once the look has ended. -ENOMEM. */
void own_tids_begin(struct own_tids *tids);
int own_tids_add(struct own_tids *tids, const struct own_tid *thread);
int own_tids_end(struct own_tids *tids);

/* Where this process lives; false: none of its threads is known. */
bool own_tids_namespace(const struct own_tids *tids, uint32_t pid, uint64_t *ret);
/* Our number of the thread of its own that a process means; 0: none that is known. */
uint32_t own_tids_find(const struct own_tids *tids, uint32_t pid, uint32_t own_tid);
/*
 * Those who could have written this number into memory that processes share: one of each
 * namespace at most. How many; written only if there are any.
 */
size_t own_tids_numbered(const struct own_tids *tids, uint32_t own_tid, const struct own_tid **ret);

#endif
