#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""`make score`: every workload, its verdict, and how often that is right.

usage: score.py BUILD [ROW…]     REPEAT=5  WORKERS=2,4,8  DURATION=600ms  TRIES=3
A ROW is a word of the first column (lock, python, fixed, harmless): only those are run.
A run during which other programs took CPUs is made again, TRIES times at most.
Exit status 1 when a target is missed.
"""
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter

from expectations import BOTH, CURED, HARMLESS, NATIVE, PYTHON, Case

REPEAT = int(os.environ.get("REPEAT", "5"))
WORKERS = [int(n) for n in os.environ.get("WORKERS", "2,4,8").split(",")]
TRIES = int(os.environ.get("TRIES", "3"))
DURATION = os.environ.get("DURATION", "600ms")
TARGET = 0.98
# What others may take of the CPUs before cpu-saturated, or slower-cpus, is what is true.
DISTURBED = 0.05
# Of such runs there may be no more, or it is no score.
DISTURBED_MOST = 0.1
# These come first whatever else is true.
STUCK = {"deadlock", "livelock", "starvation"}
TIMEOUT_S = 60


class Scorer:
    def __init__(self, build, state):
        self.build = os.path.abspath(build)
        self.env = dict(os.environ, XDG_STATE_HOME=state, SUDO_UID="")
        self.report = os.path.join(state, "report.json")
        self.cpus = len(os.sched_getaffinity(0))
        self.right = self.runs = self.disturbed = 0
        self.missed = []
        self.refused = []

    def call(self, arguments):
        command = [self.build + "/partrace"] + arguments.split()
        return subprocess.run(command, env=self.env, stdin=subprocess.DEVNULL, timeout=TIMEOUT_S,
                              capture_output=True, text=True, check=False)

    def watch(self, arguments):
        """The report of a run; None, said and missed, where there is none."""
        if os.path.exists(self.report):
            os.unlink(self.report)
        try:
            done = self.call(f"{arguments} -q --json -o {self.report}")
        except subprocess.TimeoutExpired:
            self.missed.append(f"{arguments}: not done after {TIMEOUT_S} s")
            return None
        if done.returncode == 2:
            self.refused.append(f"{arguments}: {done.stderr.strip()}")
            return None
        if done.returncode != 0 or not os.path.exists(self.report):
            self.missed.append(f"{arguments}: exit status {done.returncode}: {done.stderr.strip()}")
            return None
        with open(self.report, encoding="utf-8") as file:
            return json.load(file)

    def watch_in_peace(self, arguments):
        """The same, and the last try where other programs disturb each."""
        for _ in range(TRIES):
            report = self.watch(arguments)
            if not report or others(report) <= DISTURBED:
                break
        return report

    def judge(self, arguments, row, case):
        """The verdict, and what mark it gets in the table."""
        refused = len(self.refused)
        report = self.watch_in_peace(arguments)
        if len(self.refused) > refused:
            return "refused", ""
        self.runs += 1
        if not report:
            return "no report", "!"
        case = case._replace(truth=report["workload"].get("truth", {}),
                             elapsed_ns=max(report["workload"].get("elapsed_ns") or 1, 1))
        verdict = report["verdict"] or "none"
        if verdict in row.right(case):
            self.right += 1
            return verdict, ""
        if is_disturbance(report, verdict) and not STUCK & row.right(case):
            self.right += 1
            self.disturbed += 1
            return verdict, "~"
        self.missed.append(f"{arguments}: {verdict}, not {' or '.join(sorted(row.right(case)))} "
                           f"(others {others(report):.2f} of the CPUs)")
        return verdict, "!"

    def score_row(self, row, extra):
        for mode in row.modes:
            cells = []
            for workers in WORKERS:
                length = "" if "--tasks" in row.arguments else f"-d {DURATION}"
                arguments = " ".join(f"run {row.name} {extra} {row.arguments} --{mode} {workers} "
                                     f"{length}".split())
                case = Case(mode, workers, self.cpus, {}, 1)
                verdicts = Counter(self.judge(arguments, row, case) for _ in range(REPEAT))
                cells.append(", ".join(f"{mark}{verdict}" + (f" {count}" if REPEAT > 1 else "")
                                       for (verdict, mark), count in verdicts.most_common()))
            label = f"{'python ' if extra else ''}{row.name} {row.arguments}".strip()
            print(f"{label:<24}{mode:<9}" + "  ".join(f"{cell:<26}" for cell in cells).rstrip(), flush=True)

    def score_cured(self, name, arguments, mode, gone):
        workers = 4
        command = f"run {name} {arguments} --fixed --{mode} {workers} -d {DURATION}"
        left = 0
        for _ in range(REPEAT):
            report = self.watch(" ".join(command.split()))
            if not report:
                left += 1  # said among the missed
                continue
            ids = [finding["id"] for finding in report["findings"]]
            if gone in ids or (gone is None and report["workload"]["truth"]["lost_updates"]):
                left += 1
                self.missed.append(f"{command}: {gone or 'lost updates'} still there")
        what = gone or "lost updates"
        print(f"{(name + ' ' + arguments).strip():<24}{mode:<9}{what:<16}"
              f"{'gone' if not left else f'LEFT in {left} of {REPEAT}'}", flush=True)

    def score_harmless(self, label, command):
        problems = 0
        for _ in range(REPEAT):
            report = self.watch(command)
            found = [f["title"] for f in report["findings"] if f["severity"] == "problem"] \
                if report else ["no report"]
            problems += bool(found)
            if found:
                self.missed.append(f"{label}: a problem: {found[0]}")
        print(f"{label:<37}{'none' if not problems else f'FALSE in {problems} of {REPEAT}'}",
              flush=True)

    def score_idle_pool(self):
        pool = subprocess.Popen([self.build + "/tests/programs/locks/idle_pool", "8"],
                                stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        try:
            self.score_harmless("an idle pool", f"attach -p {pool.pid} -d {DURATION}")
        finally:
            pool.kill()
            pool.wait()

    def knows_python(self):
        done = self.call("run cpu --runtime python --threads 2 -d 200ms --no-probe -q")
        if done.returncode == 2:
            print("Python rows are left out: partrace run knows no --runtime python")
        elif done.returncode != 0:
            print(f"Python rows are left out: {done.stderr.strip()}")
        return done.returncode == 0


def others(report):
    taken = sum(cpu["other_ns"] or 0 for cpu in report["cpus"])
    return taken / (report["window"]["duration_ns"] * report["host"]["cpus"])


def is_disturbance(report, verdict):
    """What is told is what others did, and the report's own figures show it.

    A target that fills the CPUs itself (severity ok) is not disturbed by the kernel's own tasks.
    """
    totals = report["totals"]
    stolen = (totals["stolen_ns"] or 0) / max(totals["running_ns"], 1)
    by_others = report["findings"] and report["findings"][0]["severity"] != "ok"
    return (verdict == "cpu-saturated" and by_others and others(report) > DISTURBED or
            verdict == "slower-cpus" and stolen > DISTURBED)


def head(title, cells):
    print(f"\n{title:<33}" + "  ".join(f"{cell:<26}" for cell in cells).rstrip())


def score_workloads(scorer, wanted):
    workers = [f"{n} workers" for n in WORKERS]
    rows = [row for row in NATIVE if not wanted or row.name in wanted]
    if rows:
        head("Verdicts", workers)
    for row in rows:
        scorer.score_row(row, "")
    if (not wanted or "python" in wanted) and scorer.knows_python():
        head("Verdicts, CPython", workers)
        for row in PYTHON:
            scorer.score_row(row, "--runtime python")


def score_absences(scorer, wanted):
    if not wanted or "fixed" in wanted:
        head("Cured twins", ["what was found"])
        for name, arguments, modes, gone in CURED:
            for mode in modes:
                scorer.score_cured(name, arguments, mode, gone)
    if not wanted or "harmless" in wanted:
        head("False problems", [])
        for label, command in HARMLESS:
            for mode in BOTH:
                scorer.score_harmless(f"{label} ({mode})",
                                      command.format(mode=mode, cpus=scorer.cpus) +
                                      f" -d {DURATION}")
        scorer.score_idle_pool()


def conclude(scorer):
    """Runs that were disturbed test no rule: they are no part of the share, and may not be many."""
    known, right = scorer.runs - scorer.disturbed, scorer.right - scorer.disturbed
    part = right / known if known else 1
    if known:
        print(f"\nRight verdicts: {right} of {known}, {100 * part:.1f} % "
              f"(target {100 * TARGET:.0f} %).")
    if scorer.disturbed:
        print(f"Beside these {scorer.disturbed} (~) are cpu-saturated or slower-cpus because other "
              f"programs or the host took more than {100 * DISTURBED:.0f} % of the CPUs: true then, "
              "but no test of the rule.")
    for miss in scorer.missed:
        print("  missed:", miss)
    for refusal in sorted(set(scorer.refused)):
        print("  not run:", refusal)
    absent = [miss for miss in scorer.missed if "still there" in miss or "a problem:" in miss]
    busy = scorer.disturbed > DISTURBED_MOST * scorer.runs
    if busy:
        print("This machine is too busy for a score: try again when it is quiet.")
    return 1 if part < TARGET or absent or busy else 0


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="partrace-score-") as state:
        scorer = Scorer(sys.argv[1], state)
        wanted = set(sys.argv[2:])
        score_workloads(scorer, wanted)
        score_absences(scorer, wanted)
        sys.exit(conclude(scorer))


if __name__ == "__main__":
    main()
