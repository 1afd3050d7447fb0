// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/api.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"

static int connect_to(const struct api_daemon *daemon)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", daemon->socket);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

struct api_daemon api_start(void)
{
	return api_start_for(16384);
}

struct api_daemon api_start_for(unsigned int threads)
{
	struct api_daemon daemon = { .folder = "/tmp/partrace-test-XXXXXX" };
	const char *build = getenv("PARTRACE_BUILD");
	char program[4096], most[16];

	cr_assert(build, "PARTRACE_BUILD names the build folder: run the tests by make");
	snprintf(program, sizeof(program), "%s/partraced", build);
	cr_assert(mkdtemp(daemon.folder));
	cr_assert_eq(chmod(daemon.folder, 0755), 0);
	snprintf(daemon.socket, sizeof(daemon.socket), "%s/sock", daemon.folder);
	snprintf(most, sizeof(most), "%u", threads);
	daemon.pid = fork();
	if (daemon.pid == 0) {
		/* A test that fails shall not be the next one's trouble. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(program, "partraced", "--quiet", "--socket", daemon.socket, "--max-threads",
		      most, NULL);
		_exit(127);
	}
	for (int tries = 0; tries < 500; tries++) {
		_cleanup_close_ int fd = connect_to(&daemon);

		if (fd >= 0)
			return daemon;
		usleep(10000);
	}
	cr_assert_fail("partraced did not answer within 5 s");
	return daemon;
}

int api_stop(struct api_daemon *daemon)
{
	int status = 0;

	kill(daemon->pid, SIGTERM);
	waitpid(daemon->pid, &status, 0);
	rmdir(daemon->folder);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* An answer of known length need not wait for the connection's end. */
static bool is_whole(const char *text, size_t size)
{
	const char *content = strstr(text, "\r\n\r\n"), *length = strstr(text, "Content-Length: ");

	return content && length && length < content &&
	       size >= (size_t)(content + 4 - text) + strtoul(length + 16, NULL, 10);
}

/* Until the answer is whole, the other end closes, or `ms` have passed. */
static char *read_for(int fd, unsigned int ms)
{
	uint64_t until_ns = monotonic_ns() + ms * NSEC_PER_MSEC, now_ns;
	size_t size = 0, room = 1 << 16;
	char *text = malloc(room);

	while ((now_ns = monotonic_ns()) < until_ns) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (poll(&ready, 1, (int)((until_ns - now_ns) / NSEC_PER_MSEC) + 1) <= 0)
			break;
		if (room - size < 1 << 15) {
			char *grown = realloc(text, room *= 2);

			if (!grown)
				break;
			text = grown;
		}
		got = read(fd, text + size, room - size - 1);
		if (got <= 0)
			break;
		size += (size_t)got;
		text[size] = '\0';
		if (is_whole(text, size))
			break;
	}
	text[size] = '\0';
	return text;
}

static int send_request(const struct api_daemon *daemon, const char *method, const char *path,
			const char *body)
{
	int fd = connect_to(daemon);
	size_t size = strlen(body);

	cr_assert(fd >= 0, "partraced is gone");
	dprintf(fd, "%s %s HTTP/1.1\r\nHost: partraced\r\nConnection: close\r\n", method, path);
	dprintf(fd, "Content-Length: %zu\r\n\r\n%s", size, body);
	return fd;
}

struct api_answer api_ask(const struct api_daemon *daemon, const char *method, const char *path,
			  const char *body)
{
	_cleanup_close_ int fd = send_request(daemon, method, path, body ? body : "");
	struct api_answer answer = { 0 };
	char *text = read_for(fd, 20000), *content = strstr(text, "\r\n\r\n");

	cr_assert(content && sscanf(text, "HTTP/1.1 %d", &answer.status) == 1, "%s %s: %s", method,
		  path, text);
	answer.text = strdup(content + 4);
	answer.document = json_loads(answer.text, 0, NULL);
	free(text);
	return answer;
}

void api_release(struct api_answer *answer)
{
	json_decref(answer->document);
	free(answer->text);
}

void api_open(const struct api_daemon *daemon, const pid_t *pids, size_t count, char id[32])
{
	json_t *list = json_array(), *request;
	struct api_answer answer;
	char *body;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_integer(pids[i]));
	request = json_pack("{s:{s:o}}", "targets", "pids", list);
	body = json_dumps(request, 0);
	answer = api_ask(daemon, "POST", "/v1/sessions", body);
	cr_assert_eq(answer.status, 201, "%s", answer.text);
	snprintf(id, 32, "%s", json_string_value(json_object_get(answer.document, "id")));
	free(body);
	json_decref(request);
	api_release(&answer);
}

char *api_listen(const struct api_daemon *daemon, const char *path, unsigned int ms)
{
	_cleanup_close_ int fd = send_request(daemon, "GET", path, "");

	return read_for(fd, ms);
}
