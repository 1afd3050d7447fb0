// SPDX-License-Identifier: BSD-2-Clause
/* The process that makes the workers, ends them in time and reaps them. It is no target. */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"
#include "cli/workload/run.h"

#define THREAD_STACK_BYTES (64 * 1024)

struct thread_start {
	struct arena *arena;
	unsigned int index;
};

static void *thread_main(void *argument)
{
	struct thread_start *start = argument;

	worker_run(start->arena, start->index);
	syscall(SYS_exit, 0);
	return NULL;
}

static void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	signal(SIGINT, SIG_IGN);
}

static void give_up(struct arena *arena, unsigned int index, int error)
{
	arena->failed_worker = (int)index + 1;
	arena->failure = error;
	_exit(1);
}

static pthread_t *make_threads(struct arena *arena)
{
	unsigned int count = arena->plan.workers;
	struct thread_start *starts = calloc(count, sizeof(*starts));
	pthread_t *threads = calloc(count, sizeof(*threads));
	pthread_attr_t attributes;

	if (!starts || !threads)
		give_up(arena, 0, ENOMEM);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
	for (unsigned int i = 0; i < count; i++) {
		int error;

		starts[i] = (struct thread_start){ arena, i };
		error = pthread_create(&threads[i], &attributes, thread_main, &starts[i]);
		if (error)
			give_up(arena, i, error);
	}
	return threads;
}

static void make_processes(struct arena *arena)
{
	pid_t leader = getpid();

	for (unsigned int i = 0; i < arena->plan.workers; i++) {
		pid_t pid = fork();

		if (pid < 0)
			give_up(arena, i, errno);
		if (pid == 0) {
			die_with(leader);
			worker_run(arena, i);
			_exit(0);
		}
		arena->tids[i] = pid;
	}
}

/* A worker killed by a signal ends the run: its share of the truth is lost. */
static void reap_processes(struct arena *arena)
{
	for (unsigned int left = arena->plan.workers; left > 0;) {
		int status;
		pid_t pid = wait(&status);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			break;
		for (unsigned int i = 0; i < arena->plan.workers; i++) {
			if (arena->tids[i] != pid)
				continue;
			left--;
			if (WIFSIGNALED(status))
				give_up(arena, i, 1000 + WTERMSIG(status));
		}
	}
}

static void wait_at_finish_line(struct arena *arena)
{
	uint32_t done;

	while ((done = arena->done) < arena->plan.workers)
		syscall(SYS_futex, &arena->done, FUTEX_WAIT, done, NULL, NULL, 0);
}

static void *stop_in_time(void *argument)
{
	struct arena *arena = argument;
	struct timespec time = { .tv_sec = (time_t)(arena->plan.duration_ns / NSEC_PER_SEC),
				 .tv_nsec = (long)(arena->plan.duration_ns % NSEC_PER_SEC) };

	while (!arena->go)
		usleep(200);
	nanosleep(&time, NULL);
	arena->stop = 1;
	return NULL;
}

static void prepare_mutex(struct arena *arena)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	if (arena->plan.mode == WORKER_PROCESSES)
		pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&arena->mutex, &attributes);
}

/* The caller's other files are none of ours: somebody may be waiting for one's end. */
static void close_files(void)
{
	syscall(SYS_close_range, 3u, ~0u, 0u);
}

void leader_main(struct arena *arena, pid_t caller)
{
	struct workload_plan *plan = &arena->plan;
	pthread_t stopper, *threads = NULL;

	die_with(caller);
	close_files();
	prctl(PR_SET_NAME, "leader");
	if (plan->has_cpus)
		sched_setaffinity(0, sizeof(plan->cpus), &plan->cpus);
	arena->rounds_per_ns = cpu_calibrate();
	if (plan->workload->needs_responder) {
		uint64_t service_ns = plan->task_time_ns;

		if (plan->workload == &workload_mixed)
			service_ns /= 2;
		if (responder_start(service_ns, &arena->responder_port) < 0)
			give_up(arena, 0, errno);
	}
	prepare_mutex(arena);
	if (plan->mode == WORKER_THREADS)
		threads = make_threads(arena);
	else
		make_processes(arena);
	if (plan->duration_ns)
		pthread_create(&stopper, NULL, stop_in_time, arena);
	if (threads)
		wait_at_finish_line(arena);
	for (unsigned int i = 0; threads && i < plan->workers; i++)
		pthread_join(threads[i], NULL);
	if (!threads)
		reap_processes(arena);
	_exit(arena->failure ? 1 : 0);
}
