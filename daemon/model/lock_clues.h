/* SPDX-License-Identifier: BSD-2-Clause */
/* What a wait looks like, in the terms of the rules (lock_rules.c): by its value and its waiters.
 */
#ifndef PARTRACE_MODEL_LOCK_CLUES_H
#define PARTRACE_MODEL_LOCK_CLUES_H

#include <stdbool.h>

#include "daemon/model/lock_kind.h"

/* The value that is expected. */
bool clues_are_two(const struct lock_clues *clues);
bool clues_are_always_two(const struct lock_clues *clues);
bool clues_are_zero(const struct lock_clues *clues);
/* By a call of libc's own: syscall() waits for whoever calls it. */
bool clues_are_two_in_glibc(const struct lock_clues *clues);
/* That, and who let go was the one whose TID stood where glibc's mutexes have their owner's. */
bool clues_name_owner(const struct lock_clues *clues);
bool clues_are_musl_plain(const struct lock_clues *clues);
/* libgomp's mutex with waiters in it, and its semaphore with none left. */
bool clues_are_gomp_mutex(const struct lock_clues *clues);
bool clues_are_gomp_semaphore(const struct lock_clues *clues);
bool clues_have_mutex_value(const struct lock_clues *clues);
bool clues_have_rwlock_value(const struct lock_clues *clues);
bool clues_name_thread(const struct lock_clues *clues);
/* As musl's joins wait, one waiter each, until a thread that ends says so itself. */
bool clues_are_musl_join(const struct lock_clues *clues);
/* That, and the functions that wait: back from a condition variable, for its mutex. */
bool clues_take_mutex_back(const struct lock_clues *clues);
/* The functions that wait are musl's, as far as their names or files tell. */
bool clues_are_of_musl(const struct lock_clues *clues);
/* That, and who waits and wakes. */
bool clues_are_rust_like(const struct lock_clues *clues);
/* As a lock with a value for being held: all wait with it, and pass it on. Barriers and turns are
 * waited for with a value of each round, what is empty with zero. */
bool clues_are_held_value(const struct lock_clues *clues);
bool clues_are_rust_parked(const struct lock_clues *clues);
/* As musl's semaphores and rwlocks are waited for, the latter while a writer has them. */
bool clues_are_musl_waited(const struct lock_clues *clues);
bool clues_are_musl_written(const struct lock_clues *clues);
bool clues_are_not_passed_on(const struct lock_clues *clues);
/* In Python's threading.Semaphore: the waiter's word is its own, and not the semaphore. */
bool clues_are_in_python_semaphore(const struct lock_clues *clues);
/* That, by `with`: then the same function gives it back. */
bool clues_are_in_with_of_semaphore(const struct lock_clues *clues);
/* The Python function that takes it; NULL: it waits for no such semaphore. */
const char *clues_semaphore_user(const struct lock_clues *clues);
/* Ruby's threads, by the functions of its own that lead there: for the GVL, for a Mutex. */
bool clues_take_ruby_gvl(const struct lock_clues *clues);
bool clues_take_ruby_mutex(const struct lock_clues *clues);
bool clues_have_one_waiter(const struct lock_clues *clues);

#endif
