# SPDX-License-Identifier: BSD-2-Clause
# gil.py SECONDS: a pool of four threads that compute. What each does not run, it waits for the GIL.
import concurrent.futures
import json
import sys
import time


def compute(seconds):
    wall, cpu = time.monotonic_ns(), time.thread_time_ns()
    while time.monotonic_ns() - wall < seconds * 1e9:
        sum(range(500))
    return time.monotonic_ns() - wall - (time.thread_time_ns() - cpu)


with concurrent.futures.ThreadPoolExecutor(4) as pool:
    waits = list(pool.map(compute, [float(sys.argv[1])] * 4))
print(json.dumps({"program": "gil", "wait_ns": sum(waits)}))
