// SPDX-License-Identifier: BSD-2-Clause
/*
 * The same messages through each channel, in pairs: an even worker sends, the next one receives;
 * and what each channel cost.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/number.h"
#include "base/owned.h"
#include "base/units.h"
#include "cli/workload/ipc_exchange.h"

static const char *const channel_names[] = {
	[CHANNEL_PIPE] = "pipe",
	[CHANNEL_SOCKET] = "unix-socket",
	[CHANNEL_MEMORY] = "shared-memory",
	[CHANNEL_POINTER] = "pointer",
};
_Static_assert(ARRAY_LEN(channel_names) == CHANNEL_COUNT, "name every channel");

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

static int ipc_part(struct worker *worker)
{
	_cleanup_free_ struct record *records = calloc(RECORDS_MAX, sizeof(*records));
	_cleanup_free_ uint8_t *bytes = calloc(1, MESSAGE_BYTES_MAX);
	struct pair *pairs = worker->arena->state;
	struct side side = { worker, &pairs[worker->index / 2], records, bytes, { 0 }, 0 };

	if (!records || !bytes)
		return -ENOMEM;
	return worker->index % 2 ? ipc_receive(&side) : ipc_send(&side);
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
			 (json_int_t)less(cpu_ns, serialise_ns));
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
	.summary = "the same data through pipe, socket, shared memory and pointer",
	.details =
		"Workers in pairs: one sends lists of records, small and large, the other receives "
		"them, through a pipe, a Unix socket, shared memory and, between threads, by a "
		"pointer. A task is a round through all. The truth has, for each channel, what a "
		"message costs and what each byte adds, and the CPU time of serialising (list to "
		"bytes and back) apart from that of moving; a pointer needs neither. The report "
		"shows "
		"ipc and condition as the causes of waiting.\n"
		"Try next: sudo partrace run ipc --procs 2, partrace report --view waits",
	.knows = OPTION_TASKS,
	.workers_min = 2,
	.has_python_twin = true,
	.figures = { [IPC_MESSAGES] = { "messages", FIGURE_ADDS },
		     [IPC_BYTES] = { "message_bytes", FIGURE_ADDS },
		     [IPC_SERIALISE_NS] = { "serialise_ns", FIGURE_ADDS } },
	.state_bytes = ipc_bytes,
	.check = ipc_check,
	.prepare = ipc_prepare,
	.role = ipc_role,
	.part = ipc_part,
	.tell = ipc_tell,
};
