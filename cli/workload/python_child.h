/* SPDX-License-Identifier: BSD-2-Clause */
/* An interpreter with its standard streams in our hands, and all the processes that it makes. */
#ifndef PARTRACE_WORKLOAD_PYTHON_CHILD_H
#define PARTRACE_WORKLOAD_PYTHON_CHILD_H

#include <sched.h>

#include "cli/workload/python.h"

struct python_child {
	pid_t pid; /* and its process group */
	int pidfd;
	int go;                 /* a socket: its standard input */
	const char *said;       /* its standard output, of limited size */
	const char *complaints; /* its standard error */
	bool reaped;
	bool ended;        /* before we ended it */
	bool exited;       /* and was not killed */
	int status;        /* as a shell's $? */
	char command[160]; /* as it could be typed to try it alone, cut */
	const char *program;
};
#define PYTHON_CHILD_NONE ((struct python_child){ .pidfd = -1, .go = -1, .reaped = true })

/* `cpus`: NULL for all. 0 or -errno; what it gave can be released in any case. */
int python_child_start(struct python_child *child, const struct python_arguments *arguments,
		       const cpu_set_t *cpus);

/* How many bytes it has said so far. */
size_t python_child_said(const struct python_child *child);

/* Kills all that is left of the group, and waits for the interpreter's end. */
void python_child_end(struct python_child *child);

/* After its end: the reason, its status and its last complaint as one clause, and what to do. */
void python_child_explain(const struct python_child *child, const char *reason, char *why,
			  size_t size);

void python_child_release(struct python_child *child);

#endif
