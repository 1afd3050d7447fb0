// SPDX-License-Identifier: BSD-2-Clause
/* The kinds of lock, one behind the other's face, and the memory that two processes share. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "contend.h"

#define SHARED_SIZE    8192
#define INDEX_OFFSET   0x400
#define SESSION_OFFSET 0x1800
#define TIMEOUT_NS     2000000

static int shared_fd = -1;

static bool mutex_attributes(pthread_mutexattr_t *attributes)
{
	const char *kind = contend.kind;

	pthread_mutexattr_init(attributes);
	if (!strcmp(kind, "normal"))
		return true;
	if (!strcmp(kind, "recursive"))
		return !pthread_mutexattr_settype(attributes, PTHREAD_MUTEX_RECURSIVE);
	if (!strcmp(kind, "errorcheck"))
		return !pthread_mutexattr_settype(attributes, PTHREAD_MUTEX_ERRORCHECK);
	if (!strcmp(kind, "pi"))
		return !pthread_mutexattr_setprotocol(attributes, PTHREAD_PRIO_INHERIT);
	if (!strcmp(kind, "robust"))
		return !pthread_mutexattr_setrobust(attributes, PTHREAD_MUTEX_ROBUST);
#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
	if (!strcmp(kind, "adaptive"))
		return !pthread_mutexattr_settype(attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
#endif
	return false;
}

static bool rwlock_init(pthread_rwlock_t *lock)
{
	pthread_rwlockattr_t attributes;

	contend.family = FAMILY_RWLOCK;
	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setpshared(&attributes, contend.procs);
	return !pthread_rwlock_init(lock, &attributes);
}

bool lock_init(union any_lock *lock)
{
	pthread_mutexattr_t attributes;

	if (!strcmp(contend.kind, "rwlock"))
		return rwlock_init(&lock->rwlock);
	if (!strcmp(contend.kind, "semaphore")) {
		contend.family = FAMILY_SEMAPHORE;
		return !sem_init(&lock->semaphore, contend.procs, 1);
	}
	contend.family = FAMILY_MUTEX;
	if (!mutex_attributes(&attributes))
		return false;
	pthread_mutexattr_setpshared(&attributes, contend.procs ? PTHREAD_PROCESS_SHARED
								: PTHREAD_PROCESS_PRIVATE);
	return !pthread_mutex_init(&lock->mutex, &attributes);
}

size_t lock_size(void)
{
	static const size_t sizes[] = {
		[FAMILY_MUTEX] = sizeof(pthread_mutex_t),
		[FAMILY_RWLOCK] = sizeof(pthread_rwlock_t),
		[FAMILY_SEMAPHORE] = sizeof(sem_t),
	};

	return sizes[contend.family];
}

bool lock_try(union any_lock *lock, bool write)
{
	if (contend.family == FAMILY_MUTEX)
		return !pthread_mutex_trylock(&lock->mutex);
	if (contend.family == FAMILY_SEMAPHORE)
		return !sem_trywait(&lock->semaphore);
	return write ? !pthread_rwlock_trywrlock(&lock->rwlock)
		     : !pthread_rwlock_tryrdlock(&lock->rwlock);
}

void lock_release(union any_lock *lock)
{
	if (contend.family == FAMILY_MUTEX)
		pthread_mutex_unlock(&lock->mutex);
	else if (contend.family == FAMILY_SEMAPHORE)
		sem_post(&lock->semaphore);
	else
		pthread_rwlock_unlock(&lock->rwlock);
}

struct timespec lock_deadline(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_nsec += TIMEOUT_NS;
	if (time.tv_nsec >= 1000000000) {
		time.tv_nsec -= 1000000000;
		time.tv_sec++;
	}
	return time;
}

static void map_shared(void)
{
	char *memory = mmap(NULL, SHARED_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0);

	if (memory == MAP_FAILED) {
		perror("contend: mmap");
		exit(1);
	}
	contend.index = (union any_lock *)(memory + INDEX_OFFSET);
	contend.session = (union any_lock *)(memory + SESSION_OFFSET);
}

void shared_locks_make(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/shm/partrace-contend-%d", getpid());
	shared_fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (shared_fd < 0 || ftruncate(shared_fd, SHARED_SIZE) < 0) {
		perror(path);
		exit(1);
	}
	unlink(path);
	map_shared();
}

/* The first mapping is there still, so that the second is elsewhere. */
void shared_locks_map_again(void)
{
	char *before = (char *)contend.index - INDEX_OFFSET;

	map_shared();
	munmap(before, SHARED_SIZE);
	truth_lock_at(contend.index_truth, contend.index);
	truth_lock_at(contend.session_truth, contend.session);
}
