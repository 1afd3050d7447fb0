// SPDX-License-Identifier: BSD-2-Clause
#include "cli/workload/ipc_exchange.h"

#include <errno.h>

#include "base/number.h"
#include "base/units.h"

/* A batch of each: two, so that a line can be put through them. */
static const struct {
	size_t bytes;
	unsigned int messages;
} message_sizes[SIZES] = { { 64, BATCH_MAX }, { MESSAGE_BYTES_MAX, 16 } };

static void await(sem_t *semaphore)
{
	while (sem_wait(semaphore) < 0 && errno == EINTR)
		;
}

static size_t encode(struct side *side, uint8_t *bytes)
{
	uint64_t from_ns = monotonic_ns();
	size_t size = message_encode(side->records, bytes);

	side->took_ns[side->taken++] = monotonic_ns() - from_ns;
	return size;
}

static void decode(struct side *side, const uint8_t *bytes)
{
	size_t size = message_sizes[side->pair->size].bytes;
	uint64_t from_ns = monotonic_ns();

	message_decode(bytes, size, side->records);
	side->took_ns[side->taken++] = monotonic_ns() - from_ns;
}

static int send_one(struct side *side)
{
	struct channels *channels = &side->pair->channels;
	struct ring *ring = &channels->ring;
	unsigned int slot;

	switch (side->pair->channel) {
	case CHANNEL_PIPE:
		return channel_write(channels->pipe[1], side->bytes, encode(side, side->bytes));
	case CHANNEL_SOCKET:
		return channel_write(channels->sockets[1], side->bytes, encode(side, side->bytes));
	case CHANNEL_MEMORY:
		slot = ring_next_empty(ring);
		encode(side, ring->bytes[slot]);
		break;
	default:
		ring->lists[ring_next_empty(ring)] = side->records;
	}
	ring_hand_over(ring);
	return 0;
}

/* What comes is a list in the end, and is looked at. */
static int receive_one(struct side *side, uint64_t *sum)
{
	struct channels *channels = &side->pair->channels;
	bool piped = side->pair->channel == CHANNEL_PIPE;
	const struct record *list = side->records;
	struct ring *ring = &channels->ring;
	unsigned int slot;
	int r;

	if (piped || side->pair->channel == CHANNEL_SOCKET) {
		r = channel_read(piped ? channels->pipe[0] : channels->sockets[0], side->bytes,
				 message_sizes[side->pair->size].bytes);
		if (r < 0)
			return r;
		decode(side, side->bytes);
		*sum += message_sum(list);
		return 0;
	}
	slot = ring_next_filled(ring);
	if (side->pair->channel == CHANNEL_MEMORY)
		decode(side, ring->bytes[slot]);
	else
		list = ring->lists[slot];
	*sum += message_sum(list);
	ring_give_back(ring);
	return 0;
}

/* At the end of a batch. */
static void count_serialising(struct side *side, struct ipc_batch *batch)
{
	uint64_t ns = ipc_worked_ns(side->took_ns, side->taken);

	side->taken = 0;
	batch->serialise_ns += ns;
	side->worker->truth->own[IPC_SERIALISE_NS] += ns;
}

static int send_batch(struct side *side, enum channel channel, unsigned int size)
{
	struct pair *pair = side->pair;
	struct ipc_batch *batch = &pair->sent[channel][size];
	uint64_t from_ns, cpu_ns;
	int r = 0;

	pair->channel = channel;
	pair->size = size;
	message_make(side->records, message_sizes[size].bytes / RECORD_BYTES);
	cpu_ns = clock_now_ns(CLOCK_THREAD_CPUTIME_ID);
	from_ns = monotonic_ns();
	sem_post(&pair->begin);
	for (unsigned int i = 0; !r && i < message_sizes[size].messages; i++)
		r = send_one(side);
	batch->cpu_ns += clock_now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
	if (!r)
		await(&pair->arrived);
	batch->elapsed_ns += monotonic_ns() - from_ns;
	batch->messages += message_sizes[size].messages;
	batch->bytes += message_sizes[size].messages * message_sizes[size].bytes;
	side->worker->truth->own[IPC_MESSAGES] += message_sizes[size].messages;
	side->worker->truth->own[IPC_BYTES] +=
		message_sizes[size].messages * message_sizes[size].bytes;
	count_serialising(side, batch);
	return r;
}

int ipc_send(struct side *side)
{
	unsigned int channels =
		side->worker->arena->plan.mode == WORKER_THREADS ? CHANNEL_COUNT : CHANNEL_POINTER;
	int r = 0;

	while (!r && worker_takes_task(side->worker)) {
		for (unsigned int channel = 0; !r && channel < channels; channel++)
			for (unsigned int size = 0; !r && size < SIZES; size++)
				r = send_batch(side, channel, size);
		side->worker->truth->tasks++;
	}
	side->pair->over = true;
	sem_post(&side->pair->begin);
	return r;
}

int ipc_receive(struct side *side)
{
	struct pair *pair = side->pair;
	uint64_t sum = 0;
	int r = 0;

	while (!r) {
		struct ipc_batch *batch;
		uint64_t cpu_ns;

		await(&pair->begin);
		if (pair->over)
			break;
		batch = &pair->received[pair->channel][pair->size];
		cpu_ns = clock_now_ns(CLOCK_THREAD_CPUTIME_ID);
		for (unsigned int i = 0; !r && i < message_sizes[pair->size].messages; i++)
			r = receive_one(side, &sum);
		batch->cpu_ns += clock_now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
		count_serialising(side, batch);
		sem_post(&pair->arrived);
	}
	return r;
}
