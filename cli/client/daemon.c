// SPDX-License-Identifier: BSD-2-Clause
#include "cli/client/daemon.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "api/routes.h"
#include "base/owned.h"
#include "base/pid_namespace.h"
#include "base/units.h"

#define ANSWER_MAX     (512u << 20)
#define STOP_TIMEOUT_S 2
#define LISTEN_FD      3
#define LEASH_FD       4

struct daemon {
	CURL *curl;
	bool private;
	pid_t pid;
	int pidfd;
	int leash; /* closed: the private daemon ends */
};

struct answer {
	char *text;
	size_t size;
	size_t room;
};

/* ---- HTTP ---- */

static size_t take_answer(char *data, size_t one, size_t count, void *context)
{
	struct answer *answer = context;
	char *text;

	(void)one;
	if (answer->size + count > ANSWER_MAX)
		return 0;
	if (answer->size + count + 1 > answer->room) {
		answer->room = 2 * (answer->size + count + 1);
		text = realloc(answer->text, answer->room);
		if (!text)
			return 0;
		answer->text = text;
	}
	memcpy(answer->text + answer->size, data, count);
	answer->size += count;
	return count;
}

static int read_answer(const struct answer *answer, long status, json_t **ret, char *why,
		       size_t why_size)
{
	json_t *document = json_loadb(answer->text ? answer->text : "", answer->size, 0, NULL);
	const char *detail = json_string_value(json_object_get(document, "detail"));

	if (document && status < 400) {
		*ret = document;
		return 0;
	}
	snprintf(why, why_size, "%s", detail ? detail : "partraced answered what is not JSON");
	json_decref(document);
	return status == 404 ? -ENOENT : status == 403 ? -EPERM : -EPROTO;
}

static int perform(struct daemon *daemon, const char *method, const char *path, const char *text,
		   struct answer *answer, long *status, char *why, size_t why_size)
{
	char url[256];
	CURLcode code;

