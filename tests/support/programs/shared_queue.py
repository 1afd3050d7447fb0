# SPDX-License-Identifier: BSD-2-Clause
"""shared_queue.py work|answers SECONDS: as shared_queue.c, with queue.Queue.

Four threads take turns to wait for a queue while they hold one lock: for work that another thread
puts there every few milliseconds, or for its answer to what they have asked it themselves.
"""
import queue
import sys
import threading
import time

WORKERS = 4
EVERY_S = 0.004

turn = threading.Lock()
questions, given = queue.SimpleQueue(), queue.Queue()
until = time.monotonic() + float(sys.argv[2])
asks = sys.argv[1] == "answers"


def take():
    with turn:
        if asks:
            questions.put(1)
        return given.get()


def work():
    while take():
        pass


def give():
    while time.monotonic() < until:
        if asks:
            questions.get()
        time.sleep(EVERY_S)
        given.put(True)
    for _ in range(WORKERS):
        given.put(False)


threads = [threading.Thread(target=work) for _ in range(WORKERS)]
for thread in threads:
    thread.start()
give()
for thread in threads:
    thread.join()
