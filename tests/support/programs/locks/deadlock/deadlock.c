// SPDX-License-Identifier: BSD-2-Clause
/*
 * deadlock NAME [MS]: hangs, after so many milliseconds, until it is killed. When it hangs it
 * prints one line of JSON: the members of the cycle, each with what it waits for, who has that, and
 * the function in which it waits.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "deadlock.h"

struct shared *shared;

void member_here(int index, const char *waits_for, const char *lock, const void *address,
		 int held_by)
{
	struct member *me = &shared->members[index];

	me->tid = (pid_t)syscall(SYS_gettid);
	me->pid = getpid();
	me->waits_for = waits_for;
	me->lock = lock;
	me->address = address;
	me->held_by = held_by;
}

void meet(int count)
{
	atomic_fetch_add(&shared->ready, 1);
	while (atomic_load(&shared->ready) < count)
		usleep(1000);
}

void name_thread(const char *name)
{
	pthread_setname_np(pthread_self(), name);
}

__attribute__((noinline)) void take_for_ever(int index, pthread_mutex_t *lock)
{
	shared->members[index].function = __func__;
	atomic_fetch_add(&shared->about, 1);
	pthread_mutex_lock(lock);
	abort();
}

static void print(const char *name, int count)
{
	printf("{\"program\":\"deadlock\",\"name\":\"%s\",\"pid\":%d,\"members\":[", name,
	       getpid());
	for (int i = 0; i < count; i++) {
		const struct member *member = &shared->members[i];

		printf("%s{\"tid\":%d,\"pid\":%d,\"waits_for\":\"%s\",\"address\":%llu,"
		       "\"function\":\"%s\",\"held_by_tid\":%d,\"lock_name\":",
		       i ? "," : "", member->tid, member->pid, member->waits_for,
		       (unsigned long long)(uintptr_t)member->address, member->function,
		       shared->members[member->held_by].tid);
		printf(member->lock ? "\"%s\"}" : "null}", member->lock);
	}
	printf("]}\n");
	fflush(stdout);
}

static const struct {
	const char *name;
	int (*start)(void); /* how many are in the cycle */
} deadlocks[] = {
	{ "two", two },
	{ "three", three },
	{ "self", self },
	{ "rwlock", rwlock },
	{ "pi", pi },
	{ "pi-two", pi_two },
	{ "pi-self", pi_self },
	{ "join", join },
	{ "child", child },
	{ "processes", processes },
	{ "pi-processes", pi_processes },
	{ "any-child", any_child },
	{ "container", container },
	{ "any-container", any_container },
};

int main(int argc, char **argv)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	for (size_t i = 0; argc > 1 && i < sizeof(deadlocks) / sizeof(deadlocks[0]); i++) {
		int count;

		if (strcmp(argv[1], deadlocks[i].name))
			continue;
		usleep(argc > 2 ? 1000 * (useconds_t)atoi(argv[2]) : 0);
		count = deadlocks[i].start();
		while (atomic_load(&shared->about) < count)
			usleep(1000);
		usleep(100000);
		print(argv[1], count);
		for (;;)
			pause();
	}
	fprintf(stderr, "usage: deadlock NAME [MS]\n");
	return 2;
}
