// SPDX-License-Identifier: BSD-2-Clause
#include "cli/workload/ipc_message.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

void message_make(struct record *records, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		records[i] = (struct record){ .id = i, .value = (double)i / 2 };
		records[i].next = i + 1 < count ? &records[i + 1] : NULL;
		snprintf(records[i].name, sizeof(records[i].name), "record %u",
			 (unsigned int)i % 1000000u);
	}
}

static uint8_t *put_word(uint8_t *at, uint64_t word)
{
	word = htobe64(word);
	memcpy(at, &word, sizeof(word));
	return at + sizeof(word);
}

static uint64_t get_word(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return be64toh(word);
}

size_t message_encode(const struct record *list, uint8_t *ret)
{
	uint8_t *at = ret;

	for (; list; list = list->next) {
		uint64_t bits;

		memcpy(&bits, &list->value, sizeof(bits));
		at = put_word(at, list->id);
		at = put_word(at, bits);
		memcpy(at, list->name, sizeof(list->name));
		at += sizeof(list->name);
	}
	return (size_t)(at - ret);
}

void message_decode(const uint8_t *bytes, size_t size, struct record *records)
{
	for (const uint8_t *end = bytes + size; bytes < end; bytes += RECORD_BYTES, records++) {
		uint64_t bits = get_word(bytes + 8);

		records->id = get_word(bytes);
		memcpy(&records->value, &bits, sizeof(bits));
		memcpy(records->name, bytes + 16, sizeof(records->name));
		records->next = bytes + RECORD_BYTES < end ? records + 1 : NULL;
	}
}

uint64_t message_sum(const struct record *list)
{
	uint64_t sum = 0;

	for (; list; list = list->next)
		sum += list->id + (uint8_t)list->name[0];
	return sum;
}
