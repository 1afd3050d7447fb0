/* SPDX-License-Identifier: BSD-2-Clause */
/* What ipc sends: a list of records, and the bytes that stand for it. */
#ifndef PARTRACE_WORKLOAD_IPC_MESSAGE_H
#define PARTRACE_WORKLOAD_IPC_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#define RECORD_BYTES 32 /* of one, as bytes */

/* As programs have them: linked, so that a copy of the memory is of no use elsewhere. */
struct record {
	struct record *next;
	uint64_t id;
	double value;
	char name[16];
};

/* Links `count` records and fills them in. */
void message_make(struct record *records, size_t count);
/* List to bytes, most significant first; as many bytes as the list has. */
size_t message_encode(const struct record *list, uint8_t *ret);
/* Bytes to a list in `records`, which has room for it. */
void message_decode(const uint8_t *bytes, size_t size, struct record *records);
/* Over the whole list, so that the receiver has really looked at it. */
uint64_t message_sum(const struct record *list);

#endif
