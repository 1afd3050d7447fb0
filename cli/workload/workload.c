// SPDX-License-Identifier: BSD-2-Clause
#include "cli/workload/workload.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/owned.h"
#include "base/units.h"
#include "cli/workload/python.h"
#include "cli/workload/run.h"

#define START_TIMEOUT_NS (60 * NSEC_PER_SEC)

struct workload_run {
	struct python_run *python; /* of a twin, which needs nothing of what follows; else NULL */
	struct arena *arena;
	size_t arena_size;
	pid_t leader;
	int leader_fd;
	int ends; /* an epoll: the leader's end, or arena->over */
	bool reaped;
};

void futex_wake(_Atomic uint32_t *word, int count)
{
	syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}

void futex_wait(_Atomic uint32_t *word, uint32_t value)
{
	syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void say_failure(const struct workload_run *run, char *why, size_t size)
{
	const struct arena *arena = run->arena;
	int index = arena->failed_worker - 1, error = arena->failure;

	if (error > FAILURE_SIGNAL)
		snprintf(why, size, "worker %d (pid %d) was killed by signal %d (%s)", index,
			 arena->tids[index], error - FAILURE_SIGNAL,
			 strsignal(error - FAILURE_SIGNAL));
	else if (index >= 0)
		snprintf(why, size, "worker %d of %u failed%s%s: %s%s", index, arena->plan.workers,
			 arena->failed_doing ? " to " : "",
			 arena->failed_doing ? arena->failed_doing : "", strerror(error),
			 limit_advice_on_start(error));
	else if (error)
		snprintf(why, size, "the workload cannot be prepared: %s%s", strerror(error),
			 limit_advice_on_start(error));
	else
		snprintf(why, size, "the workload (pid %d) ended unexpectedly", run->leader);
}

/* -EIO and `why` if the leader has gone. */
static int check_leader(struct workload_run *run, char *why, size_t size)
{
	int status;

	if (waitpid(run->leader, &status, WNOHANG) != run->leader)
		return 0;
	run->reaped = true;
	say_failure(run, why, size);
	if (WIFSIGNALED(status))
		snprintf(why, size, "the workload (pid %d) was killed by signal %d (%s)",
			 run->leader, WTERMSIG(status), strsignal(WTERMSIG(status)));
	return -EIO;
}

static int wait_until_ready(struct workload_run *run, char *why, size_t size)
{
	uint64_t until_ns = monotonic_ns() + START_TIMEOUT_NS;

	while (run->arena->ready < run->arena->plan.workers) {
		int r = check_leader(run, why, size);

		if (r < 0)
			return r;
		if (monotonic_ns() > until_ns) {
			snprintf(why, size, "only %u of %u workers were ready after 60 s",
				 run->arena->ready, run->arena->plan.workers);
			return -ETIMEDOUT;
		}
		usleep(500);
	}
	/* The last one has said so just before it blocks. */
	usleep(5000);
	if (run->arena->failure) {
		say_failure(run, why, size);
		return -EIO;
	}
	return 0;
}

static size_t aligned(size_t bytes)
{
	return (bytes + 63) & ~(size_t)63;
}

/* Memory that has the workload's name in /proc/PID/maps: locks of processes lie in it. */
static int make_arena(struct workload_run *run, const struct workload_plan *plan)
{
	const struct workload *workload = plan->workload;
	size_t head =
		aligned(sizeof(struct arena) + 2 * plan->workers * sizeof(struct worker_truth));
	size_t state = workload->state_bytes ? workload->state_bytes(plan) : workload->state_size;
	_cleanup_close_ int fd = memfd_create(workload->name, MFD_CLOEXEC);
	struct arena *arena;

	run->arena_size = head + state;
	if (fd < 0 || ftruncate(fd, (off_t)run->arena_size) < 0)
		return -errno;
	arena = mmap(NULL, run->arena_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (arena == MAP_FAILED)
		return -errno;
	run->arena = arena;
	arena->plan = *plan;
	arena->shared = (char *)arena + head;
	arena->state = workload->symbol && (workload->private_state || plan->mode == WORKER_THREADS)
			       ? workload->symbol
			       : arena->shared;
	return 0;
}

static int watch(const struct workload_run *run, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return fd < 0 || epoll_ctl(run->ends, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int fork_leader(struct workload_run *run)
{
	pid_t caller = getpid();
	int r;

	run->arena->over = eventfd(0, EFD_CLOEXEC);
	run->ends = epoll_create1(EPOLL_CLOEXEC);
	r = watch(run, run->arena->over);
	if (r < 0)
		return r;
	run->leader = fork();
	if (run->leader < 0)
		return -errno;
	if (run->leader == 0)
		leader_main(run->arena, caller);
	run->leader_fd = (int)syscall(SYS_pidfd_open, run->leader, 0);
	return watch(run, run->leader_fd);
}

static int start_native(struct workload_run *run, const struct workload_plan *plan, char *why,
			size_t why_size)
{
	int r = make_arena(run, plan);

	if (run->arena)
		r = fork_leader(run);
	if (!run->arena || r < 0) {
		snprintf(why, why_size, "cannot start the workload: %s%s", strerror(-r),
			 limit_advice_on_start(r));
		return r;
	}
	return wait_until_ready(run, why, why_size);
}

int workload_start(const struct workload_plan *plan, struct workload_run **ret, char *why,
		   size_t why_size)
{
	_cleanup_(workload_run_freep) struct workload_run *run = calloc(1, sizeof(*run));
	int r;

	if (!run)
		return -ENOMEM;
	run->leader_fd = run->ends = -1;
	if (plan->runtime == RUNTIME_PYTHON)
		r = python_start(plan, &run->python, why, why_size);
	else
		r = start_native(run, plan, why, why_size);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(run);
	return 0;
}

const pid_t *workload_targets(const struct workload_run *run, size_t *ret_count)
{
	if (run->python)
		return python_targets(run->python, ret_count);
	*ret_count = run->arena->plan.workers;
	return run->arena->tids;
}

void workload_go(struct workload_run *run)
{
	if (run->python) {
		python_go(run->python);
		return;
	}
	run->arena->started_ns = monotonic_ns();
	run->arena->go = 1;
	futex_wake(&run->arena->go, INT32_MAX);
}

int workload_fd(const struct workload_run *run)
{
	return run->python ? python_fd(run->python) : run->ends;
}

void workload_stop(struct workload_run *run)
{
	if (run->python) {
		python_stop(run->python);
		return;
	}
	run->arena->stop = 1;
	futex_wake(&run->arena->stop, INT32_MAX);
}

int workload_finish(struct workload_run *run, struct workload_result *ret, char *why,
		    size_t why_size)
{
	struct arena *arena = run->arena;
	int status = 0;

	if (run->python)
		return python_finish(run->python, ret, why, why_size);
	arena->release = 1;
	futex_wake(&arena->release, INT32_MAX);
	while (!run->reaped && waitpid(run->leader, &status, 0) < 0 && errno == EINTR)
		;
	run->reaped = true;
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		say_failure(run, why, why_size);
		if (WIFSIGNALED(status))
			snprintf(why, why_size,
				 "the workload (pid %d) was killed by signal %d (%s)", run->leader,
				 WTERMSIG(status), strsignal(WTERMSIG(status)));
		return -EIO;
	}
	*ret = (struct workload_result){ .workers = arena->plan.workers,
					 .truth = arena->closed ? arena->closed : arena->truth,
					 .started_ns = arena->started_ns,
					 .made_ns = arena->lined_up_ns
							    ? arena->lined_up_ns - arena->making_ns
							    : 0,
					 .state = arena->shared };
	for (unsigned int i = 0; i < ret->workers; i++) {
		ret->tasks += ret->truth[i].tasks;
		if (ret->truth[i].ended_ns - arena->started_ns > ret->elapsed_ns)
			ret->elapsed_ns = ret->truth[i].ended_ns - arena->started_ns;
	}
	return 0;
}

static void run_free(struct workload_run *run)
{
	if (!run)
		return;
	if (run->leader > 0 && !run->reaped) {
		kill(run->leader, SIGKILL);
		waitpid(run->leader, NULL, 0);
	}
	python_free(run->python);
	closep(&run->leader_fd);
	closep(&run->ends);
	if (run->arena) {
		closep(&run->arena->over);
		munmap(run->arena, run->arena_size);
	}
	free(run);
}

void workload_run_freep(struct workload_run **run)
{
	run_free(*run);
}
