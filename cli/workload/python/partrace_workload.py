#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Partrace's workloads in CPython, through concurrent.futures; usable alone (Python 3.8 and later):

    python3 partrace_workload.py cpu --threads 4 --tasks 100 --task-time 20

The last line of stdout is one JSON object: tasks, elapsed_ns and truth{}, what the workload itself
knows. Times are of CLOCK_MONOTONIC and of each thread's own CPU clock.

With --wait a line {"ready": true, "pid": …, "targets": […]} comes first, when every worker stands
at the start line; work begins with a line on stdin, whose end instead ends the workload.
SIGINT and SIGTERM end it after the piece of work at hand, with the truth so far ("stopped": true).
"""
import argparse
import concurrent.futures
import fcntl
import hashlib
import json
import multiprocessing
import os
import pickle
import queue
import random
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import types
import warnings
from concurrent.futures.process import BrokenProcessPool

MS = 1_000_000
SLICE_NS = 1 * MS        # of work under a lock and beside it, as the native workload has it
PIECE_NS = 10 * MS       # after which a stop is heard
GIL_SLEEP_NS = MS // 2   # "gil": I/O between two pieces
HASH_PIECE = 256 * 1024  # far above what hashlib keeps the GIL for
WORKERS_SHOWN = 4096
PR_SET_PDEATHSIG = 1

state = types.SimpleNamespace()  # of this process: plan, shared, own (a threading.local)


class Stopped(BaseException):
    """By a signal, whose number is kept: where Python swallows exceptions, that is all there is."""
    by = None
    raised = True


# ---- work ----

def spin(rounds):
    value = 1
    for _ in range(rounds):
        value = (value * 1103515245 + 12345) & 0x7FFFFFFF
    return value


def hash_bytes(count, buffer=bytearray(HASH_PIECE)):
    while count > 0:
        hashlib.sha256(memoryview(buffer)[:min(count, HASH_PIECE)]).digest()
        count -= HASH_PIECE


KINDS = {"python": (spin, 200_000), "hash": (hash_bytes, 4 << 20)}


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


# ---- in the workers ----

def begin_process(plan, shared, parent):
    """A worker process hears of a stop by `shared`, and does not outlive who made it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if plan["start"] == "forkserver":
        die_with_pipe(multiprocessing.parent_process().sentinel)
    else:
        die_with_parent()
        if os.getppid() != parent:
            os._exit(1)
    begin(plan, shared)


