/* SPDX-License-Identifier: BSD-2-Clause */
/* lock-bound and gil-bound: which lock, who has it, and what that one does meanwhile. */
#include <math.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/diagnose/rules.h"

#define MORE_LOCKS 2

/* The most waited for; *ret_whole is the wait for all of that sort. */
static const struct report_lock *worst(const struct picture *picture, bool gil, double *ret_whole,
				       size_t *ret_count)
{
	const struct report *report = picture->report;
	const struct report_lock *found = NULL;
	double most = 0;

	*ret_whole = 0;
	*ret_count = 0;
	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];
		double wait = (double)lock->wait_ns;

		if (!lock->contended || picture_is_gil(lock) != gil || !lock->wait_ns)
			continue;
		wait *= 1 - (gil ? 0 : picture_queue_share(picture, lock));
		*ret_whole += (double)lock->wait_ns;
		++*ret_count;
		if (found && wait <= most)
			continue;
		most = wait;
		found = lock;
	}
	return found;
}

static const char *name_of(const struct report_lock *lock)
{
	return lock->name && *lock->name ? lock->name : lock->id ? lock->id : "a lock";
}

static const struct report_lock *by_id(const struct report *report, const char *id)
{
	for (size_t i = 0; id && i < report->locks_count; i++)
		if (report->locks[i].id && !strcmp(report->locks[i].id, id))
			return &report->locks[i];
	return NULL;
}

/* ---- what the holder does ---- */

enum holding { HOLDING_RUNNING, HOLDING_READY, HOLDING_LOCK, HOLDING_IO, HOLDING_OTHER };

static const struct {
	const char *figure;
	const char *does;
	const char *advice;
} holdings[] = {
	[HOLDING_RUNNING] = { "holder_running_share", "running",
			      "Do less while %s is held, split it, or give each worker its own." },
	[HOLDING_READY] = { "holder_ready_share", "ready, without a CPU",
			    "Use fewer threads: who holds %s loses the CPU while others wait." },
	[HOLDING_LOCK] = { "holder_lock_share", "waiting for another lock",
			   "See to that other lock first; who holds %s waits for it." },
	[HOLDING_IO] = { "holder_io_share", "waiting for I/O",
			 "Move that I/O out of the section that %s protects." },
	[HOLDING_OTHER] = { "holder_other_share", "asleep, or waiting for something else",
			    "Do not sleep or wait while %s is held." },
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

static void tell_holder(const struct picture *picture, const struct report_lock *lock,
			struct finding *ret)
{
	const struct report_holder *holder = lock->holders;
	double part = 0, blocked = (double)lock->blocked_ns, in_state;
	enum holding holding = main_holding(lock, &in_state);
	const struct report_lock *other = by_id(picture->report, lock->holder_waits_for);
	const char *function = holding >= HOLDING_IO ? holder_function(lock) : NULL;
	struct words who;

	if (!lock->holders_count || in_state <= 0)
		return;
	part = fmin(share((double)holder->blocked_others_ns, blocked), 1);
	who = words_thread(holder->name, holder->tid);
	if (part >= threshold(THRESHOLD_MAINLY))
		finding_detail(ret, "Thread %s caused %s of it;", who.text, words_share(part).text);
	else
		finding_detail(ret, "%s take turns with it;",
			       words_count(lock->holders_count, "thread").text);
	finding_detail(ret, "while others wait, its holder is %s %s of the time%s%.80s%s%.80s.",
		       holdings[holding].does, words_share(in_state).text, function ? ", in " : "",
		       function ? function : "", holding == HOLDING_LOCK && other ? ", " : "",
		       holding == HOLDING_LOCK && other ? name_of(other) : "");
	finding_name(ret, "main_holder", who.text);
	finding_figure(ret, "main_holder_share", part);
	finding_figure(ret, holdings[holding].figure, in_state);
}

/* ---- what it would give back ---- */

/* The next locks in line: what each alone would bring. */
static void tell_more_locks(const struct picture *picture, const struct report_lock *first,
			    struct finding *ret)
{
	const struct report *report = picture->report;
	unsigned int told = 0;

	for (size_t i = 0; i < report->locks_count && told < MORE_LOCKS; i++) {
		const struct report_lock *lock = &report->locks[i];
		double times = share(picture_reach_without(picture, lock), picture->parallelism);

		if (lock == first || !lock->contended || times < 1 + threshold(THRESHOLD_GAIN))
			continue;
		finding_detail(ret, "Without %.60s alone: %.1f×.", name_of(lock), times);
		told++;
	}
}

static void tell_lock(const struct picture *picture, const struct report_lock *lock, double part,
		      struct finding *ret)
{
	double in_state;
	enum holding holding = main_holding(lock, &in_state);

	finding_name(ret, "lock", name_of(lock));
	finding_name(ret, "lock_kind", lock->kind ? lock->kind : "futex");
	finding_figure(ret, "lock_share", part);
	tell_holder(picture, lock, ret);
	if (in_state > 0)
		finding_advice(ret, holdings[holding].advice, name_of(lock));
	finding_advice(ret, "`partrace report --view locks` shows from where it is waited for.");
}

static const char *whose_time(const struct picture *picture)
{
	return picture->active_life < picture->life ? "of the time of threads that have work"
						    : "of all thread time";
}

/* Who runs more than its part is waited for by the others: that is another finding. */
static bool are_alike(const struct picture *picture, double busy)
{
	unsigned int parties = 0;
	double most = 0;

	for (size_t i = 0; i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];

		if (facts->idle || !facts->row)
			continue;
		parties++;
		most = fmax(most, (double)facts->row->criticality_ns);
	}
	return parties > 1 && share(most, busy) < 1.0 / parties + threshold(THRESHOLD_SERIAL);
}

