// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/owned.h"
#include "cli/client/sudo.h"
#include "cli/client/text.h"

void child_use_callers_path(void)
{
	_cleanup_free_ char *path = sudo_variable("PATH");
	_cleanup_free_ char *environment = sudo_variable("VIRTUAL_ENV");

	if (path)
		setenv("PATH", path, 1);
	if (environment)
		setenv("VIRTUAL_ENV", environment, 1);
}

static int become_user(const struct passwd *account)
{
	if (!account)
		return 0;
	if (initgroups(account->pw_name, account->pw_gid) < 0 || setgid(account->pw_gid) < 0 ||
	    setuid(account->pw_uid) < 0)
		return -errno;
	setenv("HOME", account->pw_dir, 1);
	setenv("USER", account->pw_name, 1);
	setenv("LOGNAME", account->pw_name, 1);
	return 0;
}

static int stand_apart(const struct child_command *command)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (nothing < 0 || setpgid(0, 0) < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
	    dup2(nothing, STDOUT_FILENO) < 0 || dup2(command->errors, STDERR_FILENO) < 0)
		return -errno;
	return 0;
}

/*
 * The probes see this wait. In an epoll it counts as having nothing to do: a pipe would be taken
 * for a slow one, and poll() for one more of the command's own.
 */
static bool may_go(int go)
{
	struct epoll_event event = { .events = EPOLLIN };
	_cleanup_close_ int epoll = epoll_create1(EPOLL_CLOEXEC);
	char byte;

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, go, &event) < 0)
		return false;
	while (epoll_wait(epoll, &event, 1, -1) < 0 && errno == EINTR)
		;
	return read(go, &byte, 1) == 1;
}

__attribute__((noreturn)) static void child_main(const struct child_command *command, int go,
						 int failed, const sigset_t *mask)
{
	int error;

	if (!may_go(go))
		_exit(1);
	error = -become_user(command->account);
	/* After setuid, which clears it: the command ends with us, however we end. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (!error && command->apart)
		error = -stand_apart(command);
	if (!error && command->cpus && sched_setaffinity(0, sizeof(cpu_set_t), command->cpus) < 0)
		error = errno;
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (!error) {
		execv(command->program, command->arguments);
		error = errno;
	}
	if (write(failed, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(126);
}

int child_start(const struct child_command *command, const sigset_t *mask, struct child *ret)
{
	int go[2], failed[2];

	if (pipe2(go, O_CLOEXEC) < 0 || pipe2(failed, O_CLOEXEC) < 0)
		return -errno;
	ret->pid = fork();
	if (ret->pid < 0)
		return -errno;
	if (ret->pid == 0) {
		close(go[1]);
		close(failed[0]);
		child_main(command, go[0], failed[1], mask);
	}
	close(go[0]);
	close(failed[1]);
	ret->go = go[1];
	ret->failed = failed[0];
	ret->pidfd = (int)syscall(SYS_pidfd_open, ret->pid, 0);
	return ret->pidfd < 0 ? -errno : 0;
}

int child_go(struct child *child)
{
	int error = 0;

	if (write(child->go, "!", 1) != 1)
		return EPIPE;
	if (read(child->failed, &error, sizeof(error)) != sizeof(error))
		return 0;
	return error;
}

void child_reap(struct child *child)
{
	int status;

	if (child->reaped || waitpid(child->pid, &status, 0) != child->pid)
		return;
	child->reaped = true;
	child->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	child->status = child->signal ? 128 + child->signal : WEXITSTATUS(status);
}

void child_release(struct child *child)
{
	close(child->go);
	child_reap(child);
	close(child->failed);
	close(child->pidfd);
}

json_t *child_target_json(char **command)
{
	json_t *list = json_array();

	for (; *command; command++)
		json_array_append_new(list, text_json(*command));
	return json_pack("{s:s,s:o}", "kind", "exec", "command", list);
}
