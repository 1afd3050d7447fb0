// SPDX-License-Identifier: BSD-2-Clause
/* Threads that share their name are told apart by what they were started for: asks for stacks of
 * those that wait all the time, so that no sample and no lock has shown one. */
#include <string.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/watcher_parts.h"

/* By hash: two names at one place mean that a stack is taken for nothing. */
#define NAME_PLACES 4096u
/*
 * More would keep the names of code and locks waiting, and a report's end: of a Python program each
 * takes half a millisecond, the first of 10,000 threads some hundreds (the list is walked).
 */
#define ASK_MAX 64u

static uint32_t place_of(const struct thread_slot *slot)
{
	uint32_t hash = slot->pid;

	for (size_t i = 0; i < COMM_LEN && slot->comm[i]; i++)
		hash = (hash ^ (uint8_t)slot->comm[i]) * 16777619u;
	return (hash ^ hash >> 16) % NAME_PLACES;
}

static bool is_wanted(struct watcher *watcher, const struct thread_slot *slot)
{
	bool wanted = false;

	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (watcher_is_in(&watcher->sessions[i], slot->sets))
			wanted |= session_wants_start(watcher->sessions[i].session, slot->index,
						      slot->generation);
	return wanted;
}

static bool is_live(const struct thread_slot *slot)
{
	return slot && slot->life == SLOT_LIVE && slot->sets;
}

typedef bool (*thread_fn)(struct lockbook *book, uint32_t index);

/* Calls `fn` (or none) for those that wait since then or later; returns how many there are. */
static uint32_t for_each_wanted(struct watcher *watcher, uint64_t since_ns, thread_fn fn)
{
	uint32_t used = probe_slots_used(watcher->probe), count = 0;
	uint8_t names[NAME_PLACES] = { 0 };

	for (uint32_t i = 0; i < used; i++) {
		const struct thread_slot *slot = probe_slot(watcher->probe, i);

		if (is_live(slot) && names[place_of(slot)] < 2)
			names[place_of(slot)]++;
	}
	for (uint32_t i = 0; i < used && i < STACK_BUFFERS && count < ASK_MAX; i++) {
		const struct thread_slot *slot = probe_slot(watcher->probe, i);

		if (!is_live(slot) || slot->state != THREAD_WAITING || slot->since_ns < since_ns ||
		    names[place_of(slot)] < 2 || !is_wanted(watcher, slot))
			continue;
		if (fn)
			fn(watcher->lockbook, i);
		count++;
	}
	return count;
}

void watcher_ask_starts(struct watcher *watcher)
{
	for_each_wanted(watcher, 0, lockbook_ask_thread);
}

void watcher_ask_starts_again(struct watcher *watcher)
{
	uint64_t since_ns = probe_now(watcher->probe) - NSEC_PER_SEC;
	uint32_t count = for_each_wanted(watcher, since_ns, NULL);

	/* A crowd would keep the worker busy for long, and its numbers tell it apart as well. */
	if (!count || count >= ASK_MAX)
		return;
	probe_look(watcher->probe);
	for_each_wanted(watcher, since_ns, lockbook_ask_thread);
}
