/* SPDX-License-Identifier: BSD-2-Clause */
/* Of a lock that others wait for: what its holder does meanwhile, and what to do about that. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/diagnose/rules.h"

const char *rule_lock_name(const struct report_lock *lock)
{
	return lock->name && *lock->name ? lock->name : lock->id ? lock->id : "a lock";
}

struct words rule_lock_words(const struct report_lock *lock)
{
	struct words words;

	snprintf(words.text, sizeof(words.text),
		 report_lock_is_crowd(lock) ? "the lock that %.80s takes" : "%.110s",
		 rule_lock_name(lock));
	return words;
}

static const struct report_lock *by_id(const struct report *report, const char *id)
{
	for (size_t i = 0; id && i < report->locks_count; i++)
		if (report->locks[i].id && !strcmp(report->locks[i].id, id))
			return &report->locks[i];
	return NULL;
}

enum holding { HOLDING_RUNNING, HOLDING_READY, HOLDING_LOCK, HOLDING_IO, HOLDING_OTHER };

static const struct {
	const char *figure;
	const char *does;
} holdings[] = {
	[HOLDING_RUNNING] = { "holder_running_share", "running" },
	[HOLDING_READY] = { "holder_ready_share", "ready, without a CPU" },
	[HOLDING_LOCK] = { "holder_lock_share", "waiting for another lock" },
	[HOLDING_IO] = { "holder_io_share", "waiting for I/O" },
	[HOLDING_OTHER] = { "holder_other_share", "asleep, or waiting for something else" },
};

static double state_of(const struct report_lock *lock, enum holding holding)
{
	const struct report_holder_state *state = &lock->holder_state_ns;
	const uint64_t states[] = { state->running, state->ready, state->lock, state->io,
				    state->other };

	return (double)states[holding];
}

static enum holding main_holding(const struct report_lock *lock, double *ret_share)
{
	enum holding most = HOLDING_RUNNING;
	double whole = 0;

	for (size_t i = 0; i < ARRAY_LEN(holdings); i++) {
		whole += state_of(lock, i);
		if (state_of(lock, i) > state_of(lock, most))
			most = i;
	}
	*ret_share = share(state_of(lock, most), whole);
	return most;
}

/* Most of what its holders wait for, but for locks, comes from a pipe or socket of this machine. */
static bool is_at_pipes(const struct picture *picture, const struct report_lock *lock)
{
	double pipes = 0, all = 0;

	for (size_t i = 0; i < picture_holders(lock); i++) {
		const struct thread_facts *facts = picture_thread(picture, lock->holders[i].tid);
		double blocked = (double)lock->holders[i].blocked_others_ns, both;

		if (!facts || !facts->row)
			continue;
		both = facts->lost[CAUSE_IO] + facts->lost[CAUSE_IPC];
		pipes += blocked * share(facts->lost[CAUSE_IPC], both);
		all += both > 0 ? blocked : 0;
	}
	return all > 0 && share(pipes, all) >= threshold(THRESHOLD_MAINLY);
}

/* Most of the run-queue wait was behind other programs: fewer threads would not mend that. */
static bool is_behind_strangers(const struct report *report)
{
	const struct report_run_queue *queue = &report->run_queue;
	double strangers = (double)(queue->more_ns - queue->more_own_ns),
	       all = (double)queue->more_ns;

	for (size_t i = 0; i < queue->culprits_count; i++) {
		double ahead = (double)queue->culprits[i].ahead_ns;

		strangers += rule_is_stranger(&queue->culprits[i]) ? ahead : 0;
		all += ahead;
	}
	return all > 0 && share(strangers, all) >= threshold(THRESHOLD_MAINLY);
}

/* Where the holder is while others wait; NULL when no stack tells. */
static const char *holder_function(const struct report_lock *lock)
{
	const struct report_stack *heaviest = NULL;

	for (size_t i = 0; i < lock->stacks_count; i++) {
		const struct report_stack *stack = &lock->stacks[i];

		if (stack->role && !strcmp(stack->role, "holder") &&
		    (!heaviest || stack->wait_ns > heaviest->wait_ns))
			heaviest = stack;
	}
	return heaviest && heaviest->frames_count ? heaviest->frames[0].function : NULL;
}

