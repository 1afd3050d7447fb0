// SPDX-License-Identifier: BSD-2-Clause
/* What a thread, a fork and a posix_spawn cost, and what the death of one does to the others. */
#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "cli/workload/spawn_kill.h"

#define PROGRAM "true"

/* Three figures for each way, in this order. */
enum way { WAY_THREAD, WAY_FORK, WAY_SPAWN, WAY_COUNT };
enum { MADE, CREATE_NS, JOIN_NS, FIGURES_OF_A_WAY };

static const char *const way_names[] = {
	[WAY_THREAD] = "thread", [WAY_FORK] = "fork", [WAY_SPAWN] = "posix_spawn"
};
_Static_assert(ARRAY_LEN(way_names) == WAY_COUNT, "name every way");

static void note(struct worker *worker, enum way way, uint64_t from_ns, uint64_t made_ns)
{
	uint64_t *figures = &worker->truth->own[way * FIGURES_OF_A_WAY];

	figures[MADE]++;
	figures[CREATE_NS] += made_ns - from_ns;
	figures[JOIN_NS] += monotonic_ns() - made_ns;
}

static void *nothing(void *argument)
{
	return argument;
}

static int make_thread(struct worker *worker)
{
	uint64_t from_ns = monotonic_ns(), made_ns;
	pthread_t thread;
	int error = pthread_create(&thread, NULL, nothing, NULL);

	if (error)
		return -error;
	made_ns = monotonic_ns();
	pthread_join(thread, NULL);
	note(worker, WAY_THREAD, from_ns, made_ns);
	return 0;
}

static int wait_for_child(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int make_fork(struct worker *worker)
{
	uint64_t from_ns = monotonic_ns(), made_ns;
	pid_t pid = fork();
	int r;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(0);
	made_ns = monotonic_ns();
	r = wait_for_child(pid);
	note(worker, WAY_FORK, from_ns, made_ns);
	return r;
}

static int make_spawn(struct worker *worker)
{
	char program[] = PROGRAM, *arguments[] = { program, NULL };
	uint64_t from_ns = monotonic_ns(), made_ns;
	pid_t pid;
	int r;

	errno = posix_spawnp(&pid, PROGRAM, NULL, NULL, arguments, environ);
	if (errno)
		return worker_fails(worker, "run the program " PROGRAM);
	made_ns = monotonic_ns();
	r = wait_for_child(pid);
	note(worker, WAY_SPAWN, from_ns, made_ns);
	return r;
}

/* One of each, for each task; then the first worker sees what killing one does. */
static int spawn_part(struct worker *worker)
{
	int r = 0;

	while (!r && worker_takes_task(worker)) {
		r = make_thread(worker);
		if (!r)
			r = make_fork(worker);
		if (!r)
			r = make_spawn(worker);
		worker->truth->tasks += !r;
	}
	if (!r && worker->index == 0)
		r = spawn_kill_one(worker->arena->state);
	return r;
}

static json_t *way_json(const struct workload_result *result, enum way way)
{
	uint64_t sum[FIGURES_OF_A_WAY] = { 0 };

	for (unsigned int i = 0; i < result->workers * FIGURES_OF_A_WAY; i++)
		sum[i % FIGURES_OF_A_WAY] +=
			result->truth[i / FIGURES_OF_A_WAY]
				.own[way * FIGURES_OF_A_WAY + i % FIGURES_OF_A_WAY];
	return json_pack("{s:s,s:I,s:I,s:I}", "way", way_names[way], "made", (json_int_t)sum[MADE],
			 "create_ns", (json_int_t)(sum[MADE] ? sum[CREATE_NS] / sum[MADE] : 0),
			 "join_ns", (json_int_t)(sum[MADE] ? sum[JOIN_NS] / sum[MADE] : 0));
}

/* Those of the killing included. */
static json_t *made_json(const struct workload_result *result)
{
	uint64_t threads = SPAWN_KILL_THREADS, processes = SPAWN_KILL_PROCESSES;

	for (unsigned int i = 0; i < result->workers; i++) {
		const uint64_t *own = result->truth[i].own;

		threads += own[WAY_THREAD * FIGURES_OF_A_WAY + MADE];
		processes += own[WAY_FORK * FIGURES_OF_A_WAY + MADE] +
			     own[WAY_SPAWN * FIGURES_OF_A_WAY + MADE];
	}
	return json_pack("{s:I,s:I}", "threads", (json_int_t)threads, "processes",
			 (json_int_t)processes);
}

static void spawn_tell(const struct workload_plan *plan, const struct workload_result *result,
		       json_t *truth)
{
	json_t *ways = json_array();

	(void)plan;
	json_object_set_new(truth, "made", made_json(result));
	for (unsigned int way = 0; way < WAY_COUNT; way++)
		json_array_append_new(ways, way_json(result, way));
	json_object_set_new(truth, "ways", ways);
	json_object_set_new(truth, "kill", spawn_kill_json(result->state));
}

const struct workload workload_spawn = {
	.name = "spawn",
	.summary = "creates threads and processes that do nothing: what each costs",
	.details = "Each task creates and joins one thread, one process by fork and one by "
		   "posix_spawn "
		   "(of true). The truth has the mean cost of creating and of joining each. Then "
		   "one of "
		   "three processes is killed, and one of three threads: it says how long that "
		   "took and "
		   "how many of its siblings lived on. The report shows child and condition as the "
		   "causes of waiting, and all threads and processes that were there.\n"
		   "Try next: sudo partrace run spawn --procs 2, partrace report --view processes",
	.knows = OPTION_TASKS,
	.has_python_twin = true,
	.figures = { { "threads_made", FIGURE_ADDS },
		     { "thread_create_ns", FIGURE_ADDS },
		     { "thread_join_ns", FIGURE_ADDS },
		     { "forks_made", FIGURE_ADDS },
		     { "fork_create_ns", FIGURE_ADDS },
		     { "fork_join_ns", FIGURE_ADDS },
		     { "spawns_made", FIGURE_ADDS },
		     { "spawn_create_ns", FIGURE_ADDS },
		     { "spawn_join_ns", FIGURE_ADDS } },
	.state_size = sizeof(struct spawn_kill),
	.part = spawn_part,
	.tell = spawn_tell,
};
