# SPDX-License-Identifier: BSD-2-Clause
"""Creating and joining: what a thread or a process costs."""
import os
import threading
import time

from partrace_python.ending import Stopped
from partrace_python.pool import say_ready


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
