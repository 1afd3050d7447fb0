/* SPDX-License-Identifier: BSD-2-Clause */
/* Two small hash functions for the tables of this room. */
#ifndef PARTRACE_SYMBOL_HASH_H
#define PARTRACE_SYMBOL_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START 0xcbf29ce484222325ull

/* FNV-1a. */
static inline uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3ull;
	return hash;
}

static inline uint64_t hash_text(const char *text)
{
	uint64_t hash = HASH_START;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3ull;
	return hash ^ hash >> 32;
}

/* Neighbouring numbers go to distant places. */
static inline uint64_t hash_number(uint64_t number)
{
	number = (number ^ number >> 32) * 0x9e3779b97f4a7c15ull;
	return number ^ number >> 29;
}

#endif
