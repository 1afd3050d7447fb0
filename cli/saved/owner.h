/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose the saved reports are: the caller's, and under sudo those of the user behind it. Root must
 * not work in a folder that another user can rearrange, so a child does it that has become this
 * user for good: it can do nothing there that the user could not do without partrace.
 */
#ifndef PARTRACE_SAVED_OWNER_H
#define PARTRACE_SAVED_OWNER_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct saved_owner {
	uid_t uid;
	gid_t gid;
	char user[256];
	char base[PATH_MAX];        /* $XDG_STATE_HOME or the home folder */
	char folder[PATH_MAX + 32]; /* where the reports are, for messages */
	bool in_home;
};

/* 0, or -ENOENT: this user has neither account nor home. */
int saved_owner_find(struct saved_owner *ret);

/* Does its work in the folder; 0 or -errno. Runs in a process of its own. */
typedef int (*saved_work)(int folder, void *context);

/* The child's PID, or -errno. */
pid_t saved_owner_start(const struct saved_owner *owner, bool create, saved_work work,
			void *context);
/* What the child's work came to. */
int saved_owner_finish(pid_t pid);

#endif
