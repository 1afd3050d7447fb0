// SPDX-License-Identifier: BSD-2-Clause
/* Columns of the tables, and other figures. */
#include "cli/explain/words.h"

const struct word words_of_columns[] = {
	{ .name = "waits",
	  .also = "count",
	  .text = "How often something was waited for, the waits that still last included.",
	  .command = "partrace report --view waits" },
	{ .name = "wait",
	  .also = "wait-ns",
	  .text = "In a table of locks: the time of all waits for it, over all its waiters, "
		  "blocked and ready until they ran again. Ten threads that wait one second are "
		  "ten seconds.",
	  .command = "partrace report --view locks" },
	{ .name = "max",
	  .also = "max-wait",
	  .text = "The longest single wait. A maximum far above the mean is a rare holder that "
		  "keeps it long, or an unfair hand-over.",
	  .command = "partrace report --view locks" },
	{ .name = "mean",
	  .text = "Time divided by count, from blocking until running again. One long wait moves "
		  "it: see the percentiles.",
	  .command = "partrace report --view waits" },
	{ .name = "kind",
	  .text = "What sort of lock it is: mutex, pi-mutex, rwlock, condition, semaphore, "
		  "barrier, join, parker, gil or futex. A question mark means that is less than "
		  "likely.",
	  .command = "partrace locks --all" },
	{ .name = "critical",
	  .also = "serial-code code",
	  .text = "In a table of functions: the part of a function in all samples, each sample "
		  "divided by how many threads ran at that instant. A function that runs while "
		  "all others wait stands first, however little CPU time it takes.",
	  .command = "partrace report --view code" },
	{ .name = "alone",
	  .also = "alone-ns",
	  .text = "In a table of functions: it ran while no other thread of the target did. More "
		  "CPUs or threads do nothing for this part.",
	  .command = "partrace report --view code" },
	{ .name = "samples",
	  .also = "sample sampling",
	  .text = "How often a clock found a thread in this function: 49 times a second on each "
		  "CPU, of the target only. 100 samples are good to 10 points, 1,000 to 3.",
	  .command = "partrace report --view code" },
	{ .name = "p50",
	  .also = "p90 p99 percentile",
	  .text = "So many percent of the waits were no longer than that. Good to 12 %, for they "
		  "come out of a histogram with four steps to each doubling.",
	  .command = "partrace report --view runqueue" },
	{ .name = "histogram",
	  .text = "How many waits took how long, in steps that double. Two humps are two "
		  "different causes: say, a short wake-up and a full time slice.",
	  .command = "partrace report --view runqueue" },
	{ .name = "other-tasks",
	  .also = "culprit ready-behind",
	  .text = "Whom ready threads stood behind: the program's own threads, other programs, or"
		  " the kernel, each for as long as it had the CPU while they were ready. `taken`: "
		  "who preempted them, with the whole of the wait that began so.",
	  .command = "partrace report --view runqueue" },
	{ .name = "idle-cpu",
	  .also = "idle-column",
	  .text = "In a table of CPUs: the CPU ran nothing. Idle CPUs beside ready threads mean "
		  "that these are not allowed there, or a quota.",
	  .command = "partrace report --view cpus" },
	{ .name = "target-cpu",
	  .also = "target-column other-column",
	  .text = "In a table of CPUs: it ran threads of the target (target), or anything else "
		  "(other). With idle they sum to the window.",
	  .command = "partrace report --view cpus" },
	{ .name = "fairness",
	  .text = "Jain's index over the waiters' wait: 1 when all waited equally long, 1/n when "
		  "one of n did all of it.",
	  .command = "partrace report --view locks" },
	{ .name = "convoy",
	  .text = "The share of waits that found another waiter there already. Near 100 % the "
		  "lock is always passed on in a queue, and each turn costs two switches.",
	  .command = "partrace report --view locks" },
	{ .name = "blocked",
	  .text = "Of a holder: the time that others waited while it had the lock, summed over "
		  "them. Of a cause: waiting without the run-queue delay that ended it.",
	  .command = "partrace report --view locks" },
	{ .name = "releases",
	  .text = "How often a holder gave the lock up while others waited for it.",
	  .command = "partrace report --view locks" },
	{ .name = "share",
	  .text = "A part of the whole that stands in the heading; of all thread time where "
		  "nothing else is said.",
	  .command = "partrace report --view waits" },
	{ .name = "then-ready",
	  .text = "The run-queue delay that ended these waits: the thread was woken, and no CPU "
		  "was free yet.",
	  .command = "partrace report --view waits" },
	{ .name = "thread-time",
	  .text = "The lives of all threads in the window, summed: running, ready and waiting. "
		  "Eight threads for ten seconds are eighty seconds.",
	  .command = "partrace report" },
	{ .name = "life",
	  .also = "timeline",
	  .text = "What a thread did over time, in columns of equal width: running, ready or "
		  "waiting, whichever was most of it.",
	  .command = "partrace report --view threads" },
	{ .name = "rss",
	  .also = "memory",
	  .text = "Resident memory of a process; of one that has exited its peak. Shared pages "
		  "count in full for each process.",
	  .command = "partrace report --view processes" },
	{ .name = "pss",
	  .text = "Resident memory, with the pages that several processes share divided among "
		  "them: these sum to what is really used.",
	  .command = "partrace report --view processes" },
	{ .name = "quota",
	  .also = "cpu-max throttled-ns",
	  .text = "As many CPUs as a cgroup may use in each period, mostly 100 ms. When it is "
		  "used up, all its threads stand still until the next one.",
	  .command = "partrace report --view cpus" },
	{ .name = "born-ready",
	  .text = "From a thread's birth to its first run: what it costs to start it, beside the "
		  "call itself.",
	  .command = "partrace report --json" },
	{ .name = "complete",
	  .also = "completeness lost",
	  .text = "Whether all that happened was seen. Losses are counted, said first, and the "
		  "verdict is withheld where they could change it. Lost stacks leave a report "
		  "complete: no time or count is made of them, and what no stack stands for is "
		  "told.",
	  .command = "partrace report" },
	{ .name = "so-far",
	  .also = "ready-for",
	  .text = "In the table of run-queue waits: the share of all waits that were no longer "
		  "than those of this row; where it passes 99 % is the p99.",
	  .command = "partrace report --view runqueue" },
	{ .name = "finding",
	  .also = "findings",
	  .text = "What is wrong, or that nothing is, in plain words: with its severity, how sure "
		  "it is, the figures behind it and what to do. The limiting one stands first "
		  "and is the verdict.",
	  .command = "partrace report --view findings" },
	{ .name = "verdict",
	  .text = "The first finding: what limits first, in words, with its figures. It is "
		  "withheld where what was lost could change it.",
	  .command = "partrace report" },
	{ .name = "evidence",
	  .text = "The very figures behind a finding. Of a holder: how it is known that it had "
		  "the lock: owner, releaser or waker.",
	  .command = "partrace report --view findings" },
	{ .name = "truth",
	  .text = "What a built-in workload knows and has timed itself, beside what the probes "
		  "saw of it. Its workers look at themselves shortly before they start and end, "
		  "and the probes see the window to each worker's very end: so each may differ "
		  "by a switch or a few, and by the time that these took.",
	  .command = "sudo partrace run lock" },
	{ .name = "probes",
	  .also = "cost",
	  .text = "What the watching itself took: switches seen, nanoseconds for each, and their "
		  "share of all CPU time, measured in this very window.",
	  .command = "partrace report" },
	{ .name = "bound",
	  .also = "gain what-if reach",
	  .text = "What would be reached if one wait vanished and all else went on as it does: at"
		  " most as many CPUs as are left to the program. A bound, not a promise: what "
		  "limits then is said with it.",
	  .command = "partrace report --view findings" },
	{ 0 },
};
