#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""scenes.py REPORT.json FOLDER: documents whose pages are looked at, made from one report."""
import copy
import json
import sys

EVIL = "</script><b>\"&'<!--"

with open(sys.argv[1], encoding="utf-8") as file:
    REPORT = json.load(file)


def write(name, document):
    with open(f"{sys.argv[2]}/{name}.json", "w", encoding="utf-8") as out:
        json.dump(document, out)


def large():
    """10,000 threads and 1,000 locks, under names that would like to be markup."""
    report = copy.deepcopy(REPORT)
    threads, locks = report["threads"], report["locks"]
    for lock in locks:
        for stack in lock["stacks"]:
            for frame in stack["frames"]:
                frame["function"] = EVIL
    report["threads"] = [
        dict(threads[i % len(threads)], tid=i + 1, name=EVIL) for i in range(10000)
    ]
    report["locks"] = [
        dict(locks[i % len(locks)], id=str(i), name=EVIL + str(i)) for i in range(1000)
    ]
    # More was blamed on its holders than was blocked.
    report["locks"][0]["excess_ns"] = report["locks"][0]["wait_ns"]
    report["target"]["command"] = [EVIL]
    return report


def bare():
    """As little as a report may have."""
    return {"schema": "partrace.report/1", "partrace": "0", "host": {"cpus": 1},
            "target": {"kind": "run", "workload": "cpu", "command": []},
            "window": {"duration_ns": 1}, "probes": None,
            "workload": {"tasks": 1, "elapsed_ns": 1000, "truth": {"fixed": True}}}


def point(workers, work_ns, speedup):
    if speedup is None:
        return {"workers": workers, "done": 0, "failed": 1, "time": None, "account": None,
                "serial": None, "prediction": None, "report": None,
                "runs": [{"order": 1, "elapsed_ns": None, "failure": EVIL, "account": None}]}
    time_ns = int(work_ns / speedup)
    account = {"running_ns": work_ns, "ready_ns": max(0, workers - 8) * 100000000,
               "lock_ns": int(workers * time_ns - work_ns), "gil_ns": 0, "io_ns": 0,
               "condition_ns": 0, "other_ns": 0, "whole_ns": workers * time_ns, "tasks": 100,
               "running_per_task_ns": work_ns // 100, "parallelism": speedup,
               "memory_bytes": 11 << 20, "lock": EVIL}
    return {"workers": workers, "done": 3, "failed": 0, "serial": 0.05, "prediction": None,
            "report": None, "runs": [], "account": account,
            "time": {"median_ns": time_ns, "low_ns": int(time_ns * 0.97),
                     "high_ns": int(time_ns * 1.04), "lower_quartile_ns": time_ns,
                     "upper_quartile_ns": time_ns, "spread": 0.07, "speedup": speedup,
                     "speedup_low": speedup * 0.96, "speedup_high": speedup * 1.03,
                     "efficiency": speedup / workers}}


def curve(mode, sigma, kappa, missing):
    def speedup(workers):
        if workers == missing:
            return None
        return workers / (1 + sigma * (workers - 1) + kappa * workers * (workers - 1))

    law = "usl" if kappa else "amdahl"
    return {"workload": "lock", "mode": mode, "runtime": "native", "cpus": 8,
            "cause": {"id": "lock-bound", "from_workers": 2, "share": 0.4, "running_growth": 1.0,
                      "sentence": "lock-bound: 40 % of all thread time is lock wait for " + EVIL},
            "law": {"fitted": True, "points": 6, "refusal": None, "law": law, "belief": "good",
                    "sentence": "No point lies more than 1 % off.", "kappa_by_chance": 0.01,
                    "amdahl": {"formula": "T(N) = T(1) × (s + (1 - s) / N)", "one_ns": 2000000000,
                               "serial": sigma},
                    "usl": {"formula": "T(N) = T(1) / N × (1 + σ (N - 1) + κ N (N - 1))",
                            "one_ns": 2000000000, "sigma": sigma, "kappa": kappa}},
            "points": [point(n, 2000000000, speedup(n)) for n in (1, 2, 3, 4, 6, 8, 12, 16, 32)]}


def sweep():
    """Two curves with their laws; of one a point failed."""
    return {"schema": "partrace.sweep/1", "partrace": "0", "host": REPORT["host"],
            "started_at": "2026-01-01T00:00:00Z", "command": None, "interrupted": False,
            "repeat": 3, "probed": True,
            "curves": [curve("threads", 0.05, 0.002, None), curve("processes", 0.02, 0, 12)]}


def lone():
    """One worker of a command, and it failed."""
    document = sweep()
    document["command"] = EVIL + " {n}"
    document["curves"] = [dict(document["curves"][0], workload=None, mode=None, runtime=None,
                               points=[point(1, 1, None)])]
    return document


def crowded():
    """As many numbers of workers as there can be, and the CPUs at the right edge."""
    document = sweep()
    document["curves"] = [dict(document["curves"][1], cpus=60, law={"fitted": False}, points=[
        point(n, 2000000000, n) for n in range(1, 65)])]
    return document


def brief():
    """Run-queue waits that all took about as long: no power of ten among them, all at one end."""
    queue = {"count": 90, "mean_ns": 6500000, "p50_ns": 6500000, "p90_ns": 6900000, "p99_ns": 7200000,
             "max_ns": 7300000, "histogram": [{"up_to_ns": up_to << 20, "count": 30}
                                              for up_to in (5, 6, 7)]}
    return dict(bare(), run_queue=queue)


def crowds():
    """Two locks that are but words of threads which wait in one function: a crowd in their place."""
    report = copy.deepcopy(REPORT)
    rows = report["locks"][:2]
    crowd = dict(rows[0], id="4242:LWLockAcquire", name="LWLockAcquire", members=2, kind="semaphore",
                 stacks=rows[0]["stacks"] + rows[1]["stacks"],
                 stackless_ns=rows[0]["stackless_ns"] + rows[1]["stackless_ns"],
                 waits=rows[0]["waits"] + rows[1]["waits"],
                 wait_ns=rows[0]["wait_ns"] + rows[1]["wait_ns"])
    crowd["holders"] = [dict(holder, evidence="releaser") for holder in rows[0]["holders"]]
    for row in rows:
        row["crowd"] = crowd["id"]
    return dict(report, lock_crowds=[crowd])


for scene in (large, bare, sweep, lone, crowded, brief, crowds):
    write(scene.__name__, scene())
