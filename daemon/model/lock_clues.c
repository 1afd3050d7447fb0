// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/lock_clues.h"

#include <linux/futex.h>
#include <string.h>

#include "daemon/model/lock_rules.h"

#define GLIBC_LOCKED  2u          /* lock word with waiters; also Rust's and Go's */
#define PRIORITY_LOW  0x7ffffu    /* a ceiling mutex has its ceiling above */
#define MUSL_PLAIN    0x80000010u /* EBUSY, with waiters */
#define MUSL_WAITERS  0x80000000u
#define MUSL_WRITTEN  UINT32_MAX  /* a rwlock with a writer in it and waiters; old semaphores */
#define GOMP_WAITED   UINT32_MAX  /* -1 in libgomp's mutex: held, with waiters */
#define GOMP_NONE     0x80000000u /* in its semaphore: nothing left, with waiters */
#define MUSL_JOINABLE 2u          /* a thread's state, until it ends */

bool clues_are_two(const struct lock_clues *clues)
{
	return clues->value == GLIBC_LOCKED;
}

bool clues_are_always_two(const struct lock_clues *clues)
{
	return clues_are_two(clues) && !clues->values_vary;
}

bool clues_are_zero(const struct lock_clues *clues)
{
	return !clues->value;
}

/* As a mutex is waited for: with waiters noted, in whichever way its kind does that. */
bool clues_have_mutex_value(const struct lock_clues *clues)
{
	return (clues->value & PRIORITY_LOW) == GLIBC_LOCKED || clues->value & FUTEX_WAITERS;
}

bool clues_name_owner(const struct lock_clues *clues)
{
	return clues->releasers_were_owners && clues_have_mutex_value(clues);
}

bool clues_are_two_in_glibc(const struct lock_clues *clues)
{
	const char *module = clues->modules && clues->function_count ? clues->modules[0] : NULL;
	const char *name = clues->functions && clues->function_count ? clues->functions[0] : NULL;

	return clues_are_two(clues) && module && !(name && !strcmp(name, "syscall")) &&
	       (strstr(module, "/libc.so.6") || strstr(module, "/libc-2.") ||
		strstr(module, "/libpthread"));
}

bool clues_are_gomp_mutex(const struct lock_clues *clues)
{
	return clues->value == GOMP_WAITED;
}

bool clues_are_gomp_semaphore(const struct lock_clues *clues)
{
	return clues->value == GOMP_NONE;
}

bool clues_are_musl_plain(const struct lock_clues *clues)
{
	return clues->value == MUSL_PLAIN;
}

bool clues_are_of_musl(const struct lock_clues *clues)
{
	for (size_t i = 0; i < clues->function_count && i < WAIT_DEPTH; i++) {
		const char *name = clues->functions ? clues->functions[i] : NULL;
		const char *module = clues->modules ? clues->modules[i] : NULL;

		if ((name && (!strncmp(name, "__timedwait", 11) || !strcmp(name, "__wait"))) ||
		    (module && strstr(module, "musl")))
			return true;
	}
	return false;
}

/* glibc takes the mutex back inside pthread_cond_wait; musl waits with that value for a signal. */
bool clues_take_mutex_back(const struct lock_clues *clues)
{
	return clues_are_two(clues) && !clues_are_of_musl(clues);
}

/* glibc's clear_child_tid word; the kernel wakes it for everybody: it is waited for as shared. */
bool clues_name_thread(const struct lock_clues *clues)
{
	return clues->value_is_thread && !clues->is_private;
}

bool clues_are_musl_join(const struct lock_clues *clues)
{
	return clues->value == MUSL_JOINABLE && clues->is_private && clues->waiters <= 1 &&
	       clues->wakers_have_ended && !clues->wakers_are_waiters && !clues->wakers_woke_again;
}

bool clues_are_musl_waited(const struct lock_clues *clues)
{
	return clues->value == MUSL_WAITERS || clues->value == MUSL_WRITTEN;
}

bool clues_are_musl_written(const struct lock_clues *clues)
{
	return clues->value == MUSL_WRITTEN;
}

/* A rwlock's waiters set bits in the word first, in any of its three words one of these. */
bool clues_have_rwlock_value(const struct lock_clues *clues)
{
	return clues->value & 0x6;
}

static bool is_passed_on(const struct lock_clues *clues)
{
	return clues->wakers_are_waiters && clues->waiters > 1;
}

bool clues_are_rust_like(const struct lock_clues *clues)
{
	return clues_are_always_two(clues) && clues->is_private && is_passed_on(clues);
}

bool clues_are_held_value(const struct lock_clues *clues)
{
	return clues->value && !clues->values_vary && is_passed_on(clues);
}

bool clues_are_rust_parked(const struct lock_clues *clues)
{
	return clues->value == UINT32_MAX && clues->is_private && clues->waiters <= 1;
}

bool clues_are_not_passed_on(const struct lock_clues *clues)
{
	return !is_passed_on(clues);
}

bool clues_have_one_waiter(const struct lock_clues *clues)
{
	return clues->waiters <= 1;
}

static bool is_of_threading(const char *module)
{
	size_t length = module ? strlen(module) : 0;

	return length >= 12 && !strcmp(module + length - 12, "threading.py");
}

/* The frame of Semaphore.acquire: it waits in a Condition, and no other `acquire` there does. */
static size_t semaphore_frame(const struct lock_clues *clues)
{
	for (size_t i = 1; clues->functions && clues->modules && i < clues->function_count; i++) {
		const char *inner = clues->functions[i - 1], *name = clues->functions[i];

		if (inner && name && is_of_threading(clues->modules[i - 1]) &&
		    is_of_threading(clues->modules[i]) && !strcmp(inner, "wait") &&
		    !strcmp(name, "acquire"))
			return i;
	}
	return 0;
}

bool clues_are_in_python_semaphore(const struct lock_clues *clues)
{
	return semaphore_frame(clues) > 0;
}

static bool is_python(const char *module)
{
	size_t length = module ? strlen(module) : 0;

	return length > 3 && !strcmp(module + length - 3, ".py");
}

/*
 * CPython 3.11 to 3.13 call __enter__, which is the same function, from C, and a function that is
 * called by name within the interpreter: where `wait` is called so from `acquire`, what stands
 * between `acquire` and its caller tells.
 */
bool clues_are_in_with_of_semaphore(const struct lock_clues *clues)
{
	size_t frame = semaphore_frame(clues);

	return frame && frame + 1 < clues->function_count && clues->modules[frame + 1] &&
	       !is_python(clues->modules[frame + 1]);
}

const char *clues_semaphore_user(const struct lock_clues *clues)
{
	size_t frame = semaphore_frame(clues);

	for (size_t i = frame + 1; frame && i < clues->function_count; i++)
		if (clues->functions[i] && is_python(clues->modules[i]))
			return clues->functions[i];
	return frame ? clues->functions[frame] : NULL;
}
