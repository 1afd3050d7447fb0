// SPDX-License-Identifier: BSD-2-Clause
#include "cli/workload/ipc_channel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

int channels_open(struct channels *ret)
{
	if (pipe2(ret->pipe, O_CLOEXEC) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret->sockets) < 0 ||
	    sem_init(&ret->ring.filled, 1, 0) < 0 || sem_init(&ret->ring.empty, 1, RING_SLOTS) < 0)
		return -errno;
	return 0;
}

int channel_write(int fd, const uint8_t *bytes, size_t size)
{
	while (size) {
		ssize_t written = write(fd, bytes, size);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			bytes += written;
			size -= (size_t)written;
		}
	}
	return 0;
}

int channel_read(int fd, uint8_t *bytes, size_t size)
{
	while (size) {
		ssize_t got = read(fd, bytes, size);

		if (got == 0)
			return -EPIPE;
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0) {
			bytes += got;
			size -= (size_t)got;
		}
	}
	return 0;
}

static void wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore) < 0 && errno == EINTR)
		;
}

unsigned int ring_next_empty(struct ring *ring)
{
	wait_for(&ring->empty);
	return ring->tail;
}

void ring_hand_over(struct ring *ring)
{
	ring->tail = (ring->tail + 1) % RING_SLOTS;
	sem_post(&ring->filled);
}

unsigned int ring_next_filled(struct ring *ring)
{
	wait_for(&ring->filled);
	return ring->head;
}

void ring_give_back(struct ring *ring)
{
	ring->head = (ring->head + 1) % RING_SLOTS;
	sem_post(&ring->empty);
}