/*
 * A lock that is built of conditions (tickets, a baton): no lock is seen, but threads that wait for
 * each other never run two at once, though there are CPUs.
 */
static bool take_turns(const struct picture *picture, struct finding *ret)
{
	const struct report_parallelism *parallelism = &picture->report->parallelism;
	double one = parallelism->levels > 1 ? (double)parallelism->time_at_level_ns[1] : 0;
	double reach = fmin(picture->active, picture->attainable), wait = 0, together = 0;
	double limit = threshold(THRESHOLD_TURNS);

	for (size_t i = 2; i < parallelism->levels; i++)
		together += (double)parallelism->time_at_level_ns[i];
	for (size_t i = 0; i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];

		if (facts->row && !facts->idle)
			wait += (double)facts->row->figures.waits[WAIT_CONDITION].time_ns -
				facts->behind_io;
	}
	wait = share(wait, picture->active_life);
	if (wait < limit || picture->lost_share[CAUSE_GIL] >= threshold(THRESHOLD_CAUSE) ||
	    share(one, picture->window) < threshold(THRESHOLD_WAITED_FOR) ||
	    share(together, one + together) > threshold(THRESHOLD_TOGETHER) ||
	    !are_alike(picture, one + together))
		return false;
	ret->weight = reach - picture->parallelism;
	ret->severity = rule_severity(picture, ret->weight);
	ret->confidence = finding_sure_part(0.7, wait, limit);
	finding_title(ret, "%s take turns, as under one lock: two of them hardly ever run at once.",
		      rule_words_active(picture).text);
	finding_detail(ret, "%s of their time they wait for each other, at condition variables.",
		       words_share(wait).text);
	finding_figure(ret, "turn_wait_share", wait);
	finding_figure(ret, "together_share", share(together, one + together));
	rule_add_gain(picture, ret, reach);
	finding_advice(ret, "Let each go on without its turn where it can; `partrace locks --all` "
			    "shows what they wait for.");
	return true;
}

bool rule_lock_bound(const struct picture *picture, struct finding *ret)
{
	double wait = picture->lost_share[CAUSE_LOCK], limit = threshold(THRESHOLD_CAUSE);
	double reach = picture_reach(picture, CAUSE_LOCK), whole, part;
	size_t count;
	const struct report_lock *lock = worst(picture, false, &whole, &count);

	if (wait < limit)
		return rule_spins(picture, ret) || take_turns(picture, ret);
	ret->weight = reach - picture->parallelism;
	ret->severity = rule_severity(picture, ret->weight);
	ret->confidence = finding_sure(lock ? 0.97 : 0.7, wait, limit);
	part = lock ? share((double)lock->wait_ns, whole) : 0;
	finding_figure(ret, "lock_wait_share", wait);
	finding_figure(ret, "lock_wait_ns", picture->lost[CAUSE_LOCK]);
	if (!lock)
		finding_title(ret, "%s %s is lock wait.", words_share(wait).text,
			      whose_time(picture));
	else if (part >= threshold(THRESHOLD_NEARLY_ALL))
		finding_title(ret, "%s %s is lock wait for one %s: %s.", words_share(wait).text,
			      whose_time(picture), lock->kind ? lock->kind : "lock", name_of(lock));
	else
		finding_title(ret, "%s %s is lock wait for %zu locks, %s of it for %s.",
			      words_share(wait).text, whose_time(picture), count,
			      words_share(part).text, name_of(lock));
	if (lock)
		tell_lock(picture, lock, part, ret);
	rule_add_gain(picture, ret, reach);
	if (lock)
		tell_more_locks(picture, lock, ret);
	return true;
}

bool rule_gil_bound(const struct picture *picture, struct finding *ret)
{
	double wait = picture->lost_share[CAUSE_GIL], limit = threshold(THRESHOLD_CAUSE);
	double reach = picture_reach(picture, CAUSE_GIL), whole;
	size_t count;
	const struct report_lock *lock = worst(picture, true, &whole, &count);

	if (!lock || wait < limit)
		return false;
	ret->weight = reach - picture->parallelism;
	ret->severity = rule_severity(picture, ret->weight);
	ret->confidence = finding_sure(0.97, wait, limit) * fmax(lock->confidence, 0.5);
	finding_title(ret, "%s %s is wait for %s: one of %s runs at a time.",
		      words_share(wait).text, whose_time(picture),
		      count > 1 ? "global interpreter locks" : "the global interpreter lock (GIL)",
		      words_count(lock->waiters_count, "thread").text);
	finding_figure(ret, "gil_wait_share", wait);
	finding_figure(ret, "gil_wait_ns", picture->lost[CAUSE_GIL]);
	finding_name(ret, "lock", name_of(lock));
	tell_holder(picture, lock, ret);
	rule_add_gain(picture, ret, reach);
	finding_advice(ret, "Use processes in place of threads, or do the work in code that "
			    "releases the GIL; `partrace report --view locks` shows who has it.");
	return true;
}
