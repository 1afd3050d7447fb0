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
import json
import multiprocessing
import os
import signal
import sys
import warnings
from concurrent.futures.process import BrokenProcessPool

sys.dont_write_bytecode = True  # it may be installed where others only read

from partrace_python.ending import Stopped, leave_none, on_signal  # noqa: E402
from partrace_python.ipc import run_ipc  # noqa: E402
from partrace_python.pool import has_gil, run_pool  # noqa: E402
from partrace_python.responder import start_responder  # noqa: E402
from partrace_python.spawn import run_spawn  # noqa: E402
from partrace_python.work import KINDS, MS, TASKS, calibrate  # noqa: E402


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], allow_abbrev=False)
    parser.add_argument("workload", choices=sorted(TASKS) + ["ipc", "spawn"])
    crowd = parser.add_mutually_exclusive_group()
    crowd.add_argument("--threads", type=positive, metavar="N", help="workers are threads (4)")
    crowd.add_argument("--procs", type=positive, metavar="N", help="workers are processes")
    parser.add_argument("--start", choices=multiprocessing.get_all_start_methods(), default="fork",
                        help="how processes are started (fork)")
    parser.add_argument("--tasks", type=positive, metavar="N", help="how many (100; ipc: 2000)")
    parser.add_argument("--task-time", type=milliseconds, default=10, metavar="MS",
                        help="CPU or service time of a task, in milliseconds (10)")
    parser.add_argument("--duration", type=float, default=0, metavar="S",
                        help="as many tasks as there is time for, in seconds")
    parser.add_argument("--work", choices=sorted(KINDS), default="loop",
                        help="loop: arithmetic; hash: hashlib, which releases the GIL")
    parser.add_argument("--lock-share", type=float, default=0.7, metavar="SHARE",
                        help="lock: part of the work under the lock, 0 to 1 (0.7)")
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


def milliseconds(text):
    number = float(text)
    if not 0.01 <= number <= 3_600_000:
        raise argparse.ArgumentTypeError("from 0.01 to 3600000")
    return number


def make_plan(options):
    task_time = int(options.task_time * MS)
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


def say(made):
    """All of it or an error: what is left in a buffer would be tried again at the very end."""
    left = memoryview((json.dumps(made) + "\n").encode())
    try:
        while left:
            left = left[os.write(sys.stdout.fileno(), left):]
    except OSError as error:
        raise OSError(f"cannot write the result: {error.strerror}") from error


def run(plan, stop):
    responder = None
    try:
        if plan["workload"] in ("io", "mixed"):
            responder = start_responder(plan)
        context = multiprocessing.get_context(plan["start"])
        runs = {"ipc": run_ipc, "spawn": run_spawn}
        result = runs.get(plan["workload"], run_pool)(plan, context, stop)
        say(document(plan, result))
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
        complain("a worker process ended before its work did")
    except Exception as error:
        complain(str(error) or type(error).__name__)
    status = 128 + Stopped.by if Stopped.by else status
    if plan["processes"] or not status:
        sys.exit(status)
    # Threads that have a piece of work at hand, or wait for ever, are not waited for.
    os._exit(status)


def complain(what):
    """The last word: CPython's own clean-up of a pool whose worker was killed may fail, too."""
    print(f"partrace_workload: {what}", file=sys.stderr, flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


if __name__ == "__main__":
    main()
