/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes in which nobody is left to wake anybody: each of their threads waits, without a
 * timeout, in a futex that is the process's own, or that only such processes have in their memory,
 * or for the end of children that are such processes. Who holds what need not be known for this: so
 * it tells the deadlocks of locks that keep no owner, or whose owner has ended.
 */
#ifndef PARTRACE_STUCK_H
#define PARTRACE_STUCK_H

#include "daemon/lockbook.h"
#include "daemon/probe/probe.h"

/*
 * Fills in processes[].stuck, as of now_ns (run-queue clock) and still so. Processes with threads
 * that are not watched are left out, and those with handlers for signals that a timer may send.
 * -ENOMEM. So many of them at a time are looked at that this takes no longer than a moment:
 * completeness.unchecked_processes counts the others.
 */
int stuck_fill(struct probe *probe, struct lockbook *book, uint64_t now_ns, struct report *report);

#endif
