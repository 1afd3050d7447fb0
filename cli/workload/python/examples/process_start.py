#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The same sum by two threads, then by two processes: Thread.start() and Process.start().

    sudo partrace exec -- python3 process_start.py

The threads take turns under the GIL and are no faster than one; the processes have one GIL each.
The report shows the threads' wait for the lock, and the processes running side by side.
"""
import time
from multiprocessing import Process
from threading import Thread

NUMBERS = 10_000_000


def add_up(numbers):
    total = 0
    for number in range(numbers):
        total += number
    return total


def run_two(kind):
    began = time.monotonic()
    workers = [kind(target=add_up, args=(NUMBERS // 2,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.monotonic() - began


if __name__ == "__main__":
    began = time.monotonic()
    add_up(NUMBERS)
    print(f"one thread:    {time.monotonic() - began:.2f} s")
    print(f"two threads:   {run_two(Thread):.2f} s")
    print(f"two processes: {run_two(Process):.2f} s")
