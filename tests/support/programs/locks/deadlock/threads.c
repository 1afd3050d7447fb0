// SPDX-License-Identifier: BSD-2-Clause
/* Deadlocks of one process. */
#include <stdio.h>
#include <stdlib.h>

#include "deadlock.h"

static pthread_mutex_t accounts_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t orders_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t stock_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t boost_lock; /* PI */
static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;

__attribute__((noinline)) static void write_for_ever(int index)
{
	shared->members[index].function = __func__;
	atomic_fetch_add(&shared->about, 1);
	pthread_rwlock_wrlock(&table_lock);
	abort();
}

__attribute__((noinline)) static void join_for_ever(int index, pthread_t thread)
{
	shared->members[index].function = __func__;
	atomic_fetch_add(&shared->about, 1);
	pthread_join(thread, NULL);
	abort();
}

/* A ring of mutexes: thread i has the i-th and waits for the next. */
struct ring {
	int size;
	pthread_mutex_t *locks[3];
	const char *names[3];
};

static struct ring ring;

static void *ring_member(void *number)
{
	int me = (int)(long)number, next = (me + 1) % ring.size;
	char name[16];

	snprintf(name, sizeof(name), "member-%d", me);
	name_thread(name);
	pthread_mutex_lock(ring.locks[me]);
	member_here(me, "lock", ring.names[next], ring.locks[next], next);
	meet(ring.size);
	take_for_ever(me, ring.locks[next]);
	return NULL;
}

static int start_ring(void)
{
	pthread_t thread;

	for (long i = 0; i < ring.size; i++)
		if (pthread_create(&thread, NULL, ring_member, (void *)i))
			exit(1);
	return ring.size;
}

int two(void)
{
	ring = (struct ring){ 2,
			      { &accounts_lock, &orders_lock },
			      { "accounts_lock", "orders_lock" } };
	return start_ring();
}

int three(void)
{
	ring = (struct ring){ 3,
			      { &accounts_lock, &orders_lock, &stock_lock },
			      { "accounts_lock", "orders_lock", "stock_lock" } };
	return start_ring();
}

static void make_pi(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(lock, &attributes);
}

/* The kernel refuses a cycle of PI mutexes only; through a plain one it does not see it. */
int pi(void)
{
	make_pi(&boost_lock);
	ring = (struct ring){ 2,
			      { &accounts_lock, &boost_lock },
			      { "accounts_lock", "boost_lock" } };
	return start_ring();
}

/* As above, of PI mutexes only: the C library makes the one who is refused wait for ever. */
int pi_two(void)
{
	static pthread_mutex_t second;

	make_pi(&boost_lock);
	make_pi(&second);
	ring = (struct ring){ 2, { &boost_lock, &second }, { "boost_lock", "second" } };
	return start_ring();
}

static void *relock(void *number)
{
	name_thread("member-0");
	pthread_mutex_lock(ring.locks[0]);
	member_here(0, "lock", ring.names[0], ring.locks[0], 0);
	take_for_ever(0, ring.locks[0]);
	return number;
}

static int start_relock(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, relock, NULL))
		exit(1);
	return 1;
}

int self(void)
{
	ring = (struct ring){ 1, { &accounts_lock }, { "accounts_lock" } };
	return start_relock();
}

int pi_self(void)
{
	make_pi(&boost_lock);
	ring = (struct ring){ 1, { &boost_lock }, { "boost_lock" } };
	return start_relock();
}

static void *writer(void *nothing)
{
	name_thread("member-0");
	pthread_rwlock_wrlock(&table_lock);
	member_here(0, "lock", "orders_lock", &orders_lock, 1);
	meet(2);
	take_for_ever(0, &orders_lock);
	return nothing;
}

static void *table_user(void *nothing)
{
	name_thread("member-1");
	pthread_mutex_lock(&orders_lock);
	member_here(1, "lock", "table_lock", &table_lock, 0);
	meet(2);
	write_for_ever(1);
	return nothing;
}

int rwlock(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, writer, NULL) ||
	    pthread_create(&thread, NULL, table_user, NULL))
		exit(1);
	return 2;
}

static void *joined(void *nothing)
{
	name_thread("member-1");
	member_here(1, "lock", "accounts_lock", &accounts_lock, 0);
	meet(2);
	take_for_ever(1, &accounts_lock);
	return nothing;
}

static void *joiner(void *nothing)
{
	pthread_t thread;

	name_thread("member-0");
	pthread_mutex_lock(&accounts_lock);
	if (pthread_create(&thread, NULL, joined, NULL))
		exit(1);
	member_here(0, "join", NULL, NULL, 1);
	meet(2);
	join_for_ever(0, thread);
	return nothing;
}

int join(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, joiner, NULL))
		exit(1);
	return 2;
}
