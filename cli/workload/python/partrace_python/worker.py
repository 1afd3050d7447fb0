# SPDX-License-Identifier: BSD-2-Clause
"""In the workers: their first act, their tasks, their last act."""
import multiprocessing
import os
import resource
import signal
import socket
import threading
import time

from partrace_python.ending import die_with_parent, die_with_pipe
from partrace_python.work import FIGURES, TASKS, state


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
