// SPDX-License-Identifier: BSD-2-Clause
/* The process that makes the workers, ends them in time and reaps them. It is no target. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	signal(SIGINT, SIG_IGN);
}

/* They would die with this one, but a moment after it: and then somebody has looked already. */
static void end_processes(const struct arena *arena)
{
	siginfo_t info;

	for (unsigned int i = 0; i < arena->plan.workers; i++) {
		pid_t pid = arena->tids[i];

		if (pid <= 0 || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
			continue;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

#define NO_WORKER UINT32_MAX

static void give_up(struct arena *arena, unsigned int index, int error)
{
	arena->failed_worker = index == NO_WORKER ? 0 : (int)index + 1;
	arena->failure = error;
	if (arena->plan.mode == WORKER_PROCESSES)
		end_processes(arena);
	_exit(1);
}

static pthread_t *make_threads(struct arena *arena)
{
	unsigned int count = arena->plan.workers;
	struct thread_start *starts = calloc(count, sizeof(*starts));
	pthread_t *threads = calloc(count, sizeof(*threads));
	pthread_attr_t attributes;

	if (!starts || !threads)
		give_up(arena, NO_WORKER, ENOMEM);
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

/*
 * Its end comes after its own last look, and takes the longer the more memory it has. One that was
 * killed has not looked.
 */
static void note_ending(struct worker_truth *truth, const struct rusage *usage)
{
	uint64_t cpu_ns = worker_cpu_ns(usage);

	if (truth->process_ns && cpu_ns > truth->process_ns)
		truth->ending_ns = cpu_ns - truth->process_ns;
}

/* A worker killed by a signal ends the run: its share of the truth is lost. */
static void reap_processes(struct arena *arena)
{
	for (unsigned int left = arena->plan.workers; left > 0;) {
		struct rusage usage;
		int status;
		pid_t pid = wait4(-1, &status, 0, &usage);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			break;
		for (unsigned int i = 0; i < arena->plan.workers; i++) {
			if (arena->tids[i] != pid)
				continue;
			left--;
			note_ending(&arena->truth[i], &usage);
			if (WIFSIGNALED(status) && !arena->release)
				give_up(arena, i, FAILURE_SIGNAL + WTERMSIG(status));
		}
	}
}

static void wait_at_finish_line(struct arena *arena)
{
	uint32_t done;

	while ((done = arena->done) < arena->plan.workers)
		futex_wait(&arena->done, done);
}

/* The caller's other files are none of ours: somebody may be waiting for one's end. */
static void close_files(const struct arena *arena)
{
	unsigned int over = (unsigned int)arena->over;

	if (over > 3)
		syscall(SYS_close_range, 3u, over - 1, 0u);
	syscall(SYS_close_range, over + 1, ~0u, 0u);
}

static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void prepare(struct arena *arena)
{
	const struct workload_plan *plan = &arena->plan;
	const struct workload *workload = plan->workload;
	uint64_t service_ns = workload->service_ns ? workload->service_ns(plan) : 0;
	int r = 0;

	if (plan->has_cpus)
		sched_setaffinity(0, sizeof(plan->cpus), &plan->cpus);
	raise_file_limit();
	arena->rounds_per_ns = plan->rounds_per_ns > 0 ? plan->rounds_per_ns : cpu_calibrate();
	if (service_ns)
		r = responder_start(service_ns, &arena->responder_port);
	if (r >= 0 && workload->prepare)
		r = workload->prepare(arena);
	if (r < 0)
		give_up(arena, NO_WORKER, -r);
}

void leader_main(struct arena *arena, pid_t caller)
{
	const struct workload_plan *plan = &arena->plan;
	pthread_t *threads = NULL;

	die_with(caller);
	close_files(arena);
	prctl(PR_SET_NAME, "leader");
	prepare(arena);
	arena->making_ns = monotonic_ns();
	if (plan->mode == WORKER_THREADS)
		threads = make_threads(arena);
	else
		make_processes(arena);
	if (plan->duration_ns && timekeeper_start(arena) < 0)
		give_up(arena, NO_WORKER, EAGAIN);
	if (threads)
		wait_at_finish_line(arena);
	for (unsigned int i = 0; threads && i < plan->workers; i++)
		pthread_join(threads[i], NULL);
	if (!threads)
		reap_processes(arena);
	_exit(arena->failure ? 1 : 0);
}
