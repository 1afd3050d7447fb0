/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of rows, found by a hash of what is in them: thousands of rows are not gone through. */
#ifndef PARTRACE_MODEL_NUMBER_INDEX_H
#define PARTRACE_MODEL_NUMBER_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct number_place {
	uint64_t hash;
	uint32_t number; /* + 1; 0: free */
};

/* Zeroed: empty. */
struct number_index {
	struct number_place *places;
	size_t count, room;
};

uint64_t number_index_mix(uint64_t hash, uint64_t value);
int number_index_add(struct number_index *index, uint64_t hash, uint32_t number);
/* The next of those with this hash, for the caller to compare; `tried` begins at 0. */
bool number_index_next(const struct number_index *index, uint64_t hash, size_t *tried,
		       uint32_t *ret);
void number_index_release(struct number_index *index);

#endif
