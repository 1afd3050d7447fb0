/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Histogram arithmetic, the same on both sides: four sub-buckets an octave, so that a bucket is at
 * most 25 % wide and a percentile good to +-12 %. Values in nanoseconds.
 *
 *	bucket 0…3   holds exactly the values 0…3
 *	bucket b     holds [histogram_floor(b), histogram_floor(b + 1))
 *	the last     holds everything from 7 * 2^34 ns (120 s) up
 */
#ifndef PARTRACE_ABI_HISTOGRAM_H
#define PARTRACE_ABI_HISTOGRAM_H

#include <linux/types.h>

#define HISTOGRAM_BUCKETS 144

#ifdef __bpf__
/* 1 << log, or 0 for no value: arithmetic, for a branch that is guessed wrong costs more. */
static inline __attribute__((always_inline)) __u64 histogram_step(__u64 value, __u32 log)
{
	__u64 negative = -value;

	/* Else clang sees what it is, and branches after all. */
	asm volatile("" : "+r"(negative));
	return negative >> 63 << log;
}
#endif

/* Index of the highest set bit; 0 for 0. BPF has no such instruction. */
static inline __attribute__((always_inline)) __u32 histogram_log2(__u64 value)
{
#ifdef __bpf__
	__u64 log = histogram_step(value >> 32, 5), shift;

	value >>= log;
	shift = histogram_step(value >> 16, 4);
	value >>= shift;
	log |= shift;
	shift = histogram_step(value >> 8, 3);
	value >>= shift;
	log |= shift;
	shift = histogram_step(value >> 4, 2);
	value >>= shift;
	log |= shift;
	shift = histogram_step(value >> 2, 1);
	value >>= shift;
	log |= shift;
	return log | (value >> 1);
#else
	return value ? 63 - (__u32)__builtin_clzll(value) : 0;
#endif
}

/* The bucket that `value` falls into, 0…HISTOGRAM_BUCKETS - 1. */
static inline __attribute__((always_inline)) __u32 histogram_bucket(__u64 value)
{
	__u32 log, bucket;

	if (value < 4)
		return value;
	log = histogram_log2(value);
	bucket = (log - 1) * 4 + ((value >> (log - 2)) & 3);
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The smallest value that falls into `bucket`; histogram_floor(HISTOGRAM_BUCKETS) ends the last. */
static inline __attribute__((always_inline)) __u64 histogram_floor(__u32 bucket)
{
	if (bucket < 4)
		return bucket;
	return (4ull + (bucket & 3)) << (bucket / 4 - 1);
}

#endif
