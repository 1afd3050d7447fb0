// SPDX-License-Identifier: BSD-2-Clause
/* What threads do, and how that is counted. */
#include "cli/explain/words.h"

const struct word words_of_states[] = {
	{ .name = "running",
	  .text = "On a CPU. Its sum over all threads, divided by the window, is the parallelism "
		  "reached. A part of it may be stolen: then the thread had the CPU, and the "
		  "hypervisor or an interrupt had it in fact.",
	  .command = "partrace report --view threads" },
	{ .name = "ready",
	  .also = "run-queue-wait run-queue runqueue",
	  .text = "Runnable, but in a run queue: just woken or preempted, and no CPU is free. Its"
		  " time is the run-queue wait. Much of it means more threads want to run than "
		  "there are CPUs, because of this program's own threads or of others.",
	  .command = "partrace report --view runqueue" },
	{ .name = "waiting",
	  .text = "Not runnable: blocked until something happens. It always has a cause: lock, "
		  "condition, io, ipc, poll, sleep, child, fault, stopped or other. The causes "
		  "sum to the waiting time.",
	  .command = "partrace report --view waits" },
	{ .name = "lock",
	  .also = "lock-wait contention",
	  .text = "Waiting to acquire a lock that somebody else has: contention. It lasts until "
		  "the thread runs again, so the run-queue delay that ends it counts as well. "
		  "Waiting for work is a condition wait, and is never called contention.",
	  .command = "partrace report --view locks" },
	{ .name = "condition",
	  .text = "Waiting for work or for each other: a condition variable, a barrier, a join, a"
		  " semaphore that counts work. It is no contention: an idle pool does it all "
		  "day, and nothing is wrong.",
	  .command = "partrace locks --all" },
	{ .name = "io",
	  .text = "Waiting for a disk, a file or a network socket. More workers overlap more of "
		  "it, as long as the other side can serve them.",
	  .command = "partrace report --view waits" },
	{ .name = "ipc",
	  .text = "Waiting for another task of this machine: a pipe, a Unix socket, an eventfd, "
		  "a signalfd, inotify. Whether that is a loss depends on what the other end does: "
		  "attach to it as well.",
	  .command = "partrace report --view waits" },
	{ .name = "poll",
	  .text = "Waiting for events on several files (poll, select, epoll) or for a signal "
		  "(sigwait). For an event loop it means there is no work; for a call with a "
		  "timeout it is waiting for one "
		  "answer.",
	  .command = "partrace report --view waits" },
	{ .name = "sleep",
	  .text = "Asleep by its own wish: nanosleep, usleep, time.sleep, the read of a timerfd. "
		  "In a loop it is a poor way to wait: the thread comes too late, or wakes for "
		  "nothing.",
	  .command = "partrace report --view waits" },
	{ .name = "child",
	  .text = "Waiting for the end of a child process: waitpid and the like. A parent that "
		  "only waits is no problem; one that starts a process for each small task is.",
	  .command = "partrace report --view processes" },
	{ .name = "fault",
	  .text = "Waiting for a page of memory: read from its file, or from swap, or the memory "
		  "map is locked. Much of it hints at too little memory.",
	  .command = "partrace report --view waits" },
	{ .name = "stopped",
	  .text = "Stopped by a signal, a debugger or a freezer. It will not go on by itself.",
	  .command = "sudo partrace snapshot -p PID" },
	{ .name = "other",
	  .text = "Waiting for anything that is none of the other causes: locks inside the "
		  "kernel, waits of io_uring workers, system calls that the table does not know.",
	  .command = "partrace report --view waits" },
	{ .name = "switch",
	  .also = "switches context-switch",
	  .text = "A thread leaves the CPU. Voluntary: to wait. Involuntary: preempted, or by "
		  "sched_yield. Both are as the kernel counts them (nvcsw, nivcsw in "
		  "/proc/PID/status).",
	  .command = "partrace report" },
	{ .name = "voluntary",
	  .text = "A switch away from the CPU in order to wait. Many a second with little running"
		  " between them means the threads mostly talk to each other or fight over a "
		  "lock.",
	  .command = "partrace report" },
	{ .name = "involuntary",
	  .also = "preemption preempted",
	  .text = "A switch that the scheduler forced, because others want the CPU too; "
		  "sched_yield counts as one here, as in the kernel, and is also shown apart as "
		  "yields.",
	  .command = "partrace report --view runqueue" },
	{ .name = "yields",
	  .also = "yield sched-yield",
	  .text = "Calls of sched_yield that gave up the CPU (not those that nobody was ready "
		  "for). Hundreds a second are a busy wait; "
		  "when no thread gets on besides, a livelock.",
	  .command = "partrace report --view threads" },
	{ .name = "stolen",
	  .also = "steal",
	  .text = "Time in which a thread stood on a CPU that the hypervisor or interrupts had "
		  "taken away. It is a part of running, and no work was done in it.",
	  .command = "partrace report --view cpus" },
	{ .name = "thread",
	  .also = "threads tid",
	  .text = "What the kernel schedules: TID is its number. Threads of one process share "
		  "its memory; a process always has at least one. A thread that has exited "
		  "keeps its row and its figures.",
	  .command = "partrace report --view threads" },
	{ .name = "process",
	  .also = "processes pid",
	  .text = "A program in memory of its own, with one thread or more; PID is its number, "
		  "and that of its first thread. Each Python process has a GIL of its own.",
	  .command = "partrace report --view processes" },
	{ .name = "parallelism",
	  .also = "running-at-once",
	  .text = "How many threads of the target are on a CPU at one instant. Its mean over the "
		  "window is what the program gets out of the machine; many threads with a "
		  "parallelism of 1 are concurrent, but not parallel.",
	  .command = "partrace report --view cpus" },
	{ .name = "criticality",
	  .also = "critical-path serial-part",
	  .text = "A thread's running time, each instant divided by the parallelism then: one "
		  "that runs alone collects all of it. The thread with most of it is the serial "
		  "part: the program gets faster only if that one does.",
	  .command = "partrace report --view threads --json" },
	{ .name = "concurrency",
	  .text = "Several things are under way at once, perhaps on one CPU in turns. Parallelism"
		  " is when they run at the same instant. Threads under one lock, or under "
		  "Python's GIL, are concurrent and not parallel.",
	  .command = "partrace report --view cpus" },
	{ .name = "target",
	  .text = "What is watched: a set of threads, named by a command, PIDs, names, a cgroup "
		  "or a workload; their children and new threads join it.",
	  .command = "sudo partrace attach --help" },
	{ .name = "session",
	  .text = "One client's window over the counters of its target. The counters only grow, "
		  "so any number of sessions can watch the same threads.",
	  .command = "sudo partrace attach -p PID -d 10s" },
	{ .name = "window",
	  .text = "The time that a report is about: from when the watch began until it ended. A "
		  "wait that goes on at its end counts up to there.",
	  .command = "partrace report" },
	{ .name = "workload",
	  .also = "workloads worker workers",
	  .text = "A built-in program whose right answer is known: it times itself, so its report"
		  " shows the probes' figures beside its own. Its workers are the threads or "
		  "processes that --threads or --procs asks for.",
	  .command = "partrace workloads" },
	{ .name = "migration",
	  .also = "migrations",
	  .text = "A thread goes on on another CPU than before. Its caches stay behind: some "
		  "microseconds each, more between sockets.",
	  .command = "partrace report --view threads" },
	{ 0 },
};
