# SPDX-License-Identifier: BSD-2-Clause
"""semaphore.py SECONDS lock|signal: a threading.Semaphore as a lock, or two between producers and consumers."""
import sys
import threading
import time

end = time.monotonic() + float(sys.argv[1])
lock = threading.Semaphore(1)
empty, full = threading.Semaphore(4), threading.Semaphore(0)


def hold_it():
    while time.monotonic() < end:
        with lock:
            time.sleep(0.002)


def produce():
    while time.monotonic() < end:
        empty.acquire()
        time.sleep(0.002)
        full.release()


def consume():
    while time.monotonic() < end:
        full.acquire()
        time.sleep(0.0015)
        empty.release()


work = [hold_it] * 5 if sys.argv[2] == "lock" else [produce, produce, consume, consume]
threads = [threading.Thread(target=function, daemon=True) for function in work]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(max(0, end + 0.1 - time.monotonic()))
print('{"program": "semaphore"}', flush=True)
