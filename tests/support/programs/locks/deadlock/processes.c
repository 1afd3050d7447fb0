// SPDX-License-Identifier: BSD-2-Clause
/* Deadlocks of two processes: they share locks, and one of them may wait for the end of the other.
 */
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deadlock.h"

/* -1: any child. */
__attribute__((noinline)) static void wait_for_ever(int index, pid_t pid)
{
	shared->members[index].function = __func__;
	atomic_fetch_add(&shared->about, 1);
	waitpid(pid, NULL, 0);
	abort();
}

static void make_shared_mutex(pthread_mutex_t *lock, int protocol)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setprotocol(&attributes, protocol);
	pthread_mutex_init(lock, &attributes);
}

static void make_shared_locks(int protocol)
{
	make_shared_mutex(&shared->parent_lock, protocol);
	make_shared_mutex(&shared->child_lock, protocol);
}

static pid_t fork_member(void)
{
	pid_t pid = fork();

	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static void *parents_member(void *nothing)
{
	name_thread("member-0");
	pthread_mutex_lock(&shared->parent_lock);
	member_here(0, "lock", NULL, &shared->child_lock, 1);
	meet(2);
	take_for_ever(0, &shared->child_lock);
	return nothing;
}

static int two_processes(int protocol)
{
	pthread_t thread;

	make_shared_locks(protocol);
	if (fork_member() == 0) {
		prctl(PR_SET_NAME, "member-1");
		pthread_mutex_lock(&shared->child_lock);
		member_here(1, "lock", NULL, &shared->parent_lock, 0);
		meet(2);
		take_for_ever(1, &shared->parent_lock);
	}
	if (pthread_create(&thread, NULL, parents_member, NULL))
		exit(1);
	return 2;
}

int processes(void)
{
	return two_processes(PTHREAD_PRIO_NONE);
}

int pi_processes(void)
{
	return two_processes(PTHREAD_PRIO_INHERIT);
}

/* Where the child lives, and how it is waited for. */
struct birth {
	bool in_container; /* the first of a PID namespace */
	bool is_any;
};

static void *reaper(void *argument)
{
	const struct birth *birth = argument;
	pid_t pid;

	name_thread("member-0");
	pthread_mutex_lock(&shared->parent_lock);
	if (birth->in_container && unshare(CLONE_NEWPID) < 0)
		exit(1);
	pid = fork_member();
	if (pid == 0) {
		prctl(PR_SET_NAME, "member-1");
		member_here(1, "lock", NULL, &shared->parent_lock, 0);
		meet(2);
		take_for_ever(1, &shared->parent_lock);
	}
	member_here(0, "child", NULL, NULL, 1);
	meet(2);
	/* As it is numbered here. */
	shared->members[1].tid = shared->members[1].pid = pid;
	wait_for_ever(0, birth->is_any ? -1 : pid);
	return NULL;
}

static int reap(struct birth *birth)
{
	pthread_t thread;

	make_shared_locks(PTHREAD_PRIO_NONE);
	if (pthread_create(&thread, NULL, reaper, birth))
		exit(1);
	return 2;
}

int child(void)
{
	static struct birth birth;

	return reap(&birth);
}

int any_child(void)
{
	static struct birth birth = { .is_any = true };

	return reap(&birth);
}

int container(void)
{
	static struct birth birth = { .in_container = true };

	return reap(&birth);
}

int any_container(void)
{
	static struct birth birth = { .in_container = true, .is_any = true };

	return reap(&birth);
}
