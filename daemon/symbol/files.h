/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening the files of a process that may live in another mount namespace, may have deleted them,
 * or may want the daemon to open something else: regular files only, and no symbolic link leads out
 * of the process's root. Descriptors are close-on-exec; errors are -errno.
 */
#ifndef PARTRACE_SYMBOL_FILES_H
#define PARTRACE_SYMBOL_FILES_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "daemon/symbol/maps.h"

/* The very file that is mapped there, also when it has been deleted; of the vDSO, a copy. */
int files_open_mapping(pid_t pid, const struct mapping *mapping, struct stat *ret_status);

/* `path` as the process sees it. */
int files_open_in_root(pid_t pid, const char *path, struct stat *ret_status);
int files_open_here(const char *path, struct stat *ret_status);

/* How often, ever, none of these could be opened because too many files are open. */
uint64_t files_refused(void);

/* /proc/PID/NAME, read as below. */
int files_read_proc(pid_t pid, const char *name, size_t max, char **ret, size_t *ret_size);
/* All of it and a NUL after it (malloc'ed); -EFBIG when it is larger than `max` bytes. */
int files_read_all(int fd, size_t max, char **ret, size_t *ret_size);

#endif
