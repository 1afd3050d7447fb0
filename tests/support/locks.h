/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program's own truth on its locks (tests/support/programs/locks/truth.h) beside the report on
 * it, and how near they are.
 */
#ifndef PARTRACE_TESTS_LOCKS_H
#define PARTRACE_TESTS_LOCKS_H

#include <jansson.h>
#include <stdbool.h>

struct lock_run {
	json_t *truth;
	json_t *more; /* a second line of truth; NULL for most programs */
	json_t *report;
	char *script; /* makes another; NULL: none can be made */
	unsigned int made;
};

/*
 * Runs $PROGRAMS/locks/COMMAND under `partrace exec`, from its first instruction to its last.
 * Fails the test unless both end well, the truth is whole and the report as its schema says.
 */
struct lock_run lock_run(const char *command);
/* As lock_run(), in a PID namespace of its own; the numbers in the truth are ours then. */
struct lock_run lock_run_in_namespace(const char *command);
/* The same of one that hangs, attached to once it has told its truth, then killed. */
struct lock_run lock_hang_in_namespace(const char *command);
/* Starts it, watches it by `partrace attach -d 2s`, ends it by SIGTERM: for shares, not sums. */
struct lock_run lock_attach(const char *command);
/* A script that prints one or two lines of truth and a report. */
struct lock_run lock_run_script(const char *script);
void lock_run_release(struct lock_run *run);

/*
 * How near to the truth a figure is depends on who has the CPUs: one preemption between a release
 * and its wake-up is a percent of it. Where the report shows that others had them, the run is made
 * again, three times at the most, and the best counts. What was taken from the old one stays valid.
 * False: this one counts.
 */
bool lock_run_again(struct lock_run *run);

/* The truth's row of that name. */
const json_t *truth_lock(const json_t *truth, const char *name);
/* Whether that row is it: a private one by process and address, a shared one by its page offset. */
bool lock_is_row(const json_t *row, const json_t *lock);
/* What the rows of the report say of that lock's words: one row, but for rwlocks perhaps. */
double lock_wait_ns(const json_t *report, const json_t *lock);
/* Its heaviest row; fails the test when there is none. */
const json_t *lock_row(const json_t *report, const json_t *lock);

/* Wait time, in all and thread by thread, within `share` of the truth. */
void assert_wait(struct lock_run *run, const char *name, double share);
/* The part of blocked time of which the right thread is said to hold is at least `share`. */
void assert_holders(struct lock_run *run, const char *name, double share);
/* The same of a window that is a part of the program's life: shares are compared. */
void assert_holders_of_part(struct lock_run *run, const char *name, double share);
/* Each state's share of the time while somebody waited is within 0.05 of the truth's. */
void assert_holder_states(struct lock_run *run, const char *name);
/*
 * Where the report has a part of the truth's time: no state has more than that, and none lacks more
 * than what lies outside. (Shares differ: other programs start and end there.)
 */
void assert_holder_states_of_part(const struct lock_run *run, const char *name);
/*
 * Waiters' stacks stand for 90 % of the wait; each names the direct caller of the lock function,
 * and the callers' shares are within 0.05 of the truth's.
 */
void assert_callers(const struct lock_run *run, const char *name);

/* The first frame, from the innermost, that is one of `names`, or NULL. */
const char *caller_of(const json_t *frames, const char *const *names);

bool ends_with(const char *text, const char *end);

#endif
