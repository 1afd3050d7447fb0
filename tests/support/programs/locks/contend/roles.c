// SPDX-License-Identifier: BSD-2-Clause
/* What the threads do: who takes which lock from where, and what the holder does meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "contend.h"

#define HOLD_NS      8000000
#define KEEP_NS      4000000
#define THINK_NS     1000000
#define PREEMPTED_NS 12000000 /* of CPU time: several time slices of the neighbour */

static int pipe_ends[2];
static char sync_path[64];
static int sync_fd = -1;
static pid_t neighbour;

static void compute(void)
{
	truth_compute(HOLD_NS);
}

static void compute_beside_the_neighbour(void)
{
	truth_compute_cpu(PREEMPTED_NS);
}

static void rest(void)
{
	truth_sleep(HOLD_NS);
}

static void read_pipe(void)
{
	struct truth_account from = truth_account();
	char byte;

	if (read(pipe_ends[0], &byte, 1) != 1)
		truth_sleep(HOLD_NS);
	truth_did(&from, TRUTH_IO);
}

static void write_file(void)
{
	static const char block[256 * 1024];
	struct truth_account from = truth_account();

	while (truth_now() - from.now_ns < HOLD_NS)
		if (pwrite(sync_fd, block, sizeof(block), 0) < 0 || fdatasync(sync_fd) < 0)
			abort();
	truth_did(&from, TRUTH_IO);
}

__attribute__((noinline)) static void session_check(void)
{
	struct truth_account from = truth_account();

	if (!LOCK_TAKE(contend.session, contend.session_truth, true, false))
		abort();
	truth_did(&from, TRUTH_LOCK);
	LOCK_GIVE(contend.session, contend.session_truth);
}

/* Nobody ever signals it; its mutex is the holder's alone. */
static void await_event(void)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static pthread_cond_t event = PTHREAD_COND_INITIALIZER;
	struct truth_account from = truth_account();
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += HOLD_NS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&mutex);
	while (pthread_cond_timedwait(&event, &mutex, &until) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&mutex);
	truth_did(&from, TRUTH_OTHER);
}

static const struct role {
	const char *name;
	void (*do_it)(void);
} roles[] = {
	{ "none", rest },
	{ "compute", compute },
	{ "sleep", rest },
	{ "pipe", read_pipe },
	{ "sync", write_file },
	{ "preempted", compute_beside_the_neighbour },
	{ "second", session_check },
	{ "event", await_event },
};

static const struct role *role;

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		perror("contend: pin");
}

static int last_cpu(void)
{
	return (int)sysconf(_SC_NPROCESSORS_ONLN) - 1;
}

/* The holder's CPU is shared with the neighbour only; the others have the first to themselves. */
static void start_neighbour(void)
{
	neighbour = fork();
	if (neighbour == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "neighbour");
		signal(SIGTERM, SIG_DFL);
		pin(last_cpu());
		for (volatile unsigned long i = 0;; i++)
			;
	}
	pin(0);
}

static void *feed(void *nothing)
{
	truth_thread("feeder");
	while (!truth_stopped()) {
		truth_sleep(HOLD_NS);
		if (write(pipe_ends[1], "x", 1) != 1)
			break;
	}
	close(pipe_ends[1]);
	return nothing;
}

bool holder_init(void)
{
	static pthread_t feeder;

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (!strcmp(roles[i].name, contend.holder))
			role = &roles[i];
	if (!role)
		return false;
	if (role->do_it == compute_beside_the_neighbour)
		start_neighbour();
	if (role->do_it == read_pipe &&
	    (pipe(pipe_ends) < 0 || pthread_create(&feeder, NULL, feed, NULL)))
		return false;
	if (role->do_it == write_file) {
		snprintf(sync_path, sizeof(sync_path), "/var/tmp/partrace-contend-%d", getpid());
		sync_fd = open(sync_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		unlink(sync_path);
		return sync_fd >= 0;
	}
	return true;
}

void holder_end(void)
{
	if (neighbour > 0) {
		kill(neighbour, SIGKILL);
		waitpid(neighbour, NULL, 0);
	}
}

__attribute__((noinline)) static void wal_sync(void)
{
	if (!LOCK_TAKE(contend.index, contend.index_truth, true, false))
		abort();
	role->do_it();
	LOCK_GIVE(contend.index, contend.index_truth);
}

__attribute__((noinline)) static void index_get(uint64_t hold_ns)
{
	if (!LOCK_TAKE(contend.index, contend.index_truth, false, contend.timed))
		return;
	truth_compute(hold_ns);
	LOCK_GIVE(contend.index, contend.index_truth);
}

__attribute__((noinline)) static void index_put(uint64_t hold_ns)
{
	if (!LOCK_TAKE(contend.index, contend.index_truth, true, contend.timed))
		return;
	truth_compute(hold_ns);
	LOCK_GIVE(contend.index, contend.index_truth);
}

__attribute__((noinline)) static void session_update(void)
{
	if (!LOCK_TAKE(contend.session, contend.session_truth, true, false))
		abort();
	truth_sleep(KEEP_NS);
	LOCK_GIVE(contend.session, contend.session_truth);
}

void *holder_run(void *number)
{
	truth_thread("holder");
	if (neighbour)
		pin(last_cpu());
	while (!truth_stopped()) {
		wal_sync();
		truth_sleep(THINK_NS);
	}
	return number;
}

void *keeper_run(void *number)
{
	truth_thread("keeper");
	while (!truth_stopped()) {
		session_update();
		truth_sleep(THINK_NS);
	}
	return number;
}

void *visitor_run(void *number)
{
	truth_thread("visitor");
	while (!truth_stopped()) {
		session_check();
		truth_sleep(THINK_NS);
	}
	return number;
}

/* A getter or a putter. Beside a holder they hold for a moment; without, each for longer. */
void *user_run(void *number)
{
	long me = (long)number;
	uint64_t hold_ns = strcmp(contend.holder, "none") ? 20000 : 1000000 * (uint64_t)(me + 1);
	char name[16];

	snprintf(name, sizeof(name), "%s-%ld", me % 2 ? "putter" : "getter", me);
	truth_thread(name);
	while (!truth_stopped()) {
		if (me % 2)
			index_put(hold_ns);
		else
			index_get(hold_ns);
		truth_sleep(THINK_NS);
	}
	return number;
}
