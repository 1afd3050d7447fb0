# SPDX-License-Identifier: BSD-2-Clause
"""Threads that block where they say: each prints a line of JSON with its native TID and its stack,
innermost first, as traceback tells it, and blocks in the same line of code. The last that is awaited
says `"last": true`.

    python_scenes.py blocked | pool | crowd | gil | running | fork
"""
import asyncio
import json
import os
import re
import select
import signal
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

told = threading.Semaphore(0)
for_ever = threading.Lock()
for_ever.acquire()


def as_utf8(text):
    return re.sub("[\0\ud800-\udfff]", "\ufffd", text)


def tell(last=False):
    frames = [[as_utf8(f.name), as_utf8(f.filename), f.lineno]
              for f in reversed(traceback.extract_stack()[:-1])]
    line = {"pid": os.getpid(), "tid": threading.get_native_id(), "frames": frames, "last": last}
    os.write(1, (json.dumps(line) + "\n").encode())
    told.release()


def in_sleep():
    def middle():
        def inner(): tell(); time.sleep(60)
        return inner()
    middle()


def in_lock():
    with open(os.devnull):
        try:
            tell(); for_ever.acquire()
        finally:
            pass


def in_select():
    reader, writer = os.pipe()
    for descriptor in [reader]:
        tell(); select.select([descriptor],
                              [],
                              [])


def numbers():
    yield 1
    for number in evens(): yield number


def evens():
    yield 2
    tell(); time.sleep(60)
    yield 4


def in_generator():
    return sum(numbers())


async def outer_task():
    await asyncio.sleep(0)
    return await inner_task()


async def inner_task():
    tell(); time.sleep(60)


def in_async():
    asyncio.run(outer_task())


def in_recursion(depth=300):
    if depth:
        return in_recursion(depth - 1)
    tell(); time.sleep(60)


def in_callback():
    sorted([1, 2], key=lambda _: block_in_key())


def block_in_key():
    tell(); for_ever.acquire()


class Straße:
    def gedächtnis(self):
        self.記憶する()

    def 記憶する(self):
        exec(compile("\n\n\ntell(); time.sleep(60)", "/tmp/поток \U0001f9f5.py", "exec"))


def in_other_names():
    Straße().gedächtnis()


def renamed():
    tell(); time.sleep(60)


def in_odd_names():
    """Names that no source can spell: 4 bytes a character, far too long, without UTF-8."""
    renamed.__code__ = renamed.__code__.replace(
        co_name="\0" + "\U0001f40d" * 200, co_filename="/\udcff" + "ä" * 300)
    renamed()


def start(*functions):
    for function in functions:
        threading.Thread(target=function, daemon=True).start()
        told.acquire()


def blocked():
    start(in_sleep, in_lock, in_select, in_generator, in_async, in_recursion, in_callback,
          in_other_names, in_odd_names)
    tell(last=True); time.sleep(60)


def pool():
    with ThreadPoolExecutor(4) as executor:
        for _ in range(4):
            executor.submit(in_sleep)
            told.acquire()
        tell(last=True); time.sleep(60)


door, key = os.pipe()


def in_waiting_room():
    tell(); os.read(door, 1)


def crowd():
    """At SIGUSR1 every second thread ends, and as many others are started."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    start(*[in_lock, in_waiting_room] * 100)
    tell(last=True); signal.sigwait([signal.SIGUSR1])
    os.write(key, b"." * 100)
    while threading.active_count() > 101:
        time.sleep(0.01)
    start(*[in_select] * 100)
    tell(last=True); time.sleep(60)


def hold():
    import ctypes
    sleep = ctypes.PyDLL(None).sleep  # which does not let go of the GIL
    tell(last=True); sleep(60)


def gil():
    threading.Thread(target=hold, daemon=True).start()
    while True:
        time.sleep(0.01)


def leaf(n): return n + 1


def twig(n): return leaf(n) + leaf(n)


def branch(n): return sum(map(twig, range(n)))


def spin():
    while True:
        branch(3)


def running():
    for _ in range(2):
        threading.Thread(target=spin, daemon=True).start()
    tell(last=True); time.sleep(60)


def fork():
    start(in_sleep)
    if os.fork() == 0:
        tell(last=True); time.sleep(60)
    os.wait()


globals()[sys.argv[1]]()
