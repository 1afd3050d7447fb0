// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/number_index.h"

#include <errno.h>
#include <stdlib.h>

#define ROOM_FIRST 16

uint64_t number_index_mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

/* The room is a power of two, and half of it at least is free. */
static void put(struct number_index *index, uint64_t hash, uint32_t number)
{
	size_t at = hash & (index->room - 1);

	while (index->places[at].number)
		at = (at + 1) & (index->room - 1);
	index->places[at] = (struct number_place){ hash, number };
}

static int make_room(struct number_index *index)
{
	struct number_index larger = { .room = index->room ? 2 * index->room : ROOM_FIRST };

	larger.places = calloc(larger.room, sizeof(*larger.places));
	if (!larger.places)
		return -ENOMEM;
	for (size_t i = 0; i < index->room; i++)
		if (index->places[i].number)
			put(&larger, index->places[i].hash, index->places[i].number);
	larger.count = index->count;
	free(index->places);
	*index = larger;
	return 0;
}

int number_index_add(struct number_index *index, uint64_t hash, uint32_t number)
{
	int r = 2 * (index->count + 1) > index->room ? make_room(index) : 0;

	if (r < 0)
		return r;
	put(index, hash, number + 1);
	index->count++;
	return 0;
}

bool number_index_next(const struct number_index *index, uint64_t hash, size_t *tried,
		       uint32_t *ret)
{
	while (*tried < index->room) {
		size_t at = (hash + (*tried)++) & (index->room - 1);

		if (!index->places[at].number)
			return false;
		*ret = index->places[at].number - 1;
		if (index->places[at].hash == hash)
			return true;
	}
	return false;
}

void number_index_release(struct number_index *index)
{
	free(index->places);
	*index = (struct number_index){ 0 };
}
