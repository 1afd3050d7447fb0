// SPDX-License-Identifier: BSD-2-Clause
#include "cli/client/daemon_parts.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/routes.h"
#include "base/log.h"
#include "base/owned.h"
#include "base/pid_namespace.h"
#include "cli/client/descriptors.h"

#define STOP_TIMEOUT_S 2

/* One in another PID namespace would take our PIDs for other processes: it is not ours to ask. */
static bool system_daemon_answers(pid_t *ret_pid)
{
	/* Where too many wait already, the next one would do so for ever. */
	struct timeval patience = { .tv_sec = STOP_TIMEOUT_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = DAEMON_SOCKET };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct ucred peer = { 0 };
	socklen_t size = sizeof(peer);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
	    !shares_pid_namespace(peer.pid))
		return false;
	*ret_pid = peer.pid;
	return true;
}

/* Waits for its end, but not for ever; *ret is its status as wait() has it. */
static bool has_ended(pid_t pid, int *ret)
{
	for (int i = 0; i < STOP_TIMEOUT_S * 1000; i++) {
		if (waitpid(pid, ret, WNOHANG) != 0)
			return true;
		usleep(1000);
	}
	return false;
}

/* The connection waits in the backlog until the daemon serves, or dies. */
static int wait_until_serving(struct daemon *daemon, int *ret_status, char *why, size_t why_size)
{
	json_t *health = NULL;
	int status = 0, r;

	if (daemon->private)
		curl_easy_setopt(daemon->curl, CURLOPT_LOW_SPEED_TIME, START_S);
	r = daemon_request(daemon, "GET", ROUTE_HEALTH, NULL, &health, why, why_size);
	curl_easy_setopt(daemon->curl, CURLOPT_LOW_SPEED_TIME, SILENCE_S);
	json_decref(health);
	/* One that is silent has not ended: daemon_close() ends it. */
	if (r >= 0 || !daemon->private || r == -ETIMEDOUT)
		return r;
	if (has_ended(daemon->pid, &status)) {
		daemon->pid = -1;
		if (WIFSIGNALED(status)) {
			snprintf(why, why_size, "partraced was ended by signal %d as it started",
				 WTERMSIG(status));
			return r;
		}
		*ret_status = WEXITSTATUS(status);
		return -ECHILD;
	}
	return r;
}

int daemon_open(const struct daemon_wish *wish, struct daemon **ret, int *ret_status, char *why,
		size_t why_size)
{
	_cleanup_(daemon_closep) struct daemon *daemon = calloc(1, sizeof(*daemon));
	struct descriptors before = descriptors_now();
	int r = 0;

	if (!daemon)
		return -ENOMEM;
	daemon->pid = daemon->peer = daemon->pidfd = daemon->way = daemon->leash = -1;
	daemon->curl = daemon_connection();
	if (!daemon->curl)
		return -ENOMEM;
	daemon->verbose = wish->verbose;
	if (system_daemon_answers(&daemon->peer))
		curl_easy_setopt(daemon->curl, CURLOPT_UNIX_SOCKET_PATH, DAEMON_SOCKET);
	else
		r = daemon_start_private(daemon, wish->max_threads, why, why_size);
	if (!r && wish->verbose)
		log_line("partraced is process %d, %s", daemon->peer,
			 daemon->private ? "a private one" : "the system's, on " DAEMON_SOCKET);
	if (!r)
		r = wait_until_serving(daemon, ret_status, why, why_size);
	/* With its first request curl opens a pair of its own. */
	descriptors_keep_new(&before);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(daemon);
	return 0;
}

int daemon_fd(const struct daemon *daemon)
{
	return daemon->pidfd;
}

static void reap(pid_t pid)
{
	int status;

	if (has_ended(pid, &status))
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

void daemon_close(struct daemon *daemon)
{
	if (!daemon)
		return;
	if (daemon->leash >= 0)
		close(daemon->leash);
	if (daemon->pid > 0)
		reap(daemon->pid);
	if (daemon->pidfd >= 0)
		close(daemon->pidfd);
	if (daemon->way >= 0)
		close(daemon->way);
	if (daemon->curl)
		curl_easy_cleanup(daemon->curl);
	free(daemon);
}

void daemon_closep(struct daemon **daemon)
{
	daemon_close(*daemon);
}
