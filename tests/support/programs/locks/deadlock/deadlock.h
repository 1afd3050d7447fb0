/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARTRACE_TESTS_DEADLOCK_H
#define PARTRACE_TESTS_DEADLOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

/* One member: it has taken its own lock and waits for what the next one has. */
struct member {
	pid_t tid, pid;
	const char *waits_for; /* lock, join, child */
	const char *lock;      /* NULL for join and child */
	const void *address;
	const char *function;
	int held_by; /* index of the member that has it */
};

/* Seen by both processes, where there are two. */
extern struct shared {
	struct member members[4];
	atomic_int ready, about;
	pthread_mutex_t parent_lock, child_lock;
} * shared;

/* Says who the caller is, and for whom it will wait. */
void member_here(int index, const char *waits_for, const char *lock, const void *address,
		 int held_by);
/* All have their first lock before anybody asks for a second. */
void meet(int count);
void name_thread(const char *name);
/* The last step of each; noinline, and not the last thing that its caller does. */
void take_for_ever(int index, pthread_mutex_t *lock);

/* Each starts a deadlock; how many are in the cycle. */
int two(void);
int three(void);
int self(void);
int rwlock(void);
int pi(void);
int pi_two(void);
int pi_self(void);
int join(void);
int processes(void);
int pi_processes(void);
int child(void);
int any_child(void);
int container(void);
int any_container(void);

#endif
