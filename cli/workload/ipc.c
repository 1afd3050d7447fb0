// SPDX-License-Identifier: BSD-2-Clause
/* The same messages through each channel, in pairs: an even worker sends, the next one receives. */
#include <errno.h>
#include <stdlib.h>

#include "base/owned.h"
#include "base/units.h"
#include "cli/workload/ipc_channel.h"
#include "cli/workload/ipc_cost.h"

static const char *const channel_names[] = {
	[CHANNEL_PIPE] = "pipe",
	[CHANNEL_SOCKET] = "unix-socket",
	[CHANNEL_MEMORY] = "shared-memory",
	[CHANNEL_POINTER] = "pointer",
};
_Static_assert(ARRAY_LEN(channel_names) == CHANNEL_COUNT, "name every channel");

/* A batch of each, so that a line can be put through two points. */
static const struct message_size {
	size_t bytes;
	unsigned int messages;
} sizes[] = { { 64, 256 }, { MESSAGE_BYTES_MAX, 16 } };

#define SIZES       ARRAY_LEN(sizes)
#define RECORDS_MAX (MESSAGE_BYTES_MAX / RECORD_BYTES)

enum { MESSAGES, BYTES, SERIALISE_NS };

struct pair {
	struct channels channels;
	sem_t begin; /* of a batch, or the end */
	sem_t arrived;
	enum channel channel;
	unsigned int size; /* index of sizes[] */
	bool over;
	struct ipc_batch sent[CHANNEL_COUNT][SIZES]; /* written by the sender */
	struct ipc_batch received[CHANNEL_COUNT][SIZES];
};

/* One side's tools. */
struct side {
	struct worker *worker;
	struct pair *pair;
	struct record *records; /* [RECORDS_MAX] */
	uint8_t *bytes;         /* [MESSAGE_BYTES_MAX] */
};

static int ipc_check(struct workload_plan *plan, char *why, size_t size)
{
	if (!(plan->given & OPTION_WORKERS) && plan->workers % 2)
		plan->workers++;
	if (plan->workers % 2 == 0)
		return 0;
	snprintf(why, size, "ipc works in pairs, a sender and a receiver; %u is an odd number",
		 plan->workers);
	return -EINVAL;
}

static size_t ipc_bytes(const struct workload_plan *plan)
{
	return plan->workers / 2 * sizeof(struct pair);
}

static int ipc_prepare(struct arena *arena)
{
	struct pair *pairs = arena->state;
	int r = 0;

	for (unsigned int i = 0; !r && i < arena->plan.workers / 2; i++) {
		r = channels_open(&pairs[i].channels);
		if (!r &&
		    (sem_init(&pairs[i].begin, 1, 0) < 0 || sem_init(&pairs[i].arrived, 1, 0) < 0))
			r = -errno;
	}
	return r;
}

static const char *ipc_role(const struct workload_plan *plan, unsigned int index)
{
	(void)plan;
	return index % 2 ? "receiver" : "sender";
}

static void await(sem_t *semaphore)
{
	while (sem_wait(semaphore) < 0 && errno == EINTR)
		;
}

static size_t encode(struct side *side, struct ipc_batch *batch, uint8_t *bytes)
{
	uint64_t from_ns = monotonic_ns();
	size_t size = message_encode(side->records, bytes);

	batch->serialise_ns += monotonic_ns() - from_ns;
	return size;
}

static void decode(struct side *side, struct ipc_batch *batch, const uint8_t *bytes)
{
	size_t size = sizes[side->pair->size].bytes;
	uint64_t from_ns = monotonic_ns();

	message_decode(bytes, size, side->records);
	batch->serialise_ns += monotonic_ns() - from_ns;
}

static int send_one(struct side *side, struct ipc_batch *batch)
{
	struct channels *channels = &side->pair->channels;
	struct ring *ring = &channels->ring;
	unsigned int slot;

	switch (side->pair->channel) {
	case CHANNEL_PIPE:
		return channel_write(channels->pipe[1], side->bytes,
				     encode(side, batch, side->bytes));
	case CHANNEL_SOCKET:
		return channel_write(channels->sockets[1], side->bytes,
				     encode(side, batch, side->bytes));
	case CHANNEL_MEMORY:
		slot = ring_next_empty(ring);
		encode(side, batch, ring->bytes[slot]);
		break;
	default:
		ring->lists[ring_next_empty(ring)] = side->records;
	}
	ring_hand_over(ring);
	return 0;
}

/* What comes is a list in the end, and is looked at. */
static int receive_one(struct side *side, struct ipc_batch *batch, uint64_t *sum)
{
	struct channels *channels = &side->pair->channels;
	bool piped = side->pair->channel == CHANNEL_PIPE;
	const struct record *list = side->records;
	struct ring *ring = &channels->ring;
	unsigned int slot;
	int r;

	if (piped || side->pair->channel == CHANNEL_SOCKET) {
		r = channel_read(piped ? channels->pipe[0] : channels->sockets[0], side->bytes,
				 sizes[side->pair->size].bytes);
		if (r < 0)
			return r;
		decode(side, batch, side->bytes);
		*sum += message_sum(list);
		return 0;
	}
	slot = ring_next_filled(ring);
	if (side->pair->channel == CHANNEL_MEMORY)
		decode(side, batch, ring->bytes[slot]);
	else
		list = ring->lists[slot];
	*sum += message_sum(list);
	ring_give_back(ring);
	return 0;
}

static void count(struct worker *worker, const struct ipc_batch *batch, uint64_t before_ns)
{
	worker->truth->own[SERIALISE_NS] += batch->serialise_ns - before_ns;
}

