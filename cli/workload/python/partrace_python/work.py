# SPDX-License-Identifier: BSD-2-Clause
"""What a task does, and how long it takes."""
import hashlib
import time
import types

MS = 1_000_000
SLICE_NS = 1 * MS        # of work under a lock and beside it, as the native workload has it
PIECE_NS = 10 * MS       # after which a stop is heard
GIL_SLEEP_NS = MS // 2   # "gil": I/O between two pieces
HASH_PIECE = 256 * 1024  # far above what hashlib keeps the GIL for

state = types.SimpleNamespace()  # of this process: plan, shared, own (a threading.local)


def spin(rounds):
    value = 1
    for _ in range(rounds):
        value = (value * 1103515245 + 12345) & 0x7FFFFFFF
    return value


def hash_bytes(count, buffer=bytearray(HASH_PIECE)):
    while count > 0:
        hashlib.sha256(memoryview(buffer)[:min(count, HASH_PIECE)]).digest()
        count -= HASH_PIECE


KINDS = {"loop": (spin, 200_000), "hash": (hash_bytes, 4 << 20)}


def calibrate(kind):
    """Units of work for a nanosecond of CPU: the best of a few, for what disturbs only slows."""
    work, units = KINDS[kind]
    best = None
    for _ in range(8):
        began = time.thread_time_ns()
        work(units)
        took = time.thread_time_ns() - began
        best = took if best is None else min(best, took)
    return units / max(best, 1)


def compute(nanoseconds, piece=PIECE_NS):
    work = KINDS[state.plan["work"]][0]
    while nanoseconds > 0 and not state.shared["stop"].value:
        work(int(min(nanoseconds, piece) * state.plan["units_per_ns"]))
        nanoseconds -= piece


def round_trip(account):
    """A request to a server that answers after the service time: what it slept for is that time."""
    began = time.monotonic_ns()
    connection = state.own.connection
    connection.sendall(b"?")
    if connection.recv(1) != b"!":
        raise ConnectionError("the responder is gone")
    took = time.monotonic_ns() - began
    account["io_waits"] += 1
    account["io_wait_ns"] += took
    account["slept_ns"] += min(took, state.plan["service_ns"])


def acquire(lock, account):
    """The worker's own clock around a contended acquisition; an uncontended one costs no clock."""
    if lock.acquire(False):
        return
    began = time.monotonic_ns()
    lock.acquire()
    took = time.monotonic_ns() - began
    account["lock_waits"] += 1
    account["lock_wait_ns"] += took
    account["slept_ns"] += took


def cpu_task(account):
    compute(state.plan["task_time_ns"])


def io_task(account):
    round_trip(account)


def mixed_task(account):
    compute(state.plan["task_time_ns"] // 2)
    round_trip(account)


def lock_task(account):
    lock, inside = state.shared["lock"], int(SLICE_NS * state.plan["lock_share"])
    for _ in range(max(1, state.plan["task_time_ns"] // SLICE_NS)):
        if state.shared["stop"].value:
            return
        acquire(lock, account)
        began = time.monotonic_ns()
        compute(inside)
        account["locked_ns"] += time.monotonic_ns() - began
        lock.release()
        compute(SLICE_NS - inside)


def gil_task(account):
    left = state.plan["task_time_ns"]
    while left > 0 and not state.shared["stop"].value:
        compute(min(left, PIECE_NS))
        time.sleep(GIL_SLEEP_NS / 1e9)
        account["slept_ns"] += GIL_SLEEP_NS
        left -= PIECE_NS


TASKS = {"cpu": cpu_task, "io": io_task, "mixed": mixed_task, "lock": lock_task, "gil": gil_task}
FIGURES = ("running_ns", "slept_ns", "off_cpu_ns", "lock_waits", "lock_wait_ns", "locked_ns",
           "io_waits", "io_wait_ns")
