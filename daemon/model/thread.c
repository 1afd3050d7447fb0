// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/thread.h"

#include <string.h>

#include "base/number.h"
#include "base/owned.h"

static const char *const state_names[] = {
	[THREAD_UNKNOWN] = "waiting", [THREAD_NEW] = "ready",       [THREAD_RUNNING] = "running",
	[THREAD_READY] = "ready",     [THREAD_WAITING] = "waiting", [THREAD_EXITED] = "exited",
};

const char *thread_state_name(uint32_t state)
{
	return state < ARRAY_LEN(state_names) ? state_names[state] : "waiting";
}

/* A thread that has not moved since it was marked has been waiting for longer than watched. */
uint64_t thread_since_ns(const struct thread_slot *slot)
{
	bool moved = slot->running_ns || slot->waiting_ns || slot->ready_ns;

	if (slot->state == THREAD_EXITED)
		return slot->died_ns;
	if (slot->state == THREAD_WAITING && !moved && slot->blocked_ns &&
	    slot->blocked_ns < slot->since_ns)
		return slot->blocked_ns;
	return slot->since_ns;
}

/* Who was marked later was born before it was counted. A first run at once is 0 ns after birth. */
uint64_t thread_born_ready_ns(const struct thread_slot *slot)
{
	bool was_born_here = slot->born_ns && slot->born_ns == slot->counted_from_ns;

	return was_born_here && slot->state != THREAD_NEW ? slot->born_ready_ns : NO_VALUE;
}

/* Of a gap that is still open: for how long has the thread stood in a run queue by now? */
static uint64_t open_ready_ns(const struct thread_slot *slot, uint64_t gap_ns, uint64_t at_ns)
{
	uint64_t ready_ns;

	if (slot->look_seq != (slot->seq | 1))
		return 0;
	ready_ns = slot->look_delay_ns - slot->delay_seen_ns;
	if (slot->look_queued_ns && slot->look_queued_ns < at_ns)
		ready_ns += at_ns - slot->look_queued_ns;
	return ready_ns < gap_ns ? ready_ns : gap_ns;
}

static void add_open_wait(const struct thread_slot *slot, uint64_t gap_ns, uint64_t at_ns,
			  bool ends, struct thread_values *values)
{
	struct report_figures *figures = &values->figures;
	struct report_wait *wait =
		&figures->waits[slot->cause < WAIT_COUNT ? slot->cause : WAIT_OTHER];
	uint64_t ready_ns = open_ready_ns(slot, gap_ns, at_ns);

	figures->ready_ns += ready_ns;
	figures->waiting_ns += gap_ns - ready_ns;
	wait->count += ends;
	wait->time_ns += gap_ns - ready_ns;
	wait->ready_ns += ready_ns;
	if (slot->wait_row < SYSCALL_ROWS) {
		values->syscalls[slot->wait_row].count += ends;
		values->syscalls[slot->wait_row].time_ns += gap_ns - ready_ns;
	}
}

static void add_open(const struct thread_slot *slot, uint64_t at_ns, int64_t integral, bool ends,
		     struct thread_values *values)
{
	uint64_t gap_ns = less(at_ns, slot->since_ns);

	switch (slot->state) {
	case THREAD_RUNNING:
		values->figures.running_ns += gap_ns;
		values->criticality += integral;
		break;
	case THREAD_NEW:
	case THREAD_READY:
		values->figures.ready_ns += gap_ns;
		break;
	case THREAD_WAITING:
	case THREAD_UNKNOWN:
		add_open_wait(slot, gap_ns, at_ns, ends, values);
		break;
	default:
		break;
	}
}

/*
 * Takes `wanted_ns` of waiting, from the cause with most above `least` first; returns what is left.
 */