static int send_batch(struct side *side, enum channel channel, unsigned int size)
{
	struct pair *pair = side->pair;
	struct ipc_batch *batch = &pair->sent[channel][size];
	uint64_t from_ns, cpu_ns, before_ns = batch->serialise_ns;
	int r = 0;

	pair->channel = channel;
	pair->size = size;
	message_make(side->records, sizes[size].bytes / RECORD_BYTES);
	cpu_ns = clock_now_ns(CLOCK_THREAD_CPUTIME_ID);
	from_ns = monotonic_ns();
	sem_post(&pair->begin);
	for (unsigned int i = 0; !r && i < sizes[size].messages; i++)
		r = send_one(side, batch);
	batch->cpu_ns += clock_now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
	if (!r)
		await(&pair->arrived);
	batch->elapsed_ns += monotonic_ns() - from_ns;
	batch->messages += sizes[size].messages;
	batch->bytes += sizes[size].messages * sizes[size].bytes;
	side->worker->truth->own[MESSAGES] += sizes[size].messages;
	side->worker->truth->own[BYTES] += sizes[size].messages * sizes[size].bytes;
	count(side->worker, batch, before_ns);
	return r;
}

static int send_all(struct side *side)
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

static int receive_all(struct side *side)
{
	struct pair *pair = side->pair;
	uint64_t sum = 0;
	int r = 0;

	while (!r) {
		struct ipc_batch *batch;
		uint64_t cpu_ns, before_ns;

		await(&pair->begin);
		if (pair->over)
			break;
		batch = &pair->received[pair->channel][pair->size];
		before_ns = batch->serialise_ns;
		cpu_ns = clock_now_ns(CLOCK_THREAD_CPUTIME_ID);
		for (unsigned int i = 0; !r && i < sizes[pair->size].messages; i++)
			r = receive_one(side, batch, &sum);
		batch->cpu_ns += clock_now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
		count(side->worker, batch, before_ns);
		sem_post(&pair->arrived);
	}
	return r;
}

static int ipc_part(struct worker *worker)
{
	_cleanup_free_ struct record *records = calloc(RECORDS_MAX, sizeof(*records));
	_cleanup_free_ uint8_t *bytes = calloc(1, MESSAGE_BYTES_MAX);
	struct pair *pairs = worker->arena->state;
	struct side side = { worker, &pairs[worker->index / 2], records, bytes };

	if (!records || !bytes)
		return -ENOMEM;
	return worker->index % 2 ? receive_all(&side) : send_all(&side);
}

static void add_batch(struct ipc_batch *sum, const struct ipc_batch *sent,
		      const struct ipc_batch *received)
{
	sum->messages += sent->messages;
	sum->bytes += sent->bytes;
	sum->elapsed_ns += sent->elapsed_ns;
	sum->cpu_ns += sent->cpu_ns + received->cpu_ns;
	sum->serialise_ns += sent->serialise_ns + received->serialise_ns;
}

static json_t *channel_json(enum channel channel, const struct ipc_batch *batch)
{
	struct ipc_cost cost = ipc_cost_of(&batch[0], &batch[1]);
	uint64_t serialise_ns = batch[0].serialise_ns + batch[1].serialise_ns;
	uint64_t cpu_ns = batch[0].cpu_ns + batch[1].cpu_ns;
	uint64_t messages = batch[0].messages + batch[1].messages;
	uint64_t bytes = batch[0].bytes + batch[1].bytes;

	return json_pack("{s:s,s:I,s:I,s:f,s:f,s:I,s:I}", "channel", channel_names[channel],
			 "messages", (json_int_t)messages, "bytes", (json_int_t)bytes,
			 "per_message_ns", cost.per_message_ns, "per_byte_ns", cost.per_byte_ns,
			 "serialise_ns", (json_int_t)serialise_ns, "move_ns",
			 (json_int_t)(cpu_ns > serialise_ns ? cpu_ns - serialise_ns : 0));
}

static void ipc_tell(const struct workload_plan *plan, const struct workload_result *result,
		     json_t *truth)
{
	const struct pair *pairs = result->state;
	json_t *channels = json_array();

	for (unsigned int channel = 0; channel < CHANNEL_COUNT; channel++) {
		struct ipc_batch sum[SIZES] = { 0 };

		for (unsigned int i = 0; i < plan->workers / 2 * SIZES; i++)
			add_batch(&sum[i % SIZES], &pairs[i / SIZES].sent[channel][i % SIZES],
				  &pairs[i / SIZES].received[channel][i % SIZES]);
		if (sum[0].messages)
			json_array_append_new(channels, channel_json(channel, sum));
	}
	json_object_set_new(truth, "channels", channels);
}

const struct workload workload_ipc = {
	.name = "ipc",
	.summary = "the same data through a pipe, a socket, shared memory and a pointer",
	.details =
		"Workers in pairs: one sends lists of records, small and large, the other receives "
		"them, through a pipe, a Unix socket, shared memory and, between threads, by a "
		"pointer. A task is a round through all. The truth has, for each channel, what a "
		"message costs and what each byte adds, and the CPU time of serialising (list to "
		"bytes and back) apart from that of moving; a pointer needs neither. The report "
		"shows "
		"ipc and condition as the causes of waiting.\n"
		"Try next: partrace run ipc --procs 2, partrace report --view waits",
	.knows = OPTION_TASKS,
	.workers_min = 2,
	.has_python_twin = true,
	.figures = { [MESSAGES] = { "messages", FIGURE_ADDS },
		     [BYTES] = { "message_bytes", FIGURE_ADDS },
		     [SERIALISE_NS] = { "serialise_ns", FIGURE_ADDS } },
	.state_bytes = ipc_bytes,
	.check = ipc_check,
	.prepare = ipc_prepare,
	.role = ipc_role,
	.part = ipc_part,
	.tell = ipc_tell,
};
