/* SPDX-License-Identifier: BSD-2-Clause */
/* One pair of workers and what they send to each other, batch by batch, each timed and counted. */
#ifndef PARTRACE_WORKLOAD_IPC_EXCHANGE_H
#define PARTRACE_WORKLOAD_IPC_EXCHANGE_H

#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/workload/ipc_channel.h"
#include "cli/workload/ipc_cost.h"

#define SIZES       2
#define BATCH_MAX   256 /* messages */
#define RECORDS_MAX (MESSAGE_BYTES_MAX / RECORD_BYTES)

/* What a worker counts, as indexes of its own figures. */
enum { IPC_MESSAGES, IPC_BYTES, IPC_SERIALISE_NS };

struct pair {
	struct channels channels;
	sem_t begin; /* of a batch, or the end */
	sem_t arrived;
	enum channel channel;
	unsigned int size; /* index of message_sizes[] */
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
	/* For how long each message of a batch was put into bytes, or out again. */
	uint64_t took_ns[BATCH_MAX];
	unsigned int taken;
};

/* Until there are no more tasks, or the sender has none. 0 or -errno. */
int ipc_send(struct side *side);
int ipc_receive(struct side *side);

#endif