static uint64_t take_waiting(struct report_figures *figures, const struct report_figures *least,
			     uint64_t wanted_ns)
{
	while (wanted_ns) {
		struct report_wait *most = NULL;
		uint64_t most_ns = 0, part_ns;

		for (size_t i = 0; i < WAIT_COUNT; i++) {
			uint64_t least_ns = least->waits[i].time_ns;

			if (figures->waits[i].time_ns <= least_ns + most_ns)
				continue;
			most = &figures->waits[i];
			most_ns = most->time_ns - least_ns;
		}
		if (!most)
			break;
		part_ns = wanted_ns < most_ns ? wanted_ns : most_ns;
		most->time_ns -= part_ns;
		figures->waiting_ns -=
			part_ns < figures->waiting_ns ? part_ns : figures->waiting_ns;
		wanted_ns -= part_ns;
	}
	return wanted_ns;
}

/*
 * The thread was copied a moment after `at_ns` and has moved in between: what it did before that
 * move and after `at_ns` is taken back. It left a CPU, or it came from a run queue; where that is
 * not enough it moved more than once, and has waited as well.
 */
static void take_back(const struct thread_slot *slot, uint64_t at_ns,
		      struct report_figures *figures)
{
	static const struct report_figures nothing;
	bool runs = slot->state == THREAD_RUNNING;
	uint64_t *from[] = { runs ? &figures->ready_ns : &figures->running_ns,
			     runs ? &figures->running_ns : &figures->ready_ns };
	uint64_t excess_ns = less(slot->since_ns, at_ns);

	for (size_t i = 0; i < ARRAY_LEN(from); i++) {
		uint64_t part_ns = excess_ns < *from[i] ? excess_ns : *from[i];

		*from[i] -= part_ns;
		excess_ns -= part_ns;
	}
	take_waiting(figures, &nothing, excess_ns);
}

void thread_times_at(const struct thread_slot *slot, uint64_t at_ns, struct report_figures *ret)
{
	uint64_t gap_ns = less(at_ns, slot->since_ns);

	ret->running_ns = slot->running_ns;
	ret->ready_ns = slot->ready_ns;
	ret->waiting_ns = slot->waiting_ns;
	if (slot->state == THREAD_RUNNING)
		ret->running_ns += gap_ns;
	else if (slot->state == THREAD_WAITING || slot->state == THREAD_UNKNOWN)
		ret->waiting_ns += gap_ns;
	else if (slot->state != THREAD_EXITED)
		ret->ready_ns += gap_ns;
}

void thread_values_at(const struct thread_slot *slot, uint32_t set, uint64_t at_ns,
		      int64_t integral, bool ends, struct thread_values *ret)
{
	*ret = (struct thread_values){
		.figures = {
			.running_ns = slot->running_ns,
			.ready_ns = slot->ready_ns,
			.waiting_ns = slot->waiting_ns,
			.voluntary = slot->voluntary,
			.involuntary = slot->involuntary,
			.migrations = slot->migrations,
			.yields = slot->yields,
		},
		.stolen_ns = slot->stolen_ns,
		.criticality = slot->criticality[set],
		.max_ready_ns = slot->max_ready_ns,
		.clamped = slot->clamped,
		.missed_switches = slot->missed_switches,
	};
	for (size_t i = 0; i < WAIT_COUNT; i++)
		ret->figures.waits[i] = (struct report_wait){
			.count = slot->waits[i].count,
			.time_ns = slot->waits[i].time_ns,
			.ready_ns = slot->waits[i].ready_ns,
		};
	for (size_t i = 0; i < WAIT_COUNT; i++)
		ret->waits_ended += slot->waits[i].count;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		ret->run_queue[i] = slot->run_queue[i];
	memcpy(ret->syscalls, slot->syscalls, sizeof(ret->syscalls));
	take_back(slot, at_ns, &ret->figures);
	add_open(slot, at_ns, integral, ends, ret);
}

/* A counter that went backwards is a loss: count it, report 0. */
static void subtract(uint64_t *to, uint64_t from, uint64_t *clamped)
{
	if (*to >= from) {
		*to -= from;
		return;
	}
	*to = 0;
	(*clamped)++;
}

