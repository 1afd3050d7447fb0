// SPDX-License-Identifier: BSD-2-Clause
/*
 * contend [--kind K] [--holder H] [--threads N] [--seconds S] [--procs] [--timed]
 *
 * The thread `holder` takes index_lock in wal_sync() for some milliseconds and does H meanwhile; N
 * others take it in index_get() and index_put() for a moment. `keeper` and `visitor` share
 * session_lock. With --holder none nobody is special: thread n holds for n+1 ms. Runs for S
 * seconds, or till SIGTERM, then prints its truth.
 */
#include "contend.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INDEX_LOCK_LINE = __LINE__ + 1 };
union any_lock index_lock;
union any_lock session_lock;

struct contend contend = {
	.kind = "normal",
	.holder = "compute",
	.threads = 4,
	.index = &index_lock,
	.session = &session_lock,
};

static const struct option options[] = {
	{ "kind", required_argument, NULL, 'k' },
	{ "holder", required_argument, NULL, 'h' },
	{ "threads", required_argument, NULL, 't' },
	{ "seconds", required_argument, NULL, 's' },
	{ "procs", no_argument, NULL, 'p' },
	{ "timed", no_argument, NULL, 'd' },
	{ 0 },
};

static void usage(void)
{
	fprintf(stderr, "usage: contend [--kind K] [--holder H] [--threads N] [--seconds S] "
			"[--procs] [--timed]\n");
	exit(2);
}

static void parse(int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'k':
			contend.kind = optarg;
			break;
		case 'h':
			contend.holder = optarg;
			break;
		case 't':
			contend.threads = atoi(optarg);
			break;
		case 's':
			truth_set_seconds(atof(optarg));
			break;
		case 'p':
			contend.procs = true;
			break;
		case 'd':
			contend.timed = true;
			break;
		default:
			usage();
		}
	}
	if (contend.threads < 1 || contend.threads > CONTEND_THREADS_MAX)
		usage();
}

/* Both locks in memory that two processes map at different addresses; else in data. */
static void make_locks(void)
{
	if (contend.procs)
		shared_locks_make();
	if (!lock_init(contend.index) || !holder_init())
		usage();
	lock_init(contend.session);
	contend.index_truth = truth_lock("index_lock", contend.kind, contend.index, lock_size());
	contend.session_truth =
		truth_lock("session_lock", contend.kind, contend.session, lock_size());
	truth_lock_declared(contend.index_truth, "contend.c", INDEX_LOCK_LINE);
	truth_lock_declared(contend.session_truth, "contend.c", INDEX_LOCK_LINE + 1);
}

static pthread_t threads[CONTEND_THREADS_MAX + 8];
static int threads_count;

static void start(void *(*run)(void *), long number)
{
	if (pthread_create(&threads[threads_count++], NULL, run, (void *)number)) {
		perror("contend: thread");
		exit(1);
	}
}

static void join_all(void)
{
	while (threads_count)
		pthread_join(threads[--threads_count], NULL);
}

/* Every second of the getters and putters lives in the child then. */
static pid_t start_child(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	shared_locks_map_again();
	for (int i = 1; i < contend.threads; i += 2)
		start(user_run, i);
	join_all();
	_exit(0);
}

int main(int argc, char **argv)
{
	pid_t child = 0;

	truth_begin("contend");
	parse(argc, argv);
	make_locks();
	if (contend.procs)
		child = start_child();
	if (strcmp(contend.holder, "none"))
		start(holder_run, 0);
	start(keeper_run, 0);
	start(visitor_run, 0);
	for (int i = 0; i < contend.threads; i += contend.procs ? 2 : 1)
		start(user_run, i);
	while (!truth_stopped())
		truth_sleep(20000000);
	truth_stop();
	join_all();
	if (child)
		waitpid(child, NULL, 0);
	holder_end();
	truth_print();
	return 0;
}
