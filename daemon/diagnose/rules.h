/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: one function for each finding. True when it is there; then everything of *ret but its id is
 * filled in, which comes zeroed.
 */
#ifndef PARTRACE_DIAGNOSE_RULES_H
#define PARTRACE_DIAGNOSE_RULES_H

#include "daemon/diagnose/finding.h"
#include "daemon/diagnose/picture.h"
#include "daemon/diagnose/thresholds.h"

/* Nobody gets on, or somebody does not. */
bool rule_deadlock(const struct picture *picture, struct finding *ret);
bool rule_livelock(const struct picture *picture, struct finding *ret);
bool rule_starvation(const struct picture *picture, struct finding *ret);

/* The same of a lock's waiters where no circle is known, without class, severity. */
bool rule_nobody_gives_up(const struct picture *picture, struct finding *ret);
/* Says instead of what `idle` does that nobody is left to end it: title, detail and advice. */
bool rule_nobody_wakes(const struct picture *picture, struct finding *ret);
/* The same of a program that is stopped: also the severity. */
bool rule_is_stopped(const struct picture *picture, struct finding *ret);
/* Of semaphores between processes, which may be locks: adds a sentence where there is one. */
void rule_tell_unposted(const struct report *report, struct finding *ret);

/* What limits. */
bool rule_lock_bound(const struct picture *picture, struct finding *ret);
bool rule_gil_bound(const struct picture *picture, struct finding *ret);
bool rule_cpu_saturated(const struct picture *picture, struct finding *ret);
bool rule_throttled(const struct picture *picture, struct finding *ret);
bool rule_oversubscribed(const struct picture *picture, struct finding *ret);
bool rule_slower_cpus(const struct picture *picture, struct finding *ret);
bool rule_io_bound(const struct picture *picture, struct finding *ret);
bool rule_ipc_bound(const struct picture *picture, struct finding *ret);
bool rule_spawn_bound(const struct picture *picture, struct finding *ret);
bool rule_imbalance(const struct picture *picture, struct finding *ret);

/* lock-bound where the lock is spun for; the part of running time, 0 where too few samples tell. */
bool rule_spins(const struct picture *picture, struct finding *ret);
double rule_spin_share(const struct picture *picture);

/* lock-bound where no lock is seen: all wait for their turn, and one at a time runs. */
bool rule_takes_turns(const struct picture *picture, struct finding *ret);
const char *rule_lock_name(const struct report_lock *lock);
/* In a sentence: its name, or of a crowd "the lock that LWLockAcquire takes". */
struct words rule_lock_words(const struct report_lock *lock);
/* Adds what the holder of that lock does while others wait; then, what to do about that. */
void rule_tell_holder(const struct picture *picture, const struct report_lock *lock,
		      struct finding *ret);
void rule_advise_holder(const struct picture *picture, const struct report_lock *lock,
			struct finding *ret);

/* The thread with most of the critical path, and how much that is; NULL: no thread has a row. */
const struct thread_facts *rule_most_critical(const struct picture *picture, double *ret_share);
/* Adds who may be the slow stage that others wait for at pipes; false: nobody stands out. */
bool rule_tell_stage(const struct picture *picture, struct finding *ret);

/* imbalance where waits show it: others wait for one that works. */
bool rule_is_waited_for(const struct picture *picture, struct finding *ret);
/* imbalance where no wait shows it: one works while the others are not there. */
bool rule_works_alone(const struct picture *picture, struct finding *ret);
struct tail_peers {
	double count;
	double ran; /* running time of all of them */
};
/* For so long (ns) it goes on after the last work of its peers, which rest from then on. */
double rule_tail(const struct picture *picture, const struct thread_facts *slow,
		 struct tail_peers *ret);
/* So much of the wait at pipes is that of a pool's workers for work that does not come. ns */
double rule_rest_at_pipes(const struct picture *picture);
/* Workers are the threads of one process, or processes that are called alike. */
bool rule_are_of_a_kind(const struct thread_facts *one, const struct thread_facts *two);
/* Adds on which function that thread mostly is, where samples know it. */
void rule_name_code(const struct report *report, uint64_t tid, struct finding *ret);

/* The CPU time goes into births or messages: it is not all work. */
bool rule_is_overhead(const struct picture *picture);

/* None of the target's own threads. */
bool rule_is_stranger(const struct report_culprit *culprit);
/* Of the time that threads want to run, the part without a CPU. */
double rule_ready_share(const struct picture *picture);
/* The figures of cpu-saturated. */
void rule_add_shortage(const struct picture *picture, struct finding *finding);

/* Asked only where nothing limits, and then they come first. */
bool rule_short_at_times(const struct picture *picture, struct finding *ret);
bool rule_scales_well(const struct picture *picture, struct finding *ret);
/* scales-well where there is work for a part of the time. */
bool rule_keeps_up(const struct picture *picture, struct finding *ret);
bool rule_idle(const struct picture *picture, struct finding *ret);

/* "6 threads": those that have work, for idle ones are in nobody's way. */
struct words rule_words_active(const struct picture *picture);
/* The text that all limits have in common: what would be reached without it, and what then. */
void rule_add_gain(const struct picture *picture, struct finding *finding, double reach);
/* What a cause must give back to be called one that limits. */
double rule_least_weight(const struct picture *picture);
/* A problem where it would give back much, else worth a notice. */
enum severity rule_severity(const struct picture *picture, double weight);

#endif
