// SPDX-License-Identifier: BSD-2-Clause
/*
 * many_waiters: 16 mutexes with three threads each, that take turns in a millisecond, and beside
 * them one thread that waits once, most of a second, for a condition; also readers and writers of a
 * rwlock that prefers writers, in a structure: readers queue behind a writer that waits itself.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define MUTEXES   16
#define READERS   3
#define TURN_NS   1000000
#define RUN_NS    700000000
#define READ_NS   3000000
#define PER_MUTEX 3

static pthread_mutex_t mutexes[MUTEXES];
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t over = PTHREAD_COND_INITIALIZER;
static atomic_bool is_over;
static struct {
	long before[3];
	pthread_rwlock_t lock;
} book = { .lock = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP };

static void rest(long ns)
{
	nanosleep(&(struct timespec){ .tv_nsec = ns }, NULL);
}

static void *take_turns(void *mutex)
{
	while (!is_over) {
		pthread_mutex_lock(mutex);
		rest(TURN_NS);
		pthread_mutex_unlock(mutex);
		rest(TURN_NS / 4);
	}
	return NULL;
}

static void *read_book(void *unused)
{
	(void)unused;
	while (!is_over) {
		pthread_rwlock_rdlock(&book.lock);
		rest(READ_NS);
		pthread_rwlock_unlock(&book.lock);
	}
	return NULL;
}

static void *write_book(void *unused)
{
	(void)unused;
	while (!is_over) {
		pthread_rwlock_wrlock(&book.lock);
		rest(TURN_NS);
		pthread_rwlock_unlock(&book.lock);
		rest(TURN_NS);
	}
	return NULL;
}

__attribute__((noinline)) static void wait_to_the_end(void)
{
	pthread_mutex_lock(&guard);
	while (!is_over)
		pthread_cond_wait(&over, &guard);
	pthread_mutex_unlock(&guard);
}

static void *wait_long(void *unused)
{
	(void)unused;
	wait_to_the_end();
	return NULL;
}

int main(void)
{
	pthread_t threads[MUTEXES * PER_MUTEX + READERS + 3];
	size_t count = 0;

	pthread_create(&threads[count++], NULL, wait_long, NULL);
	for (size_t i = 0; i < READERS; i++)
		pthread_create(&threads[count++], NULL, read_book, NULL);
	for (size_t i = 0; i < 2; i++)
		pthread_create(&threads[count++], NULL, write_book, NULL);
	for (size_t i = 0; i < MUTEXES; i++) {
		pthread_mutex_init(&mutexes[i], NULL);
		for (size_t j = 0; j < PER_MUTEX; j++)
			pthread_create(&threads[count++], NULL, take_turns, &mutexes[i]);
	}
	rest(RUN_NS);
	pthread_mutex_lock(&guard);
	is_over = true;
	pthread_cond_broadcast(&over);
	pthread_mutex_unlock(&guard);
	while (count--)
		pthread_join(threads[count], NULL);
	return 0;
}
