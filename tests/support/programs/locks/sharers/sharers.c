// SPDX-License-Identifier: BSD-2-Clause
/*
 * sharers COUNT: two processes wait for the same COUNT mutexes in memory that they share, all at
 * once and until they are killed; the first one's main thread has them all. When all wait, it
 * prints one line of JSON.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define COUNT_MAX 64

static struct shared {
	pthread_mutex_t locks[COUNT_MAX];
	atomic_int about;
} * shared;

static void *wait_for_lock(void *lock)
{
	atomic_fetch_add(&shared->about, 1);
	pthread_mutex_lock(lock);
	abort();
}

static void start_waiters(int count)
{
	pthread_t thread;

	for (int i = 0; i < count; i++)
		if (pthread_create(&thread, NULL, wait_for_lock, &shared->locks[i]))
			exit(1);
}

static void take_locks(int count)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	for (int i = 0; i < count; i++) {
		pthread_mutex_init(&shared->locks[i], &attributes);
		pthread_mutex_lock(&shared->locks[i]);
	}
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 0;
	pid_t child;

	if (count < 1 || count > COUNT_MAX)
		return 2;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	take_locks(count);
	child = fork();
	if (child == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	start_waiters(count);
	while (child && atomic_load(&shared->about) < 2 * count)
		usleep(1000);
	usleep(100000);
	if (child)
		printf("{\"program\":\"sharers\",\"locks\":%d}\n", count);
	fflush(stdout);
	for (;;)
		pause();
}
