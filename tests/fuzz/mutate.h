/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spoils inputs, each time in another way and the same ways in each run. FUZZ_ROUNDS in the
 * environment multiplies the rounds, FUZZ_SEED begins elsewhere.
 */
#ifndef PARTRACE_TESTS_MUTATE_H
#define PARTRACE_TESTS_MUTATE_H

#include <stddef.h>
#include <stdint.h>

struct mutation {
	uint64_t state;
};

struct mutation mutation_begin(uint64_t seed);
/* FUZZ_ROUNDS times what is usual. */
unsigned int mutation_rounds(unsigned int usual);

uint64_t mutation_number(struct mutation *mutation, uint64_t below);
/* 1 to 16 changes: bits, bytes, numbers at their limits, pieces copied elsewhere, or cut off. */
size_t mutation_spoil(struct mutation *mutation, uint8_t *bytes, size_t size);

#endif
