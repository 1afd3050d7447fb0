# SPDX-License-Identifier: BSD-2-Clause
# gil.py SECONDS: a pool of four threads that compute. What each does not run, it waits
# for the GIL, or is preempted.
import concurrent.futures
import json
import sys
import threading
import time


def compute(seconds):
    wall, cpu = time.monotonic_ns(), time.thread_time_ns()
    while time.monotonic_ns() - wall < seconds * 1e9:
        sum(range(500))
    wait_ns = time.monotonic_ns() - wall - (time.thread_time_ns() - cpu)
    return {"tid": threading.get_native_id(), "wait_ns": wait_ns}


with concurrent.futures.ThreadPoolExecutor(4) as pool:
    waits = list(pool.map(compute, [float(sys.argv[1])] * 4))
total = sum(wait["wait_ns"] for wait in waits)
print(json.dumps({"program": "gil", "wait_ns": total, "threads": waits}))
