// SPDX-License-Identifier: BSD-2-Clause
#include "tests/fuzz/mutate.h"

#include <stdlib.h>
#include <string.h>

#include "base/owned.h"

struct mutation mutation_begin(uint64_t seed)
{
	const char *other = getenv("FUZZ_SEED");

	return (struct mutation){ (seed + (other ? strtoull(other, NULL, 10) : 0)) * 2 + 1 };
}

unsigned int mutation_rounds(unsigned int usual)
{
	const char *times = getenv("FUZZ_ROUNDS");

	return usual * (times ? (unsigned int)strtoul(times, NULL, 10) : 1);
}

uint64_t mutation_number(struct mutation *mutation, uint64_t below)
{
	uint64_t state = mutation->state;

	/* xorshift64* */
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	mutation->state = state;
	return (state * 0x2545f4914f6cdd1dull >> 11) % (below ? below : 1);
}

static void set_limit(struct mutation *mutation, uint8_t *bytes, size_t size, size_t at)
{
	static const uint64_t limits[] = { 0,          1,          0x7f,       0x80,
					   0xffff,     0x7fffffff, 0x80000000, 0xffffffff,
					   UINT64_MAX, INT64_MAX,  1ull << 63, UINT64_MAX - 7 };
	uint64_t limit = limits[mutation_number(mutation, ARRAY_LEN(limits))];
	size_t width = 1u << mutation_number(mutation, 4);

	memcpy(bytes + at, &limit, width < size - at ? width : size - at);
}

static void copy_piece(struct mutation *mutation, uint8_t *bytes, size_t size, size_t at)
{
	size_t from = mutation_number(mutation, size), length;

	length = mutation_number(mutation, 64);
	if (length > size - from)
		length = size - from;
	if (length > size - at)
		length = size - at;
	memmove(bytes + at, bytes + from, length);
}

size_t mutation_spoil(struct mutation *mutation, uint8_t *bytes, size_t size)
{
	unsigned int changes = 1 + (unsigned int)mutation_number(mutation, 16);

	for (unsigned int i = 0; size && i < changes; i++) {
		size_t at = mutation_number(mutation, size);

		switch (mutation_number(mutation, 8)) {
		case 0 ... 1:
			bytes[at] ^= (uint8_t)(1u << mutation_number(mutation, 8));
			break;
		case 2 ... 3:
			bytes[at] = (uint8_t)mutation_number(mutation, 256);
			break;
		case 4 ... 5:
			set_limit(mutation, bytes, size, at);
			break;
		case 6:
			copy_piece(mutation, bytes, size, at);
			break;
		default:
			/* Seldom: little is left to go wrong behind it. */
			if (mutation_number(mutation, 8) == 0)
				size = at;
		}
	}
	return size;
}
