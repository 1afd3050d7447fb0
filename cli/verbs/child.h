/* SPDX-License-Identifier: BSD-2-Clause */
/* A command that waits at its start line until it is watched: `exec` runs one, `sweep` many. */
#ifndef PARTRACE_VERBS_CHILD_H
#define PARTRACE_VERBS_CHILD_H

#include <jansson.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct child_command {
	const char *program;
	char **arguments;             /* NULL-terminated */
	const struct passwd *account; /* NULL: as the caller */
	/* For a command that is run for its time alone: */
	bool apart;            /* no input, no output, a process group of its own */
	int errors;            /* with `apart`: its standard error */
	const cpu_set_t *cpus; /* NULL: all */
};

/* The command while it waits for us, and while we wait for it. */
struct child {
	pid_t pid;
	int pidfd;
	int go;     /* closed: it ends without having started */
	int failed; /* its errno when it could not start */
	bool reaped;
	int status; /* as for exit() */
	int signal; /* that killed it; 0: none */
};
#define CHILD_NONE                                                                                 \
	{                                                                                          \
		.pidfd = -1, .go = -1, .failed = -1                                                \
	}

/* Under sudo, PATH and VIRTUAL_ENV become those of the user behind it. */
void child_use_callers_path(void);

/* It gets the signal mask `mask`. 0 or -errno. */
int child_start(const struct child_command *command, const sigset_t *mask, struct child *ret);
/* 0 once the program runs; its errno when it cannot be started. */
int child_go(struct child *child);
void child_reap(struct child *child);
/* Waits for its end, if it hasn't been reaped: one that never got its go ends by that. */
void child_release(struct child *child);

/* The report's target{} */
json_t *child_target_json(char **command);

#endif
