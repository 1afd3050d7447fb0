# SPDX-License-Identifier: BSD-2-Clause
# shared_lock.py SECONDS: three processes and one multiprocessing.Lock, held for 4 ms at a time.
import json
import multiprocessing
import sys
import time


def contend(lock, seconds, waits):
    until, wait_ns = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        if not lock.acquire(False):
            began = time.monotonic_ns()
            lock.acquire()
            wait_ns += time.monotonic_ns() - began
        time.sleep(0.004)
        lock.release()
        time.sleep(0.001)
    waits.send(wait_ns)


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    lock, total = context.Lock(), 0
    pipes = [context.Pipe(False) for _ in range(3)]
    workers = [context.Process(target=contend, args=(lock, float(sys.argv[1]), end))
               for _, end in pipes]
    for worker in workers:
        worker.start()
    total = sum(end.recv() for end, _ in pipes)
    for worker in workers:
        worker.join()
    print(json.dumps({"program": "shared_lock", "wait_ns": total}))
