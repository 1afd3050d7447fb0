// SPDX-License-Identifier: BSD-2-Clause
#include "cli/saved/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/owned.h"
#include "cli/client/sudo.h"

/* The path from the home folder; the last of them is ours, the others may be there already. */
static const char *const steps[] = { ".local", "state", "partrace" };

/* ---- who and where ---- */

static char *own_variable(const char *name)
{
	const char *value = getenv(name);

	return value ? strdup(value) : NULL;
}

static void take_path(struct saved_owner *owner, const char *path, bool in_home)
{
	owner->in_home = in_home;
	snprintf(owner->base, sizeof(owner->base), "%s", path);
	snprintf(owner->folder, sizeof(owner->folder), "%s%s/partrace", path,
		 in_home ? "/.local/state" : "");
}

int saved_owner_find(struct saved_owner *ret)
{
	bool sudo = sudo_user(&ret->uid, &ret->gid);
	char *(*variable)(const char *) = sudo ? sudo_variable : own_variable;
	_cleanup_free_ char *state = variable("XDG_STATE_HOME");
	_cleanup_free_ char *home = variable("HOME");
	const struct passwd *account;

	if (!sudo) {
		ret->uid = geteuid();
		ret->gid = getegid();
	}
	account = getpwuid(ret->uid);
	if (sudo && !account)
		return -ENOENT;
	snprintf(ret->user, sizeof(ret->user), "%s", account ? account->pw_name : "");
	/* What is not absolute counts as not set (XDG Base Directory Specification). */
	if (state && *state == '/')
		take_path(ret, state, false);
	else if (home && *home == '/')
		take_path(ret, home, true);
	else if (account)
		take_path(ret, account->pw_dir, true);
	else
		return -ENOENT;
	return 0;
}

/* ---- as that user ---- */

static int become(const struct saved_owner *owner)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (owner->uid == 0)
		return 0;
	if (geteuid() == 0 && (initgroups(owner->user, owner->gid) < 0 || setgid(owner->gid) < 0 ||
			       setuid(owner->uid) < 0))
		return -errno;
	/* Also those that partrace itself may have been given as a file's capabilities. */
	return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

/* Root keeps its reports only where nobody else can put anything in their way. */
static int check_folder(int fd, uid_t uid)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	return uid == 0 && (status.st_uid != 0 || status.st_mode & 022) ? -EPERM : 0;
}

static int step_into(int *fd, const char *name, bool create)
{
	bool ours = !strcmp(name, steps[ARRAY_LEN(steps) - 1]);
	int next;

	if (create && mkdirat(*fd, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	next = openat(*fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (ours ? O_NOFOLLOW : 0));
	if (next < 0)
		return -errno;
	close(*fd);
	*fd = next;
	return 0;
}

static int open_folder(const struct saved_owner *owner, bool create)
{
	size_t first = owner->in_home ? 0 : ARRAY_LEN(steps) - 1;
	_cleanup_close_ int fd = -1;
	int r;

	/* The state folder may be made, a home never. */
	if (create && !owner->in_home)
		mkdir(owner->base, 0700);
	fd = open(owner->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = check_folder(fd, owner->uid);
	for (size_t i = first; !r && i < ARRAY_LEN(steps); i++)
		r = step_into(&fd, steps[i], create);
	if (!r)
		r = check_folder(fd, owner->uid);
	return r < 0 ? r : TAKE_FD(fd);
}

static int work_as(const struct saved_owner *owner, bool create, saved_work work, void *context)
{
	int folder, r = become(owner);

	if (r < 0)
		return r;
	umask(077);
	folder = open_folder(owner, create);
	return folder < 0 ? folder : work(folder, context);
}

pid_t saved_owner_start(const struct saved_owner *owner, bool create, saved_work work,
			void *context)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(-work_as(owner, create, work, context));
	return pid < 0 ? -errno : pid;
}

int saved_owner_finish(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		/* With SIGCHLD ignored by whoever started us, nobody can know. */
		if (errno != EINTR)
			return errno == ECHILD ? 0 : -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}
