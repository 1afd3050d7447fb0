# SPDX-License-Identifier: BSD-2-Clause
"""A pool of workers, and its truth."""
import concurrent.futures
import json
import os
import sys
import threading
import time

from partrace_python.ending import Stopped, kill_children
from partrace_python.work import FIGURES
from partrace_python.worker import at_the_line, begin, begin_process, run_task

WORKERS_SHOWN = 4096


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
    first, last, futures, began, made = [], [], [], time.monotonic_ns(), 0
    try:
        first = line_up(pool, plan)
        made = time.monotonic_ns() - began
        say_ready(plan, [seen["pid" if plan["processes"] else "tid"] for seen in first])
        began = time.monotonic_ns()
        feed(pool, plan, futures)
        last = line_up(pool, plan) if Stopped.by is None else []
    except Stopped:
        pass
    elapsed, workers = sum_up(futures, first, last, began)
    close(pool, plan)
    tasks, truth = truth_of(plan, workers)
    return elapsed, tasks, dict(truth, made_ns=made)