/* Of readers only the last one's release is seen; which of them others waited for is not known. */
static bool is_of_readers(const struct report_lock *lock, const struct report_holder *holder)
{
	return lock->kind && !strcmp(lock->kind, lock_kind_names[LOCK_RWLOCK]) &&
	       !(holder->evidence && !strcmp(holder->evidence, "owner"));
}

void rule_tell_holder(const struct picture *picture, const struct report_lock *lock,
		      struct finding *ret)
{
	const struct report_holder *holder = lock->holders;
	double part = 0, blocked = (double)lock->blocked_ns, in_state;
	enum holding holding = main_holding(lock, &in_state);
	const struct report_lock *other = by_id(picture->report, lock->holder_waits_for);
	const char *function = holding >= HOLDING_IO ? holder_function(lock) : NULL;
	const char *does = holding == HOLDING_IO && is_at_pipes(picture, lock)
				   ? "waiting at a pipe or socket"
				   : holdings[holding].does;
	struct words who;

	if (!lock->holders_count || in_state <= 0)
		return;
	part = fmin(share((double)holder->blocked_others_ns, blocked), 1);
	who = words_thread(holder->name, holder->tid);
	if (part >= threshold(THRESHOLD_MAINLY) || picture_holders(lock) < 2)
		finding_detail(ret,
			       is_of_readers(lock, holder)
				       ? "Thread %s ended %s of it, as a writer or the last reader;"
				       : "Thread %s caused %s of it;",
			       who.text, words_share(part).text);
	else
		finding_detail(ret, "%s take turns with it;",
			       words_count(picture_holders(lock), "thread").text);
	finding_detail(ret, "while others wait, its holder is %s %s of the time%s%.80s%s%.80s.",
		       does, words_share(in_state).text, function ? ", in " : "",
		       function ? function : "", holding == HOLDING_LOCK && other ? ", " : "",
		       holding == HOLDING_LOCK && other ? rule_lock_name(other) : "");
	finding_name(ret, "main_holder", who.text);
	finding_figure(ret, "main_holder_share", part);
	finding_figure(ret, holdings[holding].figure, in_state);
}

static const char *advice_of(const struct picture *picture, const struct report_lock *lock,
			     enum holding holding)
{
	switch (holding) {
	case HOLDING_READY:
		return is_behind_strangers(picture->report)
			       ? "Measure on a quiet machine: other programs have the CPU that the "
				 "holder of %s wants."
			       : "Use fewer threads: who holds %s loses the CPU while others wait.";
	case HOLDING_LOCK:
		return "See to that other lock first; who holds %s waits for it.";
	case HOLDING_IO:
		return is_at_pipes(picture, lock)
			       ? "Put less through the pipe or socket that %s guards, or make its "
				 "other end faster."
			       : "Move that I/O out of the section that %s protects.";
	case HOLDING_OTHER:
		return "Do not sleep or wait while %s is held.";
	default:
		return "Do less while %s is held, split it, or give each worker its own.";
	}
}

void rule_advise_holder(const struct picture *picture, const struct report_lock *lock,
			struct finding *ret)
{
	double in_state;
	enum holding holding = main_holding(lock, &in_state);
	const struct report_lock *other = by_id(picture->report, lock->holder_waits_for);

	if (in_state > 0 && holding == HOLDING_LOCK && other)
		finding_advice(ret, "See to %s first: who holds %s waits for it.",
			       rule_lock_name(other), rule_lock_words(lock).text);
	else if (in_state > 0)
		finding_advice(ret, advice_of(picture, lock, holding), rule_lock_words(lock).text);
	if (in_state > 0 && holding >= HOLDING_IO && lock->kind && !report_lock_is_crowd(lock) &&
	    !strcmp(lock->kind, lock_kind_names[LOCK_SEMAPHORE]) && !is_at_pipes(picture, lock))
		finding_advice(ret, "If it is there to let several in at once, let more in.");
}
