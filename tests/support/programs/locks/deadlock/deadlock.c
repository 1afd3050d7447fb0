// SPDX-License-Identifier: BSD-2-Clause
/*
 * deadlock NAME [MS]: hangs, after so many milliseconds, until it is killed. When it hangs it
 * prints one line of JSON: the members of the cycle, each with what it waits for, who has that, and
 * the function in which it waits.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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
static struct shared {
	struct member members[4];
	atomic_int ready, about;
	pthread_mutex_t parent_lock, child_lock;
} * shared;

static pthread_mutex_t accounts_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t orders_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t stock_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t boost_lock; /* PI */
static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;

static void member_here(int index, const char *waits_for, const char *lock, const void *address,
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

/* All have their first lock before anybody asks for a second. */
static void meet(int count)
{
	atomic_fetch_add(&shared->ready, 1);
	while (atomic_load(&shared->ready) < count)
		usleep(1000);
}

static void name_thread(const char *name)
{
	pthread_setname_np(pthread_self(), name);
}

/* The last step of each; noinline, and not the last thing that its caller does. */
__attribute__((noinline)) static void take_for_ever(int index, pthread_mutex_t *lock)
{
	shared->members[index].function = __func__;
	atomic_fetch_add(&shared->about, 1);
	pthread_mutex_lock(lock);
	abort();
}

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

__attribute__((noinline)) static void wait_for_ever(int index, pid_t pid)
{
	shared->members[index].function = __func__;
	atomic_fetch_add(&shared->about, 1);
	waitpid(pid, NULL, 0);
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

static int two(void)
{
	ring = (struct ring){ 2,
			      { &accounts_lock, &orders_lock },
			      { "accounts_lock", "orders_lock" } };
	return start_ring();
}

static int three(void)
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
static int pi(void)
{
	make_pi(&boost_lock);
	ring = (struct ring){ 2,
			      { &accounts_lock, &boost_lock },
			      { "accounts_lock", "boost_lock" } };
	return start_ring();
}

/* As above, of PI mutexes only: the C library makes the one who is refused wait for ever. */
static int pi_two(void)
{
	static pthread_mutex_t second;

	make_pi(&boost_lock);
	make_pi(&second);
	ring = (struct ring){ 2, { &boost_lock, &second }, { "boost_lock", "second" } };
	return start_ring();
}

static void *relock(void *nothing)
{
	name_thread("member-0");
	pthread_mutex_lock(&accounts_lock);
	member_here(0, "lock", "accounts_lock", &accounts_lock, 0);
	take_for_ever(0, &accounts_lock);
	return nothing;
}

static int self(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, relock, NULL))
		exit(1);
	return 1;
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

static int rwlock(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, writer, NULL) ||
	    pthread_create(&thread, NULL, table_user, NULL))
		exit(1);
	return 2;
}

static void make_shared_mutex(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(lock, &attributes);
}

static void make_shared_locks(void)
{
	make_shared_mutex(&shared->parent_lock);
	make_shared_mutex(&shared->child_lock);
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

static int processes(void)
{
	pthread_t thread;

	make_shared_locks();
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

static int join(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, joiner, NULL))
		exit(1);
	return 2;
}

static void *reaper(void *nothing)
{
	pid_t pid;

	name_thread("member-0");
	pthread_mutex_lock(&shared->parent_lock);
	pid = fork_member();
	if (pid == 0) {
		prctl(PR_SET_NAME, "member-1");
		member_here(1, "lock", NULL, &shared->parent_lock, 0);
		meet(2);
		take_for_ever(1, &shared->parent_lock);
	}
	member_here(0, "child", NULL, NULL, 1);
	meet(2);
	wait_for_ever(0, pid);
	return nothing;
}

static int child(void)
{
	pthread_t thread;

	make_shared_locks();
	if (pthread_create(&thread, NULL, reaper, NULL))
		exit(1);
	return 2;
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
	{ "two", two },       { "three", three }, { "self", self },
	{ "rwlock", rwlock }, { "pi", pi },       { "pi-two", pi_two },
	{ "join", join },     { "child", child }, { "processes", processes },
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
