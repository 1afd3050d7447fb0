#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Six ranges of numbers, searched for primes by three processes: Pool(3).map.

    sudo partrace exec -- python3 pool_map.py

The work of each range grows with its numbers: the report shows which process ran longest, and how
long fewer than three were on a CPU. With two CPUs, three processes take turns (ready).
"""
from multiprocessing import Pool

RANGES = [(start, start + 40_000) for start in range(0, 240_000, 40_000)]


def is_prime(number):
    return number > 1 and all(number % divisor for divisor in range(2, int(number ** 0.5) + 1))


def count_primes(bounds):
    return sum(is_prime(number) for number in range(*bounds))


if __name__ == "__main__":
    with Pool(3) as pool:
        counts = pool.map(count_primes, RANGES, chunksize=1)
    for (start, end), count in zip(RANGES, counts):
        print(f"{start:>7} to {end:>7}: {count} primes")
    print(f"in all: {sum(counts)}")
