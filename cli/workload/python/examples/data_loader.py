#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Batches prepared by worker processes for a consumer, as the data loader of a training loop does.

    sudo partrace exec -- python3 data_loader.py
    sudo partrace exec -- python3 data_loader.py --workers 1

The producer hands out indices, workers make a batch of each, the consumer takes 5 ms for one. With
one worker the consumer starves: the report shows it waiting for data (ipc) while the worker runs.
With enough workers, and CPUs for them, it always finds a batch. At most two for each worker are
under way, so that memory stays bounded.
"""
import argparse
import random
import time
from multiprocessing import Process, Queue

BATCHES, BATCH_SIZE, CONSUME_S = 100, 64, 0.005


def load(index):
    """A sample: decoded and augmented, or so one may imagine."""
    source = random.Random(index)
    return sum(source.random() for _ in range(4500))


def work(indices, batches):
    for first in iter(indices.get, None):
        batches.put((first, [load(first * BATCH_SIZE + i) for i in range(BATCH_SIZE)]))


def consume(batch):
    """What a GPU would do: this process only waits for it."""
    time.sleep(CONSUME_S)
    return len(batch)


def main(count):
    indices, batches = Queue(), Queue()
    workers = [Process(target=work, args=(indices, batches), daemon=True) for _ in range(count)]
    for worker in workers:
        worker.start()
    handed_out, samples, starved_s, began = 0, 0, 0.0, time.monotonic()
    for taken in range(BATCHES):
        while handed_out < min(BATCHES, taken + 2 * count):
            indices.put(handed_out)
            handed_out += 1
        asked = time.monotonic()
        _, batch = batches.get()
        starved_s += time.monotonic() - asked
        samples += consume(batch)
    took = time.monotonic() - began
    for _ in workers:
        indices.put(None)
    for worker in workers:
        worker.join()
    print(f"{samples} samples in {took:.2f} s; the consumer waited for data for {starved_s:.2f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--workers", type=int, default=4, metavar="N", choices=range(1, 65))
    main(parser.parse_args().workers)
