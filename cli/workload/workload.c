// SPDX-License-Identifier: BSD-2-Clause
#include "cli/workload/workload.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "cli/workload/run.h"

#define START_TIMEOUT_NS (60 * NSEC_PER_SEC)

static const struct workload *const table[] = { &workload_cpu, &workload_io, &workload_mixed,
						&workload_lock };

struct workload_run {
	struct arena *arena;
	size_t arena_size;
	pid_t leader;
	int leader_fd;
	bool reaped;
};

const struct workload *workload_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (!strcmp(table[i]->name, name))
			return table[i];
	return NULL;
}

const struct workload *workload_at(size_t index)
{
	return index < ARRAY_LEN(table) ? table[index] : NULL;
}

const char *workload_name(const struct workload *workload)
{
	return workload->name;
}

const char *workload_summary(const struct workload *workload)
{
	return workload->summary;
}

const char *workload_details(const struct workload *workload)
{
	return workload->details;
}

static void say_failure(const struct workload_run *run, char *why, size_t size)
{
	const struct arena *arena = run->arena;
	int index = arena->failed_worker - 1, error = arena->failure;

	if (error > 1000)
		snprintf(why, size, "worker %d (pid %d) was killed by signal %d (%s)", index,
			 arena->tids[index], error - 1000, strsignal(error - 1000));
	else if (index >= 0)
		snprintf(why, size, "worker %d of %u failed: %s", index, arena->plan.workers,
			 strerror(error));
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

int workload_start(const struct workload_plan *plan, struct workload_run **ret, char *why,
		   size_t why_size)
{
	_cleanup_(workload_run_freep) struct workload_run *run = calloc(1, sizeof(*run));
	pid_t caller = getpid();
	int r;

	if (!run)
		return -ENOMEM;
	run->leader_fd = -1;
	run->arena_size = sizeof(struct arena) + plan->workers * sizeof(struct worker_truth);
	run->arena = mmap(NULL, run->arena_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			  -1, 0);
	if (run->arena == MAP_FAILED) {
		run->arena = NULL;
		return -errno;
	}
	run->arena->plan = *plan;
	run->leader = fork();
	if (run->leader < 0) {
		snprintf(why, why_size, "cannot start the workload: %s", strerror(errno));
		return -errno;
	}
	if (run->leader == 0)
		leader_main(run->arena, caller);
	run->leader_fd = (int)syscall(SYS_pidfd_open, run->leader, 0);
	if (run->leader_fd < 0)
		return -errno;
	r = wait_until_ready(run, why, why_size);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(run);
	return 0;
}

const pid_t *workload_targets(const struct workload_run *run)
{
	return run->arena->tids;
}

void workload_go(struct workload_run *run)
{
	run->arena->started_ns = monotonic_ns();
	run->arena->go = 1;
	syscall(SYS_futex, &run->arena->go, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

int workload_fd(const struct workload_run *run)
{
	return run->leader_fd;
}

void workload_stop(struct workload_run *run)
{
	run->arena->stop = 1;
}

int workload_finish(struct workload_run *run, struct workload_result *ret, char *why,
		    size_t why_size)
{
	struct arena *arena = run->arena;
	int status = 0;

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
	*ret = (struct workload_result){ .workers = arena->plan.workers, .truth = arena->truth };
	for (unsigned int i = 0; i < ret->workers; i++) {
		ret->tasks += arena->truth[i].tasks;
		if (arena->truth[i].ended_ns - arena->started_ns > ret->elapsed_ns)
			ret->elapsed_ns = arena->truth[i].ended_ns - arena->started_ns;
	}
	return 0;
}

void workload_run_free(struct workload_run *run)
{
	if (!run)
		return;
	if (run->leader > 0 && !run->reaped) {
		kill(run->leader, SIGKILL);
		waitpid(run->leader, NULL, 0);
	}
	if (run->leader_fd >= 0)
		close(run->leader_fd);
	if (run->arena)
		munmap(run->arena, run->arena_size);
	free(run);
}

void workload_run_freep(struct workload_run **run)
{
	workload_run_free(*run);
}
