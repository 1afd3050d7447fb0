/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/diagnose/thresholds.h"

const struct threshold_row thresholds[THRESHOLD_COUNT] = {
	[THRESHOLD_IDLE_THREAD] = { 0.9, "of its life without work: a thread that has work one "
					 "tenth of the time or less is not what limits" },
	[THRESHOLD_CPUS_BUSY] = { 0.85, "of the CPUs it could have: more is not to be had, for "
					"ready threads and idle CPUs miss each other for a "
					"moment at each wake-up" },
	[THRESHOLD_READY] = { 0.1, "of the time a thread wants to run: one thread on each CPU is "
				   "ready a few percent of it, behind the kernel's own tasks" },
	[THRESHOLD_OTHERS] = { 0.2, "of the CPUs: what daemons and interrupts of a quiet machine "
				    "take is far below" },
	[THRESHOLD_PINNED_IDLE] = { 0.5, "of one CPU idle while half a thread is ready, in the "
					 "mean: the scheduler mends that within milliseconds "
					 "where it may" },
	[THRESHOLD_CAUSE] = { 0.1, "of the time of threads that have work: below, its loss "
				   "could give back one ninth at the most" },
	[THRESHOLD_GAIN] = { 0.1, "more parallelism: less is not worth anybody's work, and is "
				  "within what two runs differ by" },
	[THRESHOLD_THROTTLED] = { 0.1, "of the quota's periods: a program that merely touches "
				       "its quota now and then is not held up by it" },
	[THRESHOLD_WHOLE_WINDOW] = { 0.9, "of the window: quotas are looked at twice a second, "
					  "so that a short session knows no better" },
	[THRESHOLD_STOLEN] = { 0.1, "of running time: interrupts alone take 1 or 2 percent" },
	[THRESHOLD_OVERSUBSCRIBED] = { 2, "threads that want to run for each CPU: with fewer, "
					  "who is preempted is soon back" },
	[THRESHOLD_HOLDER_READY] = { 0.3, "of the wait for a lock its holder has no CPU: with "
					  "enough CPUs that is next to nothing" },
	[THRESHOLD_SLICE_NS] = { 300000, "running at a stretch: the scheduler's own slices are "
					 "milliseconds; a switch and cold caches take about "
					 "ten microseconds of this" },
	[THRESHOLD_STARVED] = { 0.7, "of its life in wait for a lock, or ready: it hardly gets "
				     "on" },
	[THRESHOLD_STARVED_NS] = { 100e6,
				   "of that wait: some dozen scheduler slices; who has waited "
				   "for less has waited for its turn" },
	[THRESHOLD_PEERS] = { 0.2, "of that thread's share is what half of its peers have at "
				   "most: the same fate for all is shortage, not starvation" },
	[THRESHOLD_DEMAND] = { 0.1, "of the window: below, a thread wants too little for its "
				    "shares to mean much" },
	[THRESHOLD_YIELDS_PER_SECOND] = { 1000, "of running time, for each thread: giving way, "
						"by yields or short sleeps, once a "
						"millisecond is no courtesy any more" },
	[THRESHOLD_YIELD_SHARE] = { 0.9,
				    "of the switches that it makes itself: it waits for nothing" },
	[THRESHOLD_NO_WAIT] = { 0.02, "of thread time in locks: what has to be waited for is no "
				      "livelock" },
	[THRESHOLD_SHORT_PAUSE_NS] = { 500000, "asleep at a time: who sleeps to let time pass "
					       "sleeps for milliseconds; the least that a "
					       "timer gives is a tenth of this" },
	[THRESHOLD_BUSY_BETWEEN] = { 0.3, "of its life running or ready between short sleeps: to "
					  "look whether there is work takes a few percent" },
	[THRESHOLD_CYCLE] = { 0.95, "of the wait the holder itself waits for the next lock of "
				    "the circle: it cannot release" },
	[THRESHOLD_BIRTHS_PER_SECOND] = { 50, "at some milliseconds for a process that is "
					      "made, loaded and taken down: from here a "
					      "tenth of a CPU and more" },
	[THRESHOLD_SHORT_LIFE_NS] = { 20e6, "of life: what a process costs before and after its "
					    "work is a large part of that" },
	[THRESHOLD_SPAWN] = { 0.2, "of thread time in short lives and waits for them" },
	[THRESHOLD_MESSAGE_NS] = { 100000, "of running between two waits: to wake a thread on "
					   "another CPU takes 5 to 50 microseconds" },
	[THRESHOLD_MESSAGES_PER_SECOND] = { 2000, "waits, of each CPU that is used: below, "
						  "switches take a percent or two" },
	[THRESHOLD_MESSAGE_SHARE] = { 0.1, "of these waits in pipes or sockets: the others may "
					   "be the same exchange through shared memory" },
	[THRESHOLD_ASKED_AGAIN] = { 2, "waits for each thread that waits: once is a start or an "
				       "end, and no pattern" },
	[THRESHOLD_UNASKED] = { 0.25, "waits for others, for each time that it gives work to a "
				      "thread: who answers has waited to be asked, once for each" },
	[THRESHOLD_COLLECTS_NS] = { 1e8, "for completions (io_uring, aio), in the mean: a disk "
					 "answers sooner, so nothing had been asked of it" },
	[THRESHOLD_ANSWERS] = { 10, "polls of all threads that poll again: starts and ends make a "
				    "few, and one answer that comes late is not told from them" },
	[THRESHOLD_WAITED_FOR] = { 0.5, "of the waits' time one thread is at work that the "
					"others wait for: the larger part" },
	[THRESHOLD_SERIAL] = { 0.3, "of the critical path above an equal part: chance and the "
				    "scheduler make a tenth" },
	[THRESHOLD_TOGETHER] = { 0.05, "of the time in which anything runs two run at once: who "
				       "hands over runs on for a moment" },
	[THRESHOLD_TURNS] = { 0.5, "of the time in which they do not run, threads that have work "
				   "wait for their turn: the larger part" },
	[THRESHOLD_IDLE] = { 0.5, "of thread time without work: the larger part" },
	[THRESHOLD_SCALES] = { 0.9, "of the CPUs that could be used are: the rest is starts, "
				    "ends and other tasks" },
	[THRESHOLD_NEARLY_SCALES] = { 0.8, "of them are, and no cause takes a tenth: two losses "
					   "that are each too small to be named" },
	[THRESHOLD_LOSS] = { 0.01, "of switches or threads: below, no figure moves by as much as "
				   "the thresholds are apart" },
	[THRESHOLD_SHORT_WINDOW_NS] = { 100e6, "of window: some dozen scheduler slices, few for "
					       "shares" },
	[THRESHOLD_KNOWN_REST] = { 0.01, "of a life, or of a CPU: so little of it says nothing on "
					 "how the rest would go on" },
	[THRESHOLD_HARDLY_RUNS] = { 0.05, "CPUs busy, or lost: below, so many times as much is a "
					  "figure without meaning" },
	[THRESHOLD_SAMPLES] = { 20, "samples of code: with fewer the first row may be chance, for "
				    "one standard deviation is a quarter" },
	[THRESHOLD_NEARLY_ALL] = { 0.9, "of the wait: from here it is said to be for one lock, and "
					"the rest is left out" },
	[THRESHOLD_MAINLY] = { 0.5, "of the wait, or of its time in one call, is one thing: the "
				    "larger part; else none "
				    "turns" },
	[THRESHOLD_WORKERS_MOST] = { 10000,
				     "workers: what would take more is not solved by workers" },
	[THRESHOLD_ALL_CPUS] = { 0.98, "of the CPUs to be had would be busy: then these are the "
				       "next limit, for the rest is within what a figure errs" },
	[THRESHOLD_CPUS_LEFT] = { 0.95, "of all CPUs are to be had: below, others took more than "
					"the few percent of a quiet machine's daemons" },
	[THRESHOLD_ONE_THREAD] = { 1.5, "threads have work: below, it is nearer to one than to "
					"two" },
	[THRESHOLD_MORE_THREADS] = { 0.5, "threads more than CPUs: below, the mean is nearer to as "
					  "many" },
	[THRESHOLD_SURE_OF_KIND] = { 0.8,
				     "sure that a word is a lock which only its holder gives "
				     "up: by its own memory or the function that waits, not by "
				     "the value alone" },
};
