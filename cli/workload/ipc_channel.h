/* SPDX-License-Identifier: BSD-2-Clause */
/* The ways from one worker to another. */
#ifndef PARTRACE_WORKLOAD_IPC_CHANNEL_H
#define PARTRACE_WORKLOAD_IPC_CHANNEL_H

#include "cli/workload/ipc_message.h"
#include "cli/workload/sync.h"

#define MESSAGE_BYTES_MAX (64 * 1024)
#define RING_SLOTS        64

enum channel {
	CHANNEL_PIPE,
	CHANNEL_SOCKET,
	CHANNEL_MEMORY,
	CHANNEL_POINTER, /* threads only */
	CHANNEL_COUNT,
};

/* Slots that are handed over; what is in them is a message's bytes, or the pointer to a list. */
struct ring {
	sem_t filled;
	sem_t empty;
	unsigned int head, tail; /* the receiver's, the sender's */
	const struct record *lists[RING_SLOTS];
	uint8_t bytes[RING_SLOTS][MESSAGE_BYTES_MAX];
};

/* Lies in memory that both have. */
struct channels {
	int pipe[2];
	int sockets[2];
	struct ring ring;
};

/* 0 or -errno; what is open then ends with the process. */
int channels_open(struct channels *ret);

/* All `size` bytes, blocking: 0 or -errno. */
int channel_write(int fd, const uint8_t *bytes, size_t size);
int channel_read(int fd, uint8_t *bytes, size_t size);

/* The next slot: blocks until there is one; what was done with it is then handed over. */
unsigned int ring_next_empty(struct ring *ring);
void ring_hand_over(struct ring *ring);
unsigned int ring_next_filled(struct ring *ring);
void ring_give_back(struct ring *ring);

#endif
