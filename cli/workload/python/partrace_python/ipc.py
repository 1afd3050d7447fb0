# SPDX-License-Identifier: BSD-2-Clause
"""The same data by different ways."""
import os
import pickle
import queue
import random
import time

from partrace_python.ending import Stopped
from partrace_python.pool import close, line_up, make_pool, make_shared, say_ready
from partrace_python.work import state

IPC_SIZES = (1_000, 100_000)


class SharedSlot:
    """One message at a time in memory that both see."""

    def __init__(self, context, size):
        self.memory, self.length = context.RawArray("c", size), context.RawValue("Q", 0)
        self.free, self.full = context.Semaphore(1), context.Semaphore(0)

    def send_bytes(self, data):
        self.free.acquire()
        memoryview(self.memory).cast("B")[:len(data)] = data
        self.length.value = len(data)
        self.full.release()

    def recv_bytes(self):
        self.full.acquire()
        data = bytes(memoryview(self.memory).cast("B")[:self.length.value])
        self.free.release()
        return data


def make_channels(context, processes):
    """Name, the end that sends, the end that receives; a pointer needs no serialising."""
    reader, writer = context.Pipe(duplex=False)
    one, other = context.Pipe(duplex=True)
    slot = SharedSlot(context, 2 * IPC_SIZES[-1])
    channels = {"pipe": (writer, reader), "unix-socket": (one, other),
                "shared-memory": (slot, slot)}
    if not processes:
        pointer = queue.SimpleQueue()
        channels["pointer"] = (pointer, pointer)
    return channels


def receive(name, count):
    """CPU time of making objects of bytes, and all of it."""
    end, loads_ns = state.shared["channels"][name][1], 0
    began_all = time.thread_time_ns()
    for _ in range(count):
        if name == "pointer":
            end.get()
            continue
        data = end.recv_bytes()
        began = time.thread_time_ns()
        pickle.loads(data)
        loads_ns += time.thread_time_ns() - began
    return loads_ns, time.thread_time_ns() - began_all


def send(channels, name, message, count):
    end, dumps_ns = channels[name][0], 0
    began_all = time.thread_time_ns()
    for _ in range(count):
        if name == "pointer":
            end.put(message)
            continue
        began = time.thread_time_ns()
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        dumps_ns += time.thread_time_ns() - began
        end.send_bytes(data)
    return dumps_ns, time.thread_time_ns() - began_all


def measure_channel(pool, channels, name, size, count):
    message = [random.random() for _ in range(size // 9)]
    size = len(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
    began = time.monotonic_ns()
    received = pool.submit(receive, name, count)
    dumps_ns, sending_ns = send(channels, name, message, count)
    loads_ns, receiving_ns = received.result()
    elapsed = time.monotonic_ns() - began
    return {"channel": name, "message_bytes": size, "messages": count, "elapsed_ns": elapsed,
            "serialise_ns": dumps_ns + loads_ns, "cpu_ns": sending_ns + receiving_ns,
            "ns_per_message": elapsed // count}


def channel_of(small, large):
    """From two sizes: a cost for each message and one for each byte."""
    per_byte = max(0, (large["ns_per_message"] - small["ns_per_message"]) /
                   (large["message_bytes"] - small["message_bytes"]))
    serialise, cpu = (small[name] + large[name] for name in ("serialise_ns", "cpu_ns"))
    return {"channel": small["channel"], "messages": small["messages"] + large["messages"],
            "bytes": sum(row["messages"] * row["message_bytes"] for row in (small, large)),
            "per_message_ns": round(max(0, small["ns_per_message"] -
                                        per_byte * small["message_bytes"])),
            "per_byte_ns": round(per_byte, 4), "serialise_ns": serialise,
            "move_ns": max(0, cpu - serialise)}


def run_ipc(plan, context, stop):
    plan["workers"] = 1
    shared = make_shared(context, 1, plan["processes"])
    shared["channels"] = channels = make_channels(context, plan["processes"])
    pool = make_pool(plan, shared, context)
    made, began = [], time.monotonic_ns()
    worker = {"pid": os.getpid(), "tid": os.getpid()}
    try:
        worker = line_up(pool, plan)[0]
        say_ready(plan, [worker["pid" if plan["processes"] else "tid"], os.getpid()])
        began = time.monotonic_ns()
        for name in channels:
            pair = [measure_channel(pool, channels, name, size, plan["tasks"])
                    for size in IPC_SIZES]
            made.append(channel_of(*pair))
    except Stopped:
        pass
    elapsed = time.monotonic_ns() - began
    truth = {"channels": made, "workers": [{"pid": worker["pid"], "tid": worker["tid"]}]}
    close(pool, plan)
    return elapsed, plan["tasks"] if len(made) == len(channels) else 0, truth
