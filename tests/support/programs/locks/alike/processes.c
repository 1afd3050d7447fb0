// SPDX-License-Identifier: BSD-2-Clause
/* Look-alikes between processes. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alike.h"

/* Forked by the first thread, which stays: a child that dies with its parent. */
static pid_t fork_child(const char *name)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		signal(SIGTERM, SIG_DFL);
	}
	return pid;
}

static void visit(unsigned int hold_ms)
{
	for (;;) {
		if (pthread_mutex_lock(&alike_shared->lock) == EOWNERDEAD)
			pthread_mutex_consistent(&alike_shared->lock);
		alike_sleep_ms(hold_ms);
		alike_step();
		pthread_mutex_unlock(&alike_shared->lock);
		alike_sleep_ms(5);
	}
}

static void *visiting(void *hold_ms)
{
	visit((unsigned int)(long)hold_ms);
	return NULL;
}

static void between_processes(void)
{
	alike_shared_mutex(&alike_shared->lock, 0);
	if (fork_child("peer") == 0)
		visit(250);
	alike_thread("visitor", visiting, (void *)250L);
}

/* Its holder is stopped, and will go on when somebody says so. */
static void stopped_holder(void)
{
	alike_shared_mutex(&alike_shared->lock, 0);
	if (fork_child("stopped") == 0) {
		pthread_mutex_lock(&alike_shared->lock);
		kill(getpid(), SIGSTOP);
		visit(100);
	}
	alike_sleep_ms(100);
	alike_thread("visitor-0", visiting, (void *)1L);
	alike_thread("visitor-1", visiting, (void *)1L);
}

/* Children that die with the lock, one after the other; who waits gets it with EOWNERDEAD. */
static void *mortals(void *nothing)
{
	for (;;) {
		pid_t pid = fork_child("mortal");

		if (pid == 0) {
			if (pthread_mutex_lock(&alike_shared->lock) == EOWNERDEAD)
				pthread_mutex_consistent(&alike_shared->lock);
			alike_sleep_ms(300);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	return nothing;
}

static void owner_died(void)
{
	alike_shared_mutex(&alike_shared->lock, 1);
	alike_thread("parent", mortals, NULL);
	alike_thread("visitor", visiting, (void *)20L);
}

/* It has a lock while it waits for a child that wants none. */
static void *parent(void *nothing)
{
	for (;;) {
		pid_t pid;

		pthread_mutex_lock(&alike_shared->lock);
		pid = fork_child("slow");
		if (pid == 0) {
			alike_sleep_ms(700);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		pthread_mutex_unlock(&alike_shared->lock);
		alike_step();
		alike_sleep_ms(5);
	}
	return nothing;
}

static void slow_child(void)
{
	alike_shared_mutex(&alike_shared->lock, 0);
	alike_thread("parent", parent, NULL);
	alike_thread("visitor", visiting, (void *)1L);
}

static int talk[2];

static void *talker(void *nothing)
{
	for (;;) {
		alike_sleep_ms(800);
		if (write(talk[1], "x", 1) != 1)
			abort();
	}
	return nothing;
}

/* The child waits for its parent, the parent for its child; but another of its threads talks. */
static void *asking_parent(void *nothing)
{
	for (;;) {
		pid_t pid = fork_child("asking");
		char byte;

		if (pid == 0)
			_exit(read(talk[0], &byte, 1) != 1);
		waitpid(pid, NULL, 0);
		alike_step();
	}
	return nothing;
}

static void asking_child(void)
{
	if (pipe(talk) < 0)
		abort();
	alike_thread("parent", asking_parent, NULL);
	alike_thread("talker", talker, NULL);
}

/* The first process of a PID namespace: whatever it takes, TID 1 has it. */
static void *container(void *hold_ms)
{
	if (unshare(CLONE_NEWPID) < 0)
		abort();
	if (fork_child("first") == 0)
		visit((unsigned int)(long)hold_ms);
	pause();
	return NULL;
}

/* One holds for long, the other waits: both are called 1 by themselves. */
static void two_containers(void)
{
	alike_shared_mutex(&alike_shared->lock, 0);
	alike_thread("container", container, (void *)60000L);
	alike_sleep_ms(100);
	alike_thread("container", container, (void *)1L);
}

const struct alike process_alikes[] = {
	{ "between-processes", between_processes },
	{ "stopped-holder", stopped_holder },
	{ "owner-died", owner_died },
	{ "slow-child", slow_child },
	{ "asking-child", asking_child },
	{ "two-containers", two_containers },
};
const size_t process_alikes_count = sizeof(process_alikes) / sizeof(process_alikes[0]);