/*
 * A wait that went on at the first look may have been over by then, its thread ready without our
 * knowing: then more than the wait's whole was taken for it, and as much too little for ready.
 */
static uint64_t subtract_blocked(struct report_wait *to, const struct report_wait *from)
{
	uint64_t excess_ns = less(from->time_ns, to->time_ns);

	to->time_ns -= from->time_ns - excess_ns;
	to->ready_ns -= excess_ns < to->ready_ns ? excess_ns : to->ready_ns;
	return excess_ns;
}

static uint64_t take_surplus(uint64_t *figure, uint64_t least, uint64_t wanted)
{
	uint64_t part = *figure - least < wanted ? *figure - least : wanted;

	*figure -= part;
	return wanted - part;
}

/*
 * A thread that moved while it was copied may have waited for most of what was taken back from its
 * running and ready: then they are less than at the first look, by as much as the rest is too long.
 */
static void settle(struct report_figures *to, const struct report_figures *from, uint64_t *clamped)
{
	uint64_t left_ns = 0;

	if (to->running_ns < from->running_ns) {
		left_ns += from->running_ns - to->running_ns;
		to->running_ns = from->running_ns;
	}
	if (to->ready_ns < from->ready_ns) {
		left_ns += from->ready_ns - to->ready_ns;
		to->ready_ns = from->ready_ns;
	}
	left_ns = take_waiting(to, from, left_ns);
	left_ns = take_surplus(&to->ready_ns, from->ready_ns, left_ns);
	*clamped += take_surplus(&to->running_ns, from->running_ns, left_ns) != 0;
}

static void subtract_figures(struct report_figures *to, const struct report_figures *from,
			     uint64_t *clamped)
{
	uint64_t excess_ns = 0;

	settle(to, from, clamped);
	subtract(&to->running_ns, from->running_ns, clamped);
	subtract(&to->ready_ns, from->ready_ns, clamped);
	subtract(&to->voluntary, from->voluntary, clamped);
	subtract(&to->involuntary, from->involuntary, clamped);
	subtract(&to->migrations, from->migrations, clamped);
	subtract(&to->yields, from->yields, clamped);
	for (size_t i = 0; i < WAIT_COUNT; i++) {
		subtract(&to->waits[i].count, from->waits[i].count, clamped);
		subtract(&to->waits[i].ready_ns, from->waits[i].ready_ns, clamped);
		excess_ns += subtract_blocked(&to->waits[i], &from->waits[i]);
	}
	/* Causes sum to the whole, and the thread's life stays what it was. */
	to->waiting_ns += excess_ns;
	subtract(&to->waiting_ns, from->waiting_ns, clamped);
	to->ready_ns -= excess_ns < to->ready_ns ? excess_ns : to->ready_ns;
}

/* What goes below 0 has been taken for its cause already. */
static void take(__u64 *to, __u64 from)
{
	*to -= from < *to ? from : *to;
}

void thread_values_since(const struct thread_values *from, struct thread_values *to)
{
	static const struct thread_values nothing;

	if (!from)
		from = &nothing;
	to->clamped -= from->clamped;
	to->missed_switches -= from->missed_switches;
	subtract_figures(&to->figures, &from->figures, &to->clamped);
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		subtract(&to->run_queue[i], from->run_queue[i], &to->clamped);
	/* Rows stay where they are, so those of the first look are the same. */
	for (size_t i = 0; i < SYSCALL_ROWS; i++) {
		to->syscalls[i].count -= from->syscalls[i].count;
		take(&to->syscalls[i].time_ns, from->syscalls[i].time_ns);
	}
	to->waits_ended -= from->waits_ended;
	to->stolen_ns -= from->stolen_ns;
	to->criticality -= from->criticality;
	/* The hypervisor can't give time: below 0 is only the kernel's coarser clock. */
	to->figures.stolen_ns = to->stolen_ns > 0 ? (uint64_t)to->stolen_ns : 0;
}
