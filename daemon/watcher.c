// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/watcher_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/owned.h"
#include "daemon/host.h"
#include "daemon/probe/copy.h"
#include "daemon/procfs.h"
#include "daemon/targets.h"

/* ---- looking at shared memory ---- */

bool watcher_is_in(const struct watched *watched, uint32_t sets)
{
	return watched->session && (sets >> session_set(watched->session) & 1);
}

/* Gives a dead thread's last figures to the sessions that watch it, and its slot back. */
static void collect(struct watcher *watcher, uint32_t index)
{
	struct thread_slot *shared = probe_slot(watcher->probe, index);
	struct thread_slot slot;

	if (!shared || shared->life != SLOT_DEAD)
		return;
	slot_copy(shared, &slot);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (watcher_is_in(&watcher->sessions[i], slot.sets) && !watcher->sessions[i].frozen)
			session_exit(watcher->sessions[i].session, index, &slot);
	probe_slot_free(watcher->probe, index);
}

/* It is another program now: its locks, its memory and its name are. */
static void note_exec(struct watcher *watcher, const struct thread_slot *slot, uint32_t pid)
{
	lockbook_forget(watcher->lockbook, (pid_t)pid);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (watcher_is_in(&watcher->sessions[i], slot->sets))
			session_forget_memory(watcher->sessions[i].session, pid,
					      slot->process_ktime_ns);
	watcher_note_process(watcher, slot->sets, (pid_t)pid, slot->process_ktime_ns, false);
}

static void on_event(const struct event *event, void *context)
{
	struct watcher *watcher = context;
	struct thread_slot *slot;

	if (event->kind == EVENT_JOIN) {
		watcher_note_join(watcher, event);
		return;
	}
	watcher->wakes_wanted |= event->kind == EVENT_LOCK;
	watcher->shared_wanted |= event->kind == EVENT_SHARED_LOCK;
	if (event->kind == EVENT_LOCK || event->kind == EVENT_SHARED_LOCK)
		return;
	slot = probe_slot(watcher->probe, event->slot);
	if (!slot || slot->generation != event->generation)
		return;
	if (event->kind == EVENT_EXIT)
		collect(watcher, event->slot);
	else if (event->kind == EVENT_EXEC)
		note_exec(watcher, slot, event->pid);
}

static void on_stack(const struct stack_head *head, const uint8_t *memory, void *context)
{
	struct watcher *watcher = context;

	if (head->role == STACK_SAMPLE)
		lockbook_sample(watcher->lockbook, head, memory);
	else
		lockbook_stack(watcher->lockbook, head, memory);
}

/* What the ring buffer could not announce is found by looking. */
static void collect_all(struct watcher *watcher)
{
	uint32_t used = probe_slots_used(watcher->probe);

	for (uint32_t i = 0; i < used; i++)
		collect(watcher, i);
}

/* ---- locks ---- */

void watcher_follow_locks(struct watcher *watcher, unsigned int ticks)
{
	watcher->wakes_wanted = false;
	if (watcher->quiet_ticks < ticks)
		watcher->quiet_ticks = ticks;
	probe_watch_wakes(watcher->probe, true);
}

static void follow_if_wanted(struct watcher *watcher)
{
	if (watcher->wakes_wanted)
		watcher_follow_locks(watcher, QUIET_TICKS);
	if (!watcher->shared_wanted)
		return;
	watcher->shared_wanted = false;
	lockbook_look(watcher->lockbook);
}

static void give_stack(const struct book_stack *stack, void *context)
{
	struct watcher *watcher = context;

	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (watcher_is_in(&watcher->sessions[i], stack->sets) &&
		    watcher_takes_names(watcher, &watcher->sessions[i]))
			lock_window_stack(session_locks(watcher->sessions[i].session), stack->lock,
					  stack->role, stack->waits, stack->wait_ns, stack->frames,
					  stack->frames_count, stack->whole);
}

/* ---- code ---- */

static void give_code(const struct book_code *code, void *context)
{
	struct watcher *watcher = context;
	struct code_sample sample = code->sample;

	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct watched *watched = &watcher->sessions[i];

		if (!watcher_is_in(watched, code->sets) || !watcher_takes_names(watcher, watched))
			continue;
		sample.running = code->running[session_set(watched->session)];
		code_window_add(session_code(watched->session), &sample);
	}
}

static void give_start(const struct book_start *start, void *context)
{
	struct watcher *watcher = context;

	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (watcher_is_in(&watcher->sessions[i], start->sets))
			session_note_start(watcher->sessions[i].session, start->slot,
					   start->generation, start->function);
}

/* Only while somebody watches; what does not work is said in the reports. */
void watcher_sample_code(struct watcher *watcher)
{
	bool wanted = false;

	for (size_t i = 0; i < SESSIONS_MAX; i++)
		wanted |= watcher->sessions[i].session != NULL;
	if (wanted)
		watcher->sample_error = probe_sample_start(watcher->probe);
	else
		probe_sample_stop(watcher->probe);
}

void watcher_take_names(struct watcher *watcher)
{
	lockbook_drain(watcher->lockbook, give_stack, watcher);
}

void watcher_drain(struct watcher *watcher)
{
	probe_drain(watcher->probe);
	follow_if_wanted(watcher);
	watcher_mark_joins(watcher);
}

void watcher_catch_up(struct watcher *watcher)
{
	watcher_drain(watcher);
	collect_all(watcher);
}

/* ---- the watcher ---- */

int watcher_open(const struct watcher_settings *settings, struct watcher **ret, char *why,
		 size_t why_size)
{
	struct probe_options options = { .max_threads = settings->max_threads };
	struct watcher *watcher = calloc(1, sizeof(*watcher));
	int r;

	if (!watcher)
		return -ENOMEM;
	r = probe_open(&options, &watcher->probe, why, why_size);
	if (!r)
		r = lockbook_new(watcher->probe, &watcher->lockbook);
	if (!r)
		r = deadlocks_new(watcher->probe, watcher->lockbook, &watcher->deadlocks);
	if (r < 0) {
		lockbook_free(watcher->lockbook);
		probe_close(watcher->probe);
		free(watcher);
		return r;
	}
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		watcher->sessions[i].client = -1;
	probe_on_event(watcher->probe, on_event, watcher);
	probe_on_stack(watcher->probe, on_stack);
	lockbook_on_code(watcher->lockbook, give_code, watcher);
	lockbook_on_start(watcher->lockbook, give_start, watcher);
	host_read(&watcher->host);
	*ret = watcher;
	return 0;
}

void watcher_close(struct watcher *watcher)
{
	if (!watcher)
		return;
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		watcher_thaw(&watcher->sessions[i]);
		session_free(watcher->sessions[i].session);
		free(watcher->sessions[i].key);
		if (watcher->sessions[i].client >= 0)
			close(watcher->sessions[i].client);
	}
	deadlocks_free(watcher->deadlocks);
	lockbook_free(watcher->lockbook);
	probe_close(watcher->probe);
	free(watcher);
}

int watcher_fd(const struct watcher *watcher)
{
	return probe_fd(watcher->probe);
}

int watcher_stacks_fd(const struct watcher *watcher)
{
	return probe_stacks_fd(watcher->probe);
}

int watcher_names_fd(const struct watcher *watcher)
{
	return lockbook_fd(watcher->lockbook);
}

struct turns *watcher_turns(struct watcher *watcher)
{
	return &watcher->turns;
}

const struct report_host *watcher_host(const struct watcher *watcher)
{
	return &watcher->host;
}
