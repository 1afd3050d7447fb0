/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits that a shell or a service sets for its processes (setrlimit), and what to do about them.
 */
#ifndef PARTRACE_BASE_LIMITS_H
#define PARTRACE_BASE_LIMITS_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/resource.h>

static inline bool limit_is_set(int resource)
{
	struct rlimit limit;

	return !getrlimit((__rlimit_resource_t)resource, &limit) && limit.rlim_cur != RLIM_INFINITY;
}

/* To be put behind strerror(); "": no limit is known to be why. `error` is -errno or errno. */
static inline const char *limit_advice(int error)
{
	switch (error < 0 ? -error : error) {
	case EMFILE:
		return "; raise the limit of open files, with `ulimit -n 1024`";
	case EFBIG:
		if (limit_is_set(RLIMIT_FSIZE))
			return "; lift the limit of file sizes, with `ulimit -f unlimited`";
		return "";
	case ENOMEM:
		if (limit_is_set(RLIMIT_AS))
			return "; lift the limit of virtual memory, with `ulimit -v unlimited`";
		if (limit_is_set(RLIMIT_DATA))
			return "; lift the limit of data, with `ulimit -d unlimited`";
		return "";
	default:
		return "";
	}
}

/* The same where a process or a thread could not be made. */
static inline const char *limit_advice_on_start(int error)
{
	if (error == EAGAIN || error == -EAGAIN)
		return "; raise the limit of processes (`ulimit -u`, or pids.max of the cgroup)";
	return limit_advice(error);
}

/*
 * What partraced takes to watch a small program is 190 to 270 MB of virtual memory, of it 75 MB of
 * data. Libraries that have less do not fail but abort; so does a stack that is full.
 */
struct limit_needed {
	int resource;
	unsigned int unit, least; /* so many of the unit */
	const char *what, *suffix, *raise;
};

static const struct limit_needed limit_of_stack = { .resource = RLIMIT_STACK,
						    .unit = 1024,
						    .least = 256,
						    .what = "the stack",
						    .suffix = " kB",
						    .raise = "ulimit -s 8192" };
static const struct limit_needed limit_of_memory = { .resource = RLIMIT_AS,
						     .unit = 1024,
						     .least = 262144,
						     .what = "virtual memory",
						     .suffix = " kB",
						     .raise = "ulimit -v unlimited" };
static const struct limit_needed limit_of_data = { .resource = RLIMIT_DATA,
						   .unit = 1024,
						   .least = 131072,
						   .what = "data",
						   .suffix = " kB",
						   .raise = "ulimit -d unlimited" };
/* The probes' some 50, and a few to read with. */
static const struct limit_needed limit_of_files = { .resource = RLIMIT_NOFILE,
						    .unit = 1,
						    .least = 64,
						    .what = "open files",
						    .suffix = "",
						    .raise = "ulimit -n 1024" };

/* That it is too low, as one sentence in `text`; NULL: it is not. */
static inline const char *limit_problem(const struct limit_needed *needed, char *text, size_t size)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)needed->resource, &limit) < 0 ||
	    limit.rlim_cur / needed->unit >= needed->least)
		return NULL;
	snprintf(text, size, "the limit of %s is %lu%s, and %u are needed: raise it, with `%s`",
		 needed->what, (unsigned long)limit.rlim_cur / needed->unit, needed->suffix,
		 needed->least, needed->raise);
	return text;
}

/* The same of all that watching needs. */
static inline const char *limits_problem(char *text, size_t size)
{
	const char *problem = limit_problem(&limit_of_stack, text, size);

	if (!problem)
		problem = limit_problem(&limit_of_memory, text, size);
	return problem ? problem : limit_problem(&limit_of_data, text, size);
}

static inline void limits_on_file_size(int number)
{
	(void)number;
}

/*
 * A file that would grow beyond the limit is an error of its write() then, and not our end. A
 * handler, for what is executed begins with the default again.
 */
static inline void limits_outlive_file_size(void)
{
	struct sigaction action = { .sa_handler = limits_on_file_size, .sa_flags = SA_RESTART };
	struct sigaction before;

	if (!sigaction(SIGXFSZ, NULL, &before) && before.sa_handler == SIG_DFL)
		sigaction(SIGXFSZ, &action, NULL);
}

#endif
