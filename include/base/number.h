/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic of figures that were not all taken at the same instant. */
#ifndef PARTRACE_BASE_NUMBER_H
#define PARTRACE_BASE_NUMBER_H

#include <stdint.h>

/* `from` less `what`, and 0 where that would be negative. */
static inline uint64_t less(uint64_t from, uint64_t what)
{
	return from > what ? from - what : 0;
}

static inline uint64_t larger(uint64_t one, uint64_t other)
{
	return one > other ? one : other;
}

#endif
