# SPDX-License-Identifier: BSD-2-Clause
"""Which verdicts are right on which workload: one table, each row with its reason.

A row's `right` takes a Case (what was run, on how many CPUs, and what the workload itself knows)
and gives the ids of which the verdict must be one. More than one is right only where the figures
of that case lie between two causes, or where both limit by their nature.
"""
from collections import namedtuple

Case = namedtuple("Case", "mode workers cpus truth elapsed_ns")
Row = namedtuple("Row", "name arguments modes right why")

BOTH = ("threads", "procs")
# What a cause must take of thread time to be called one (THRESHOLD_CAUSE).
CAUSE = 0.1


def is_(*ids):
    return lambda case: set(ids)


def by_demand(below, above, demand):
    """`demand` is how many CPUs the workers would keep busy: near their number both are true."""

    def right(case):
        wanted = demand(case.workers) / case.cpus
        return {below} if wanted < 0.75 else {above} if wanted > 1.5 else \
            {below, above, "scales-well"}

    return right


def as_cpus_allow(case):
    return {"scales-well"} if case.workers <= case.cpus else {"cpu-saturated"}


def own_lock_each(case):
    # A tenth of each task is a round trip: io-bound is what the rest of two CPUs is lost to.
    return {"scales-well", "io-bound"} if case.workers <= case.cpus else {"cpu-saturated"}


def readers_and_a_writer(case):
    wait = case.truth.get("lock_wait_ns", 0) / (case.workers * case.elapsed_ns)
    right = as_cpus_allow(case)
    return right | {"lock-bound"} if wait >= CAUSE / 2 else right


def heavy_beside_an_input(case):
    return as_cpus_allow(case._replace(workers=case.workers - 1))


def slow_party(case):
    wanted = 1 + (case.workers - 1) / 4
    return {"imbalance"} if wanted <= case.cpus else {"imbalance", "cpu-saturated"}


def slow_producers(case):
    makers = max((case.workers + 2) // 4, 1)
    if makers * 1.25 > case.cpus:
        return {"imbalance", "cpu-saturated"}
    # With several producers no single thread is the serial part: the others simply have no work.
    return {"imbalance"} if makers == 1 else {"imbalance", "idle"}


NATIVE = [
    Row("cpu", "", BOTH, as_cpus_allow, "nothing is in its way but the number of CPUs"),
    Row("io", "", BOTH, is_("io-bound"), "each task is a wait for a server"),
    Row("mixed", "", BOTH, by_demand("io-bound", "cpu-saturated", lambda n: n / 2),
        "half of each task runs: with many workers the CPUs are full"),
    Row("lock", "", BOTH, is_("lock-bound"),
        "70 % is under one mutex: 1.4 can run at once, on any machine with two CPUs"),
    Row("rwlock", "", BOTH, readers_and_a_writer,
        "readers pass each other, so that CPUs limit first; its own clock says whether the lock "
        "is waited for as well"),
    Row("queue", "", BOTH, slow_producers, "consumers wait for what the producers make"),
    Row("barrier", "", BOTH, slow_party, "all wait for the party that is four times slower"),
    Row("gil", "", ("threads",), is_("gil-bound", "lock-bound"),
        "one lock for all that computes, handed over every 5 ms"),
    Row("gil", "", ("procs",), own_lock_each, "each process has a lock of its own"),
    Row("ipc", "", BOTH, is_("ipc-bound"), "all they do is to exchange messages"),
    Row("spawn", "", BOTH, is_("spawn-bound"), "all they do is to make threads and processes"),
    Row("race", "", BOTH, as_cpus_allow, "no schedule shows a race: it is like cpu"),
    Row("starvation", "", BOTH, is_("starvation"), "the lock hardly ever serves the last one"),
    Row("starvation", "--by nice", BOTH, is_("starvation"), "the scheduler hardly ever serves it"),
    Row("deadlock", "", BOTH, is_("deadlock"), "a circle of mutexes"),
    Row("livelock", "", BOTH, is_("livelock"), "all give way, all the time"),
    Row("responsive", "", BOTH, heavy_beside_an_input,
        "the first serves an input and has little to do; the others are like cpu"),
]

# What may not be found any more, wherever it stood among the findings.
CURED = [
    ("lock", "", BOTH, "lock-bound"),
    ("gil", "", ("threads",), "gil-bound"),
    ("race", "", BOTH, None),  # never was a finding: the truth's lost_updates must be 0
    ("starvation", "", BOTH, "starvation"),
    ("starvation", "--by nice", BOTH, "starvation"),
    ("deadlock", "", BOTH, "deadlock"),
    ("livelock", "", BOTH, "livelock"),
]

PYTHON = [
    Row("cpu", "", ("threads",), is_("gil-bound"), "the GIL lets one thread compute"),
    Row("cpu", "", ("procs",), as_cpus_allow, "each process has a GIL of its own"),
    Row("cpu", "--work hash", BOTH, as_cpus_allow, "hashing lets go of the GIL"),
    Row("io", "", BOTH, is_("io-bound"), "waiting for I/O lets go of the GIL"),
    Row("mixed", "", ("threads",), is_("gil-bound", "io-bound"),
        "half computes under the GIL, half waits: which is more depends on the workers"),
    Row("mixed", "", ("procs",), by_demand("io-bound", "cpu-saturated", lambda n: n / 2),
        "as native"),
    Row("lock", "", ("threads",), is_("lock-bound", "gil-bound"),
        "one lock inside another: who has the lock needs the GIL as well"),
    Row("lock", "", ("procs",), is_("lock-bound"), "the lock is in shared memory"),
    Row("gil", "", ("threads",), is_("gil-bound"), "the same as cpu, with a round trip"),
    Row("gil", "", ("procs",), own_lock_each, "each process has a GIL of its own"),
    Row("ipc", "--tasks 400", ("threads",), is_("ipc-bound", "gil-bound"),
        "messages, and both ends of each need the GIL: processes do without that part"),
    Row("ipc", "--tasks 400", ("procs",), is_("ipc-bound"), "all they do is to exchange messages"),
    Row("spawn", "", BOTH, is_("spawn-bound"), "all they do is to make threads and processes"),
]

# Never a finding of severity `problem`: (label, run arguments), with as many workers as CPUs.
HARMLESS = [("cpu, a worker for each CPU", "run cpu --{mode} {cpus}"),
            ("io", "run io --{mode} 8")]
