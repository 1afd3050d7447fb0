// SPDX-License-Identifier: BSD-2-Clause
#include "cli/workload/python_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/owned.h"
#include "cli/workload/run.h"

/* 4,096 workers of 400 bytes, and ten times that; memory is taken by what is written only. */
#define SAID_BYTES       (16u << 20)
#define COMPLAINTS_BYTES (64u << 10)
#define COMPLAINT_SHOWN  140

/* A file in memory that nobody can make larger: what it is not written to is zero. */
static int make_stream(size_t bytes, const char **ret_text)
{
	_cleanup_close_ int fd = memfd_create("python", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *text;

	if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -errno;
	text = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (text == MAP_FAILED)
		return -errno;
	*ret_text = text;
	return TAKE_FD(fd);
}

__attribute__((noreturn)) static void child_main(const struct python_arguments *arguments,
						 const cpu_set_t *cpus, pid_t parent,
						 const int streams[3])
{
	sigset_t none;

	setpgid(0, 0);
	die_with(parent);
	signal(SIGINT, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 0; i < 3; i++)
		if (dup2(streams[i], i) < 0)
			_exit(126);
	if (!cpus || sched_setaffinity(0, sizeof(*cpus), cpus) == 0)
		execv(arguments->list[0], (char **)arguments->list);
	dprintf(STDERR_FILENO, "%s", strerror(errno));
	_exit(126);
}

/* Without what waits for us. */
static void keep_command(struct python_child *child, const struct python_arguments *arguments)
{
	size_t used = 0;

	child->program = arguments->list[0];
	for (size_t i = 0; arguments->list[i] && used < sizeof(child->command); i++)
		if (strcmp(arguments->list[i], "--wait") != 0)
			used += (size_t)snprintf(child->command + used,
						 sizeof(child->command) - used, "%s%s",
						 i ? " " : "", arguments->list[i]);
	if (used >= sizeof(child->command))
		child->command[0] = '\0';
}

static int fork_child(struct python_child *child, const struct python_arguments *arguments,
		      const cpu_set_t *cpus, const int streams[3])
{
	pid_t parent = getpid();

	child->pid = fork();
	if (child->pid < 0)
		return -errno;
	if (child->pid == 0)
		child_main(arguments, cpus, parent, streams);
	child->reaped = false;
	setpgid(child->pid, child->pid); /* whoever of us comes first */
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	return child->pidfd < 0 ? -errno : 0;
}

/* Above 2 even where partrace itself was started without standard streams. */
static int above_streams(int *fd)
{
	int higher = *fd < 0 ? -1 : fcntl(*fd, F_DUPFD_CLOEXEC, 3);

	closep(fd);
	*fd = higher;
	return higher < 0 ? -errno : 0;
}

int python_child_start(struct python_child *child, const struct python_arguments *arguments,
		       const cpu_set_t *cpus)
{
	_cleanup_close_ int input = -1, output = -1, errors = -1;
	int ends[2], r;

	keep_command(child, arguments);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	child->go = ends[0];
	input = ends[1];
	output = make_stream(SAID_BYTES, &child->said);
	errors = make_stream(COMPLAINTS_BYTES, &child->complaints);
	if (output < 0 || errors < 0)
		return output < 0 ? output : errors;
	r = above_streams(&input);
	if (!r)
		r = above_streams(&output);
	if (!r)
		r = above_streams(&errors);
	return r < 0 ? r : fork_child(child, arguments, cpus, (int[]){ input, output, errors });
}

size_t python_child_said(const struct python_child *child)
{
	return strnlen(child->said, SAID_BYTES);
}

void python_child_end(struct python_child *child)
{
	siginfo_t info = { 0 };
	int status = 0;

	if (child->reaped)
		return;
	/* As long as it is not reaped, its group's number is nobody else's. */
	waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOWAIT | WNOHANG);
	child->ended = info.si_pid == child->pid;
	kill(-child->pid, SIGKILL);
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	child->reaped = true;
	child->exited = WIFEXITED(status);
	child->status = child->exited ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The last line, as plain characters. */
static void last_complaint(const struct python_child *child, char *ret, size_t size)
{
	static const char own[] = "partrace_workload: ";
	size_t length = strnlen(child->complaints, COMPLAINTS_BYTES), used = 0;
	const char *text = child->complaints, *line;

	while (length && strchr("\r\n ", text[length - 1]))
		length--;
	line = memrchr(text, '\n', length);
	line = line ? line + 1 : text;
	length -= (size_t)(line - text);
	if (length > strlen(own) && !strncmp(line, own, strlen(own))) {
		line += strlen(own);
		length -= strlen(own);
	}
	for (; used < length && used + 1 < size; used++)
		ret[used] = line[used] >= ' ' && line[used] <= '~' ? line[used] : '?';
	ret[used] = '\0';
}

static void say_end(const struct python_child *child, char *ret, size_t size)
{
	*ret = '\0';
	if (child->exited && child->status)
		snprintf(ret, size, " (status %d)", child->status);
	else if (!child->exited && child->ended)
		snprintf(ret, size, " (killed by signal %d, %s)", child->status - 128,
			 strsignal(child->status - 128));
}

void python_child_explain(const struct python_child *child, const char *reason, char *why,
			  size_t size)
{
	char complaint[COMPLAINT_SHOWN + 1], end[64];

	last_complaint(child, complaint, sizeof(complaint));
	say_end(child, end, sizeof(end));
	snprintf(why, size, "the workload in Python (%.100s, pid %d): %s%s%s%s%s%s", child->program,
		 child->pid, reason, end, *complaint ? ": " : "", complaint,
		 *child->command ? "; to see more, run it alone: " : "", child->command);
}

void python_child_release(struct python_child *child)
{
	python_child_end(child);
	closep(&child->go);
	closep(&child->pidfd);
	if (child->said)
		munmap((void *)child->said, SAID_BYTES);
	if (child->complaints)
		munmap((void *)child->complaints, COMPLAINTS_BYTES);
}
