# SPDX-License-Identifier: BSD-2-Clause
"""returning.py SECONDS: who waited for the lock leaves that function at once, and goes on elsewhere."""
import sys
import threading
import time

lock = threading.Lock()
end = time.monotonic() + float(sys.argv[1])


def take_it():
    lock.acquire()


def worker():
    while time.monotonic() < end:
        take_it()
        time.sleep(0.003)
        lock.release()
        time.sleep(0.001)


threads = [threading.Thread(target=worker) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print('{"program": "returning"}')
