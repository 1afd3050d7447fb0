// SPDX-License-Identifier: BSD-2-Clause
/* Who has what, and who waits for it. */
#include "cli/explain/words.h"

const struct word words_of_locks[] = {
	{ .name = "holder",
	  .also = "holders main-holder owner",
	  .text = "Who had the lock while others waited. Named by the lock itself where it keeps "
		  "its owner (owner); else by who gave it up (releaser), or whose call ended the "
		  "wait (waker). What the holder did meanwhile says what to change.",
	  .command = "partrace report --view locks" },
	{ .name = "releaser",
	  .text = "Who gave the lock up. The time between two releases of a lock that others wait"
		  " for belongs to the thread that makes the second one.",
	  .command = "partrace report --view locks" },
	{ .name = "waker",
	  .text = "Whose call ended the wait. For a condition it is who had the work, for a lock "
		  "mostly its holder; it need not be.",
	  .command = "partrace locks --all" },
	{ .name = "waiters",
	  .also = "waiter waiting-now",
	  .text = "Who waited for the lock, how often and how long. When one waits far longer "
		  "than its peers, the lock is unfair: see fairness and starvation.",
	  .command = "partrace report --view locks" },
	{ .name = "mutex",
	  .also = "pi-mutex",
	  .text = "A lock that one thread has at a time. A pi-mutex also lends its waiter's "
		  "priority to the holder.",
	  .command = "partrace report --view locks" },
	{ .name = "rwlock",
	  .text = "A lock that many may have to read, or one to write. A writer waits for all "
		  "readers; it pays only where reading takes long.",
	  .command = "partrace run rwlock --threads 4" },
	{ .name = "semaphore",
	  .text = "A counter that is waited for while it is 0. Used as a lock (by Python's "
		  "threading.Lock) its waits are contention; used to count work they are not.",
	  .command = "partrace locks --all" },
	{ .name = "barrier",
	  .text = "Where threads meet: all wait until the last has come. The slowest one sets the"
		  " pace of each round.",
	  .command = "partrace run barrier --threads 4" },
	{ .name = "join",
	  .text = "Waiting for the end of a thread. It is how programs end, and no contention.",
	  .command = "partrace locks --all" },
	{ .name = "parker",
	  .text = "A private word on which one thread sleeps: how the JVM, Go and parking_lot "
		  "wait. Which of their locks it was is not in it.",
	  .command = "partrace locks --all" },
	{ .name = "crowd",
	  .also = "crowds lock-crowds",
	  .text = "Threads that wait in one function, each on a word of its own (a semaphore, a "
		  "parker), told together: a line with ×, the sum of so many rows. Which lock "
		  "the function takes, one or several, is not in these words.",
	  .command = "partrace report --view locks" },
	{ .name = "futex",
	  .text = "The kernel's call that all of these wait by. A row of this kind is a lock or "
		  "condition that looks like none that is known.",
	  .command = "partrace locks --all" },
	{ .name = "gil",
	  .also = "global-interpreter-lock gvl",
	  .text = "CPython's global interpreter lock: one thread runs Python code at a time, and "
		  "gives way each 5 ms or around I/O. All its words are one row; its holder is "
		  "who came out of the wait last. Ruby's is its GVL, given up each 100 ms.",
	  .command = "sudo partrace exec -- python3 program.py" },
	{ .name = "deadlock-cycle",
	  .also = "cycle",
	  .text = "Threads of which each waits for what the next one has, and the last for the "
		  "first: a deadlock. None of them will ever go on.",
	  .command = "sudo partrace snapshot -p PID" },
	{ 0 },
};