	snprintf(url, sizeof(url), "http://partraced%s", path);
	curl_easy_setopt(daemon->curl, CURLOPT_URL, url);
	curl_easy_setopt(daemon->curl, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(daemon->curl, CURLOPT_WRITEDATA, answer);
	if (text)
		curl_easy_setopt(daemon->curl, CURLOPT_POSTFIELDS, text);
	else
		curl_easy_setopt(daemon->curl, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(daemon->curl, CURLOPT_CUSTOMREQUEST, method);
	code = curl_easy_perform(daemon->curl);
	if (code != CURLE_OK) {
		snprintf(why, why_size, "partraced does not answer: %s", curl_easy_strerror(code));
		return -ECONNRESET;
	}
	curl_easy_getinfo(daemon->curl, CURLINFO_RESPONSE_CODE, status);
	return 0;
}

int daemon_request(struct daemon *daemon, const char *method, const char *path, const json_t *body,
		   json_t **ret, char *why, size_t why_size)
{
	_cleanup_free_ char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	struct answer answer = { 0 };
	long status = 0;
	int r = perform(daemon, method, path, text, &answer, &status, why, why_size);

	if (!r)
		r = read_answer(&answer, status, ret, why, why_size);
	free(answer.text);
	return r;
}

int daemon_read(struct daemon *daemon, const char *path, char **ret, size_t *ret_size, char *why,
		size_t why_size)
{
	struct answer answer = { 0 };
	long status = 0;
	int r = perform(daemon, "GET", path, NULL, &answer, &status, why, why_size);

	if (!r && status >= 400) {
		snprintf(why, why_size, "partraced answers with status %ld", status);
		r = -EPROTO;
	}
	if (r < 0) {
		free(answer.text);
		return r;
	}
	*ret = answer.text;
	*ret_size = answer.size;
	return 0;
}

static CURL *new_curl(void)
{
	CURL *curl = curl_easy_init();

	if (!curl)
		return NULL;
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	return curl;
}

/* ---- the private daemon ---- */

/* An abstract address leaves no file behind, however we end. */
static int listen_abstract(char *name, size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	uint64_t random = 0;
	int length;

	if (fd < 0 || getrandom(&random, sizeof(random), 0) < 0)
		return -errno;
	length = snprintf(name, size, "partrace-%d-%016lx", getpid(), random);
	memcpy(address.sun_path + 1, name, (size_t)length);
	if (bind(fd, (struct sockaddr *)&address,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) < 0 ||
	    listen(fd, 16) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/* Beside us in the build folder, else where `make install` puts it. */
static int find_program(char *path, size_t size)
{
	static const char *const places[] = { "/partraced", "/../sbin/partraced" };
	char self[3072];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length < 0)
		return -errno;
	self[length] = '\0';
	*strrchr(self, '/') = '\0';
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		snprintf(path, size, "%s%s", self, places[i]);
		if (access(path, X_OK) == 0)
			return 0;
	}
	snprintf(path, size, PREFIX "/sbin/partraced");
	return access(path, X_OK) == 0 ? 0 : -errno;
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

static int start_private(struct daemon *daemon, uint32_t max_threads, char *why, size_t why_size)
{
	_cleanup_close_ int listening = -1, leash_end = -1;
	char name[96], program[4096];
	int leash[2], r = find_program(program, sizeof(program));
	pid_t parent = getpid();

	if (r < 0) {
		snprintf(why, why_size,
			 "partraced is not installed: neither beside partrace nor as %s", program);
		return r;
	}
	listening = listen_abstract(name, sizeof(name));
	if (listening < 0 || pipe2(leash, O_CLOEXEC) < 0) {
		snprintf(why, why_size, "no socket for a private partraced: %s", strerror(errno));
		return -errno;
	}
	leash_end = leash[0];
	daemon->leash = leash[1];
	daemon->private = true;
	daemon->pid = fork();
	if (daemon->pid == 0)
		become_daemon(program, parent, listening, leash_end, max_threads);
	if (daemon->pid < 0) {
		snprintf(why, why_size, "cannot start partraced: %s", strerror(errno));
		return -errno;
	}
	daemon->pidfd = (int)syscall(SYS_pidfd_open, daemon->pid, 0);
	curl_easy_setopt(daemon->curl, CURLOPT_ABSTRACT_UNIX_SOCKET, name);
	return 0;
}

/* One in another PID namespace would take our PIDs for other processes: it is not ours to ask. */
static bool system_daemon_answers(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = DAEMON_SOCKET };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct ucred peer = { 0 };
	socklen_t size = sizeof(peer);

	return fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       shares_pid_namespace(peer.pid);
}

/* The connection waits in the backlog until the daemon serves, or dies. */
static int wait_until_serving(struct daemon *daemon, int *ret_status, char *why, size_t why_size)
{
	json_t *health = NULL;
	int status, r = daemon_request(daemon, "GET", ROUTE_HEALTH, NULL, &health, why, why_size);

	json_decref(health);
	if (r >= 0 || !daemon->private)
		return r;
	if (waitpid(daemon->pid, &status, 0) == daemon->pid) {
		daemon->pid = -1;
		*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
		return -ECHILD;
	}
	return r;
}

int daemon_open(uint32_t max_threads, struct daemon **ret, int *ret_status, char *why,
		size_t why_size)
{
	_cleanup_(daemon_closep) struct daemon *daemon = calloc(1, sizeof(*daemon));
	int r = 0;

	if (!daemon)
		return -ENOMEM;
	daemon->pid = daemon->pidfd = daemon->leash = -1;
	daemon->curl = new_curl();
	if (!daemon->curl)
		return -ENOMEM;
	if (system_daemon_answers())
		curl_easy_setopt(daemon->curl, CURLOPT_UNIX_SOCKET_PATH, DAEMON_SOCKET);
	else
		r = start_private(daemon, max_threads, why, why_size);
	if (!r)
		r = wait_until_serving(daemon, ret_status, why, why_size);
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
	for (int i = 0; i < STOP_TIMEOUT_S * 1000; i++) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return;
		usleep(1000);
	}
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
	if (daemon->curl)
		curl_easy_cleanup(daemon->curl);
	free(daemon);
}

void daemon_closep(struct daemon **daemon)
{
	daemon_close(*daemon);
}
