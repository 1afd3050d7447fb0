// SPDX-License-Identifier: BSD-2-Clause
/* A server with a fixed service time: what makes `io` a real round trip. It is no target. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "cli/workload/run.h"

/* The service time is the same for all, so deadlines come in order: a ring is enough. */
struct waiting {
	int connection;
	uint64_t due_ns;
};

struct responder {
	int listening, epoll, timer;
	uint64_t service_ns;
	struct waiting *ring; /* [WORKLOAD_WORKERS_MAX + 1]; one request a connection at most */
	size_t head, tail;
};

#define RING (WORKLOAD_WORKERS_MAX + 1)

static void watch(const struct responder *responder, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	epoll_ctl(responder->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void arm(const struct responder *responder)
{
	struct itimerspec when = { 0 };
	uint64_t due_ns = responder->ring[responder->head].due_ns;

	if (responder->head != responder->tail) {
		when.it_value.tv_sec = (time_t)(due_ns / NSEC_PER_SEC);
		when.it_value.tv_nsec = (long)(due_ns % NSEC_PER_SEC);
	}
	timerfd_settime(responder->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void answer_due(struct responder *responder)
{
	uint64_t ticks, now_ns = monotonic_ns();

	if (read(responder->timer, &ticks, sizeof(ticks)) < 0)
		return;
	while (responder->head != responder->tail &&
	       responder->ring[responder->head].due_ns <= now_ns) {
		send(responder->ring[responder->head].connection, "!", 1, MSG_NOSIGNAL);
		responder->head = (responder->head + 1) % RING;
	}
	arm(responder);
}

static void take_request(struct responder *responder, int fd)
{
	bool was_empty = responder->head == responder->tail;
	char byte;

	if (recv(fd, &byte, 1, 0) <= 0) {
		close(fd);
		return;
	}
	responder->ring[responder->tail] =
		(struct waiting){ .connection = fd,
				  .due_ns = monotonic_ns() + responder->service_ns };
	responder->tail = (responder->tail + 1) % RING;
	if (was_empty)
		arm(responder);
}

static void take_connection(const struct responder *responder)
{
	int one = 1, fd = accept4(responder->listening, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	watch(responder, fd);
}

static void serve(struct responder *responder)
{
	struct epoll_event events[64];

	for (;;) {
		int count = epoll_wait(responder->epoll, events, ARRAY_LEN(events), -1);

		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == responder->listening)
				take_connection(responder);
			else if (events[i].data.fd == responder->timer)
				answer_due(responder);
			else
				take_request(responder, events[i].data.fd);
		}
	}
}

static int listen_loopback(uint16_t *ret_port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 4096) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	*ret_port = ntohs(address.sin_port);
	return fd;
}

pid_t responder_start(uint64_t service_ns, uint16_t *ret_port)
{
	struct responder responder = { .service_ns = service_ns };
	pid_t leader = getpid(), pid;

	responder.listening = listen_loopback(ret_port);
	if (responder.listening < 0)
		return responder.listening;
	pid = fork();
	if (pid != 0) {
		close(responder.listening);
		return pid < 0 ? -errno : pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != leader)
		_exit(1);
	prctl(PR_SET_NAME, "responder");
	responder.epoll = epoll_create1(EPOLL_CLOEXEC);
	responder.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	responder.ring = calloc(RING, sizeof(*responder.ring));
	if (responder.epoll < 0 || responder.timer < 0 || !responder.ring)
		_exit(1);
	watch(&responder, responder.listening);
	watch(&responder, responder.timer);
	serve(&responder);
	_exit(0);
}

int responder_connect(struct worker *worker)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(worker->arena->responder_port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	worker->fd = TAKE_FD(fd);
	return 0;
}

int io_round_trip(struct worker *worker)
{
	uint64_t from_ns = monotonic_ns();
	char byte = '?';
	ssize_t got;

	if (send(worker->fd, &byte, 1, MSG_NOSIGNAL) != 1)
		return -errno;
	do
		got = recv(worker->fd, &byte, 1, 0);
	while (got < 0 && errno == EINTR);
	worker->truth->io_wait_ns += monotonic_ns() - from_ns;
	worker->truth->io_waits++;
	return got == 1 ? 0 : -EPIPE;
}
