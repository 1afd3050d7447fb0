// SPDX-License-Identifier: BSD-2-Clause
/* What a report says first, and what to do then. */
#include "cli/explain/words.h"

const struct word words_of_findings[] = {
	{ .name = "cpu-saturated",
	  .text = "All CPUs that the program could have are busy, and threads are ready besides. "
		  "That is no fault: more workers bring nothing, more CPUs would. Where others "
		  "had the CPUs, it says who: measure on a quiet machine. It also tells threads "
		  "that all want one at once, while CPUs are idle at other times.",
	  .command = "partrace report --view runqueue" },
	{ .name = "lock-bound",
	  .text = "Waiting for locks, or spinning for them, keeps threads from their work. It "
		  "names "
		  "the lock, who has it, and what that one does meanwhile; the bound says what is "
		  "gained at most if that wait vanished. Do less under the lock, or split it.",
	  .command = "partrace report --view locks" },
	{ .name = "gil-bound",
	  .text = "Threads wait for the interpreter's lock: one runs at a time. Use processes "
		  "(ProcessPoolExecutor), code that releases the GIL (hashlib, NumPy, a C "
		  "extension), or a Python without it. Ruby's is its GVL.",
	  .command = "partrace report --view locks" },
	{ .name = "io-bound",
	  .text = "Threads that have work wait for disk or network, and CPUs are free. More "
		  "workers, or asking earlier (asynchronous I/O), overlap more of it.",
	  .command = "partrace report --view waits" },
	{ .name = "idle",
	  .text = "There is little to do: threads wait for work, for events, or sleep. Nothing is"
		  " wrong with that, unless there should be work; then look at who should give "
		  "it. Where each thread waits for another one that waits, all without a "
		  "timeout, nobody is left to give it: then it says so.",
	  .command = "partrace report --view waits" },
	{ .name = "imbalance",
	  .text = "Others wait for one thread while it works: a slow party of a barrier, a "
		  "producer that is too slow; one works on alone when its peers are through or "
		  "rest, or "
		  "before "
		  "they begin (the serial part). Its criticality says how much of the critical "
		  "path it is. Share its work out.",
	  .command = "partrace report --view threads" },
	{ .name = "oversubscribed",
	  .text = "Far more threads want to run than there are CPUs, and that costs more than "
		  "waiting: holders of locks lose the CPU while others wait, or slices get short."
		  " Use about as many workers as CPUs.",
	  .command = "partrace report --view runqueue" },
	{ .name = "throttled",
	  .text = "A cgroup's CPU quota (cpu.max, CPUQuota=, limits.cpu) was used up again and "
		  "again, and all threads stood still until its next period, idle CPUs or not. "
		  "Raise it, or use fewer workers.",
	  .command = "partrace report --view cpus" },
	{ .name = "starvation",
	  .also = "starved",
	  .text = "One thread hardly gets its lock, or a CPU, while its peers do. It names who is"
		  " served instead. Hand the lock over in the order of coming; look at niceness "
		  "and weights.",
	  .command = "partrace report --view threads" },
	{ .name = "deadlock",
	  .also = "deadlocks",
	  .text = "Threads wait for each other in a circle, and for ever. Take the locks in one "
		  "order everywhere, or all of them at once. Or each thread of a process waits, "
		  "without a timeout, and nobody is left who could give up a lock: its holder "
		  "has ended, or is not kept in it.",
	  .command = "partrace report --view deadlocks" },
	{ .name = "livelock",
	  .text = "Threads run, give way to each other and try again, and none gets on: nobody "
		  "waits for long, nothing is finished. Let each pause for a random time, or take"
		  " locks in one order and wait.",
	  .command = "partrace report --view threads" },
	{ .name = "spawn-bound",
	  .text = "The time goes into making threads and processes that live for milliseconds. "
		  "Keep workers alive and give them one task after the other: a pool.",
	  .command = "partrace report --view processes" },
	{ .name = "ipc-bound",
	  .text = "Threads exchange messages through pipes or sockets, and run for microseconds "
		  "between them; or wait for what another process sends. Put more into a message,"
		  " or share memory.",
	  .command = "partrace report --view waits" },
	{ .name = "slower-cpus",
	  .text = "The CPUs did less work than they seemed to: the hypervisor or interrupts took "
		  "a part of running time (stolen). Ask who shares the host.",
	  .command = "partrace report --view cpus" },
	{ .name = "scales-well",
	  .text = "Nothing holds the program up: its threads keep the CPUs busy that they could "
		  "use, without waiting for each other. With more CPUs more workers would help.",
	  .command = "partrace report --view cpus" },
	{ .name = "incomplete",
	  .also = "withheld",
	  .text = "Some of what happened was not seen: records were lost, or threads found no "
		  "room. Where that could change the verdict it is withheld. The reasons stand "
		  "first in the report.",
	  .command = "partrace report" },
	{ .name = "fail-on",
	  .text = "Exit status 4 when a report has such a finding (its id, or `problem` for any "
		  "that is severe), or meets a condition: running, ready, lock-wait, condition-"
		  "wait, io-wait, ipc-wait, poll-wait, sleep-wait, child-wait, fault-wait, "
		  "stopped-wait, other-wait or stolen with > or < and a share, or parallelism with "
		  "a number.",
	  .command = "partrace report --fail-on problem" },
	{ .name = "severity",
	  .also = "problem notice ok",
	  .text = "ok: nothing is wrong. notice: worth knowing, but it costs little now. problem:"
		  " without it the program would do a tenth more work at least, or it is stuck.",
	  .command = "partrace report --view findings" },
	{ .name = "confidence",
	  .text = "How sure a finding, or the kind of a lock, is: 0 to 1. It is higher the "
		  "further the figures are beyond their thresholds, and lower where something was"
		  " not seen or the window was short.",
	  .command = "partrace report --view findings" },
	{ 0 },
};