def die_with_parent():
    try:
        import ctypes  # which a minimal Python has not
    except ImportError:
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def die_with_pipe(end):
    """By SIGIO, once its other end is closed: here who made the process is not its parent."""
    fcntl.fcntl(end, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(end, fcntl.F_SETFL, fcntl.fcntl(end, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([end], [], [], 0)[0]:
        os._exit(1)


def begin(plan, shared):
    state.plan, state.shared = plan, shared
    state.__dict__.setdefault("own", threading.local())


def ready_ns():
    """Run-queue delay so far; the kernel may not keep it."""
    try:
        with open("/proc/thread-self/schedstat") as file:
            return int(file.read().split()[1])
    except OSError:
        return 0


def at_the_line():
    """The first and the last act of each worker: none goes on before all are there."""
    if state.plan["port"] and not hasattr(state.own, "connection"):
        state.own.connection = socket.create_connection(("127.0.0.1", state.plan["port"]))
        state.own.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    usage = resource.getrusage(resource.RUSAGE_THREAD)
    seen = {"pid": os.getpid(), "tid": threading.get_native_id(), "ready_ns": ready_ns(),
            "voluntary": usage.ru_nvcsw, "involuntary": usage.ru_nivcsw}
    state.shared["barrier"].wait()
    return seen


def run_task():
    account = dict.fromkeys(FIGURES, 0)
    began, began_cpu = time.monotonic_ns(), time.thread_time_ns()
    TASKS[state.plan["workload"]](account)
    account["running_ns"] = time.thread_time_ns() - began_cpu
    ended = time.monotonic_ns()
    account["off_cpu_ns"] = max(0, ended - began - account["running_ns"] - account["slept_ns"])
    return os.getpid(), threading.get_native_id(), ended, account


# ---- the pool and its truth ----

def make_shared(context, workers, processes):
    source = context if processes else threading
    return {"stop": context.RawValue("b", 0), "lock": source.Lock(),
            "barrier": source.Barrier(workers)}


def make_pool(plan, shared, context):
    if plan["processes"]:
        return concurrent.futures.ProcessPoolExecutor(
            plan["workers"], mp_context=context, initializer=begin_process,
            initargs=(plan, shared, os.getpid()))
    begin(plan, shared)
    return concurrent.futures.ThreadPoolExecutor(plan["workers"], "worker")


def close(pool, plan):
    """Whoever is stopped may wait for what never comes: processes are killed, threads are left."""
    if Stopped.by is not None:
        kill_children()
    pool.shutdown(wait=Stopped.by is None or plan["processes"])


def kill_children():
    for child in multiprocessing.active_children():
        child.kill()


def line_up(pool, plan):
    return [future.result() for future in
            [pool.submit(at_the_line) for _ in range(plan["workers"])]]


def say_ready(plan, targets):
    if not plan["wait"]:
        return
    print(json.dumps({"ready": True, "pid": os.getpid(), "targets": targets}), flush=True)
    if not sys.stdin.readline():
        Stopped.by = 0
        raise Stopped


def feed(pool, plan, futures):
    """All tasks at once; with a duration, a few for each worker until it is over."""
    if not plan["duration_ns"]:
        for _ in range(plan["tasks"]):
            futures.append(pool.submit(run_task))
        concurrent.futures.wait(futures)
        return
    until, waiting = time.monotonic_ns() + plan["duration_ns"], set()
    while time.monotonic_ns() < until:
        added = [pool.submit(run_task) for _ in range(2 * plan["workers"] - len(waiting))]
        futures += added
        _, waiting = concurrent.futures.wait(waiting.union(added), (until - time.monotonic_ns()) /
                                             1e9, concurrent.futures.FIRST_COMPLETED)
    for future in waiting:
        future.cancel()
    concurrent.futures.wait(waiting)


def sum_up(futures, first, last, began):
    workers = {(seen["pid"], seen["tid"]): dict(dict.fromkeys(("tasks",) + FIGURES, 0), **{
        "pid": seen["pid"], "tid": seen["tid"]}) for seen in first}
    ended = began
    for future in futures:
        if not future.done() or future.cancelled():
            continue
        pid, tid, at, account = future.result()
        worker = workers[pid, tid]
        worker["tasks"] += 1
        ended = max(ended, at)
        for name in FIGURES:
            worker[name] += account[name]
    for before, after in zip(*(sorted(seen, key=lambda s: (s["pid"], s["tid"]))
                               for seen in (first, last))):
        worker = workers[before["pid"], before["tid"]]
        for name in "ready_ns", "voluntary", "involuntary":
            worker[name] = after[name] - before[name]
    return ended - began, list(workers.values())


def has_gil():
    return getattr(sys, "_is_gil_enabled", lambda: True)()


def truth_of(plan, workers):
    """Between off_cpu_ns less the run queue's share and all of it lies what the GIL was waited for:
    it is a lock of threads, and what wakes up to it is ready first."""
    names = FIGURES + ("ready_ns", "voluntary", "involuntary")
    truth = {name: sum(worker.get(name, 0) for worker in workers) for name in names}
    contended = has_gil() and not plan["processes"]
    for worker in workers:
        least = max(0, worker["off_cpu_ns"] - worker.get("ready_ns", 0))
        worker["gil_wait_ns"] = least if contended else 0
        worker["gil_wait_most_ns"] = worker["off_cpu_ns"] if contended else 0
    for name in "gil_wait_ns", "gil_wait_most_ns":
        truth[name] = sum(worker[name] for worker in workers)
    tasks = sum(worker["tasks"] for worker in workers)
    truth["running_per_task_ns"] = truth["running_ns"] // tasks if tasks else 0
    truth["workers"] = workers[:WORKERS_SHOWN]
    return tasks, truth


def run_pool(plan, context, stop):
    shared = make_shared(context, plan["workers"], plan["processes"])
    stop.append(shared["stop"])
    pool = make_pool(plan, shared, context)
    first, last, futures, began = [], [], [], time.monotonic_ns()
    try:
        first = line_up(pool, plan)
        say_ready(plan, [seen["pid" if plan["processes"] else "tid"] for seen in first])
        began = time.monotonic_ns()
        feed(pool, plan, futures)
        last = line_up(pool, plan) if Stopped.by is None else []
    except Stopped:
        pass
    elapsed, workers = sum_up(futures, first, last, began)
    close(pool, plan)
    return (elapsed,) + truth_of(plan, workers)


# ---- creating and joining ----

def nothing():
    pass


def run_spawn(plan, context, stop):
    make = context.Process if plan["processes"] else threading.Thread
    say_ready(plan, [os.getpid()])
    began, created, costs, starts = time.monotonic_ns(), 0, [], []
    until = began + plan["duration_ns"]
    # Between a fork and its end Python swallows exceptions; a batch is soon over.
    Stopped.raised = False
    while Stopped.by is None and (time.monotonic_ns() < until if plan["duration_ns"] else
                                  created < plan["tasks"]):
        batch = [make(target=nothing) for _ in range(plan["workers"])]
        at = time.monotonic_ns()
        for one in batch:
            one.start()
        started = time.monotonic_ns()
        for one in batch:
            one.join()
        costs.append((time.monotonic_ns() - at) // len(batch))
        starts.append((started - at) // len(batch))
        created += len(batch)
    elapsed = time.monotonic_ns() - began
    truth = {"created": created, "at_once": plan["workers"], "workers": []}
    if costs:
        truth.update(create_and_join_ns=sum(costs) // len(costs),
                     p50_ns=sorted(costs)[len(costs) // 2], max_ns=max(costs),
                     create_ns=sum(starts) // len(starts))
    return elapsed, created, truth


# ---- the same data by different ways ----

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


IPC_SIZES = (1_000, 100_000)


def make_channels(context, processes):
    """Name, the end that sends, the end that receives; a pointer needs no serialising."""
    reader, writer = context.Pipe(duplex=False)
    one, other = context.Pipe(duplex=True)
    slot = SharedSlot(context, 2 * IPC_SIZES[-1])
    channels = {"pipe": (writer, reader), "socket": (one, other), "shared-memory": (slot, slot)}
    if not processes:
        pointer = queue.SimpleQueue()
        channels["pointer"] = (pointer, pointer)
    return channels


def receive(name, count):
    end, loads_ns = state.shared["channels"][name][1], 0
    for _ in range(count):
        if name == "pointer":
            end.get()
            continue
        data = end.recv_bytes()
        began = time.monotonic_ns()
        pickle.loads(data)
        loads_ns += time.monotonic_ns() - began
    return loads_ns


def send(channels, name, message, count):
    end, dumps_ns = channels[name][0], 0
    for _ in range(count):
        if name == "pointer":
            end.put(message)
            continue
        began = time.monotonic_ns()
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        dumps_ns += time.monotonic_ns() - began
        end.send_bytes(data)
    return dumps_ns


def measure_channel(pool, channels, name, size, count):
    message = [random.random() for _ in range(size // 9)]
    size = len(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
    began = time.monotonic_ns()
    received = pool.submit(receive, name, count)
    dumps_ns = send(channels, name, message, count)
    loads_ns = received.result()
    elapsed = time.monotonic_ns() - began
    return {"channel": name, "message_bytes": size, "messages": count, "elapsed_ns": elapsed,
            "serialise_ns": dumps_ns, "deserialise_ns": loads_ns,
            "ns_per_message": elapsed // count}


def cost_of(small, large):
    """A cost for each message and one for each byte, from two sizes."""
    per_byte = max(0, (large["ns_per_message"] - small["ns_per_message"]) /
                   (large["message_bytes"] - small["message_bytes"]))
    return {"channel": small["channel"], "per_byte_ns": round(per_byte, 4),
            "per_message_ns": round(max(0, small["ns_per_message"] -
                                        per_byte * small["message_bytes"]))}


def run_ipc(plan, context, stop):
    plan["workers"] = 1
    shared = make_shared(context, 1, plan["processes"])
    shared["channels"] = channels = make_channels(context, plan["processes"])
    pool = make_pool(plan, shared, context)
    rows, costs, began = [], [], time.monotonic_ns()
    worker = {}
    try:
        worker = line_up(pool, plan)[0]
        say_ready(plan, [worker["pid" if plan["processes"] else "tid"], os.getpid()])
        began = time.monotonic_ns()
        for name in channels:
            pair = [measure_channel(pool, channels, name, size, plan["tasks"])
                    for size in IPC_SIZES]
            rows += pair
            costs.append(cost_of(*pair))
    except Stopped:
        pass
    elapsed = time.monotonic_ns() - began
    truth = {"channels": rows, "costs": costs,
             "workers": [{"pid": worker.get("pid"), "tid": worker.get("tid")}]}
    close(pool, plan)
    return elapsed, sum(row["messages"] for row in rows), truth


# ---- a server with a fixed service time ----

def respond():
    """Answers each byte after argv[2] nanoseconds; ends with its stdin, and so with its parent."""
    import asyncio

    service = int(sys.argv[2]) / 1e9

    async def serve(reader, writer):
        try:
            while await reader.read(1):
                await asyncio.sleep(service)
                writer.write(b"!")
                await writer.drain()
        except ConnectionError:
            pass

    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096)
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        os._exit(0)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(main())


def start_responder(plan):
    responder = subprocess.Popen([sys.executable, __file__, "--respond", str(plan["service_ns"])],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    plan["port"] = int(responder.stdout.readline())
    return responder


# ---- the command ----

def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], allow_abbrev=False)
    parser.add_argument("workload", choices=sorted(TASKS) + ["ipc", "spawn"])
    crowd = parser.add_mutually_exclusive_group()
    crowd.add_argument("--threads", type=positive, metavar="N", help="workers are threads (4)")
    crowd.add_argument("--procs", type=positive, metavar="N", help="workers are processes")
    parser.add_argument("--start", choices=multiprocessing.get_all_start_methods(), default="fork",
                        help="how processes are started (fork)")
    parser.add_argument("--tasks", type=positive, metavar="N", help="how many (100; ipc: 2000)")
    parser.add_argument("--task-time", type=positive, default=10, metavar="MS",
                        help="CPU or service time of a task, in milliseconds (10)")
    parser.add_argument("--duration", type=float, default=0, metavar="S",
                        help="as many tasks as there is time for, in seconds")
    parser.add_argument("--work", choices=sorted(KINDS), default="python",
                        help="python: arithmetic; hash: hashlib, which releases the GIL")
    parser.add_argument("--lock-share", type=float, default=0.3, metavar="SHARE",
                        help="lock: part of the work under the lock, 0 to 1 (0.3)")
    parser.add_argument("--wait", action="store_true", help="work begins with a line on stdin")
    options = parser.parse_args()
    if not 0 <= options.lock_share <= 1 or options.duration < 0:
        parser.error("--lock-share is from 0 to 1, --duration not below 0")
    return options


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def make_plan(options):
    task_time = options.task_time * MS
    return {
        "workload": options.workload, "work": options.work, "start": options.start,
        "processes": options.procs is not None, "workers": options.procs or options.threads or 4,
        "tasks": options.tasks or (2000 if options.workload == "ipc" else 100),
        "task_time_ns": task_time, "duration_ns": int(options.duration * 1e9),
        "service_ns": task_time // 2 if options.workload == "mixed" else task_time,
        "lock_share": options.lock_share, "wait": options.wait, "port": 0,
        "units_per_ns": calibrate(options.work) if options.workload in TASKS else 0,
    }


def document(plan, result):
    elapsed, tasks, truth = result
    about = {"runtime": "python", "python": sys.version.split()[0], "gil": has_gil(),
             "mode": "processes" if plan["processes"] else "threads",
             "task_time_ns": plan["task_time_ns"]}
    if plan["processes"]:
        about["start_method"] = plan["start"]
    if plan["workload"] == "lock":
        about["lock_share"] = plan["lock_share"]
    about.update(truth)
    made = {"workload": plan["workload"], "tasks": tasks, "elapsed_ns": elapsed, "truth": about}
    if Stopped.by is not None:
        made["stopped"] = True
    return made


def leave_none(responder):
    kill_children()
    for child in multiprocessing.active_children():
        child.join(5)
    if responder:
        responder.kill()
        responder.wait()


def on_signal(stop):
    """The first one stops the work; another finds the handler gone and ends everything."""
    def stop_work(number, _frame):
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_DFL)
        Stopped.by = number
        for flag in stop:
            flag.value = 1
        if Stopped.raised:
            raise Stopped
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop_work)


def run(plan, stop):
    responder = None
    try:
        if plan["workload"] in ("io", "mixed"):
            responder = start_responder(plan)
        context = multiprocessing.get_context(plan["start"])
        runs = {"ipc": run_ipc, "spawn": run_spawn}
        result = runs.get(plan["workload"], run_pool)(plan, context, stop)
        print(json.dumps(document(plan, result)), flush=True)
    finally:
        leave_none(responder)


def main():
    # The workers of a pool are made while its own thread is there already; they only compute.
    warnings.simplefilter("ignore", DeprecationWarning)
    stop, status, plan = [], 1, make_plan(parse())
    on_signal(stop)
    try:
        run(plan, stop)
        status = 0
    except Stopped:
        pass
    except BrokenProcessPool:
        print("partrace_workload: a worker process ended before its work did", file=sys.stderr)
    except OSError as error:
        print(f"partrace_workload: {error}", file=sys.stderr)
    if Stopped.by is None or plan["processes"]:
        sys.exit(128 + Stopped.by if Stopped.by else status)
    # Threads that have a piece of work at hand, or wait for ever, are not waited for.
    os._exit(128 + Stopped.by if Stopped.by else status)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--respond"]:
        respond()
    else:
        main()
