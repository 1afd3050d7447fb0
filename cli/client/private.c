// SPDX-License-Identifier: BSD-2-Clause
/* Starts a daemon that lives as long as we do, on a socket that only we can reach. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/own_folder.h"
#include "base/owned.h"
#include "cli/client/daemon_parts.h"
#include "cli/client/leftovers.h"

#define LISTEN_FD 3
#define LEASH_FD  4

/* Both ends of a private socket: where the daemon listens, and what we alone connect through. */
struct hidden {
	int listening;
	int way;
};

/* In a folder that only we can enter, and gone before the daemon starts. */
static int listen_in(const char *folder, struct hidden *ret)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	char own[64];
	int r;

	snprintf(own, sizeof(own), LEFTOVER_FORMAT, folder, getpid());
	if (fd < 0 || !mkdtemp(own))
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", own);
	r = bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	ret->way = r ? -1 : open(address.sun_path, O_PATH | O_CLOEXEC);
	if (!r && (ret->way < 0 || listen(fd, 16) < 0))
		r = -errno;
	unlink(address.sun_path);
	rmdir(own);
	if (r < 0) {
		closep(&ret->way);
		ret->way = -1;
		return r;
	}
	ret->listening = TAKE_FD(fd);
	return 0;
}

/*
 * An abstract address would be in /proc/net/unix for everybody, and any user could take all places
 * of its queue; a file without a name is reached through our own descriptor only.
 */
static int listen_hidden(struct hidden *ret)
{
	static const char *const folders[] = { "/run", "/dev/shm", "/tmp" };
	int r = -ENOENT;

	for (size_t i = 0; r && i < ARRAY_LEN(folders); i++) {
		leftovers_remove(folders[i]);
		r = listen_in(folders[i], ret);
	}
	return r;
}

/* Beside us in the build folder, else where `make install` puts it. */
static int find_program(char *path, size_t size)
{
	static const char *const places[] = { "/partraced", "/../sbin/partraced" };

	return own_folder_find(places, ARRAY_LEN(places), PREFIX "/sbin/partraced", X_OK, path,
			       size);
}

__attribute__((noreturn)) static void become_daemon(const char *program, pid_t parent,
						    int listening, int leash, uint32_t max_threads)
{
	char pid[16], threads[16];
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	/* What is sent to our process group is for us to decide on. */
	setsid();
	/* Out of the way first: either may stand where the other must go. */
	listening = fcntl(listening, F_DUPFD, 10);
	leash = fcntl(leash, F_DUPFD, 10);
	dup2(listening, LISTEN_FD);
	dup2(leash, LEASH_FD);
	syscall(SYS_close_range, LEASH_FD + 1u, ~0u, 0u);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	snprintf(pid, sizeof(pid), "%d", getpid());
	snprintf(threads, sizeof(threads), "%u", max_threads);
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_PID", pid, 1);
	execl(program, "partraced", "--leash", "4", "--max-threads", threads, NULL);
	_exit(127);
}

/* Sets daemon->way; where the other end listens, or -errno. */
static int open_way(struct daemon *daemon)
{
	struct hidden hidden = { -1, -1 };
	char path[32];
	int r = listen_hidden(&hidden);

	if (r < 0)
		return r;
	daemon->way = hidden.way;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", hidden.way);
	curl_easy_setopt(daemon->curl, CURLOPT_UNIX_SOCKET_PATH, path);
	return hidden.listening;
}

int daemon_start_private(struct daemon *daemon, uint32_t max_threads, char *why, size_t why_size)
{
	_cleanup_close_ int listening = -1, leash_end = -1;
	char program[4096];
	int leash[2], r = find_program(program, sizeof(program));
	pid_t parent = getpid();

	if (r < 0) {
		snprintf(why, why_size,
			 "partraced is not installed: neither beside partrace nor as %s", program);
		return r;
	}
	listening = open_way(daemon);
	r = listening < 0 ? listening : pipe2(leash, O_CLOEXEC) < 0 ? -errno : 0;
	if (r < 0) {
		snprintf(why, why_size, "no socket for a private partraced in %s: %s%s",
			 "/run, /dev/shm or /tmp", strerror(-r),
			 r == -EROFS ? "; mount one of them writable" : limit_advice(r));
		return r;
	}
	leash_end = leash[0];
	daemon->leash = leash[1];
	daemon->private = true;
	daemon->pid = fork();
	if (daemon->pid == 0)
		become_daemon(program, parent, listening, leash_end, max_threads);
	if (daemon->pid < 0) {
		snprintf(why, why_size, "cannot start partraced: %s%s", strerror(errno),
			 limit_advice_on_start(errno));
		return -errno;
	}
	daemon->peer = daemon->pid;
	daemon->pidfd = (int)syscall(SYS_pidfd_open, daemon->pid, 0);
	return 0;
}
