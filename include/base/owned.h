/* SPDX-License-Identifier: BSD-2-Clause */
/* Owning locals: a variable that names its destructor, and the one explicit way to let go of it. */
#ifndef PARTRACE_BASE_OWNED_H
#define PARTRACE_BASE_OWNED_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(destructor) __attribute__((cleanup(destructor)))

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Hands the pointer on and leaves NULL behind, so that the cleanup finds nothing to do. */
#define TAKE_PTR(pointer)                                                                          \
	({                                                                                         \
		__typeof__(pointer) *taken_from_ = &(pointer);                                     \
		__typeof__(pointer) taken_ = *taken_from_;                                         \
		*taken_from_ = NULL;                                                               \
		taken_;                                                                            \
	})

/* The same of a file descriptor, which leaves -1 behind. */
#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int *taken_from_ = &(fd);                                                          \
		int taken_ = *taken_from_;                                                         \
		*taken_from_ = -1;                                                                 \
		taken_;                                                                            \
	})

static inline void freep(void *pointer)
{
	free(*(void **)pointer);
}

static inline void closep(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void fclosep(FILE **file)
{
	if (*file)
		fclose(*file);
}

static inline void closedirp(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

#define _cleanup_free_     _cleanup_(freep)
#define _cleanup_close_    _cleanup_(closep)
#define _cleanup_fclose_   _cleanup_(fclosep)
#define _cleanup_closedir_ _cleanup_(closedirp)

#endif
