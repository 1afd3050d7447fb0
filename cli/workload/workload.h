/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The built-in workloads: real work whose right answer is known, timed by itself.
 *
 * A run is a small play in three acts, so that the window of observation is exactly the work:
 *
 *	workload_start()   forks a leader, which makes the workers; returns when all of them exist
 *and wait at the start line. Now the caller can watch them. workload_go()      lets them work.
 *	workload_finish()  waits for the end, reaps the leader, gives the truth.
 *
 * The leader and the I/O responder are no targets: workload_targets() names the workers only.
 * Everything dies with the caller (PR_SET_PDEATHSIG), however that ends.
 */
#ifndef PARTRACE_WORKLOAD_WORKLOAD_H
#define PARTRACE_WORKLOAD_WORKLOAD_H

#include <jansson.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum worker_mode {
	WORKER_THREADS,
	WORKER_PROCESSES,
};

enum workload_runtime {
	RUNTIME_NATIVE,
	RUNTIME_PYTHON, /* the workload's twin in CPython */
};

#define WORKLOAD_WORKERS_MAX 32768u

struct workload; /* one row of the table of workloads */

/* What can be asked of a workload; each knows some of them. */
enum workload_option {
	OPTION_TASKS = 1 << 0,
	OPTION_TASK_TIME = 1 << 1,
	OPTION_LOCK_SHARE = 1 << 2,
	OPTION_FIXED = 1 << 3,
	OPTION_CYCLE = 1 << 4,
	OPTION_KIND = 1 << 5,
	OPTION_BY = 1 << 6,
	OPTION_WORKERS = 1 << 7, /* --threads or --procs: all know them */
	OPTION_WORK = 1 << 8,    /* of a twin in Python, as the next two */
	OPTION_START = 1 << 9,
	OPTION_PYTHON = 1 << 10,
};

/* Zero but for `workload` and what was asked for; workload_settle() fills in the rest. */
struct workload_plan {
	const struct workload *workload;
	unsigned int given; /* of enum workload_option */
	enum worker_mode mode;
	unsigned int workers;
	uint64_t tasks;        /* unused when duration_ns is set */
	uint64_t task_time_ns; /* CPU time or service time of one task */
	uint64_t duration_ns;  /* 0: the tasks decide */
	double lock_share;     /* of a task's work that is done under the lock */
	bool fixed;            /* the cured twin */
	unsigned int cycle;    /* threads in the deadlock's cycle */
	const char *kind, *by; /* as typed; NULL: the first that the workload knows */
	unsigned int choice;   /* which of the workload's kinds or bys that is */
	enum workload_runtime runtime;
	const char *python;       /* the interpreter; with RUNTIME_PYTHON only, and a path then */
	const char *start, *work; /* fork, spawn or forkserver; loop or hash; NULL: the first */
	bool has_cpus;
	cpu_set_t cpus; /* run on these only */
	/* Of workload_calibrate(), for runs that must do the same work; 0: each measures it. */
	double rounds_per_ns;
};

/*
 * What a worker read from the kernel about itself before it began (at the start line) and as its
 * last act.
 */
struct worker_account {
	uint64_t running_ns; /* /proc/thread-self/schedstat, first figure: stolen time left out */
	uint64_t ready_ns;   /* second figure */
	uint64_t voluntary;  /* getrusage(RUSAGE_THREAD) */
	uint64_t involuntary;
	uint64_t cpu_ns; /* user + system */
};

#define WORKLOAD_FIGURES_MAX 10

struct worker_truth {
	pid_t pid;
	pid_t tid;
	uint64_t tasks;
	uint64_t started_ns; /* CLOCK_MONOTONIC at the first act */
	uint64_t ended_ns;   /* … at the last */
	struct worker_account first;
	struct worker_account last;
	uint64_t process_ns;       /* CPU time of its whole process and of children, after `last` */
	uint64_t ending_ns;        /* of a process: CPU time after that, as its leader was told */
	uint64_t lock_waits;       /* acquisitions that found the lock taken */
	uint64_t lock_wait_ns;     /* wall time inside these lock calls */
	uint64_t locked_ns;        /* wall time with the lock held */
	uint64_t io_waits;         /* round trips, or writes that reached the disk */
	uint64_t io_wait_ns;       /* wall time inside them */
	uint64_t waiting_since_ns; /* CLOCK_MONOTONIC; 0: it waits for no lock */
	uint64_t own[WORKLOAD_FIGURES_MAX]; /* what only this workload counts; its table names it */
};

struct workload_result {
	uint64_t tasks;
	uint64_t started_ns; /* CLOCK_MONOTONIC at go */
	uint64_t elapsed_ns; /* from go to the last worker's last act */
	uint64_t made_ns; /* from the making of the first worker to the last at the start line; 0:
			     unknown */
	unsigned int workers;
	const void
		*state; /* the workload's own, where that lies in memory shared with the caller */
	const struct worker_truth *truth; /* [workers]; lives until the run is freed */
	json_t *document;                 /* of a twin: what it told; lives as long; else NULL */
};

struct workload_run;

/* NULL when there is none of that name. */
const struct workload *workload_find(const char *name);
/* For `partrace workloads`: walks the table; NULL after the last. */
const struct workload *workload_at(size_t index);
const char *workload_name(const struct workload *workload);
/* native, python */
const char *workload_runtime_name(enum workload_runtime runtime);
bool workload_knows(const struct workload *workload, enum workload_option option);
/* Whether --runtime python may be asked for. */
bool workload_has_python_twin(const struct workload *workload);
const char *workload_summary(const struct workload *workload);
/* What it does, what the report will show, what to try next. */
const char *workload_details(const struct workload *workload);

/*
 * Pure: fills in what was not asked for (as many workers as `usable_cpus` and the workload need)
 * and refuses what makes no sense: -EINVAL with one clause without a full stop in `why`.
 */
int workload_settle(struct workload_plan *plan, unsigned int usable_cpus, char *why,
		    size_t why_size);

/* How fast a CPU does the workloads' arithmetic, now and here. Takes a few dozen milliseconds. */
double workload_calibrate(void);

/* CPUs this process may use: affinity and cgroup CPU quota (v1 and v2), rounded up; at least 1. */
unsigned int workload_usable_cpus(void);

/*
 * 0 with *ret, or -errno with the reason in `why` (one clause without a full stop, such as
 * "cannot create thread 8123 of 10000: Resource temporarily unavailable").
 */
int workload_start(const struct workload_plan *plan, struct workload_run **ret, char *why,
		   size_t why_size);

/*
 * TIDs of the workers (WORKER_THREADS) or their PIDs (WORKER_PROCESSES); plan->workers of them, but
 * for a twin in Python, where the interpreter's own thread may be one.
 */
const pid_t *workload_targets(const struct workload_run *run, size_t *ret_count);

/* The workers stand at the start line until then: now they begin, and their clocks. */
void workload_go(struct workload_run *run);

/*
 * Becomes readable when the leader has ended, or when time is up and workers are left that will
 * never end (deadlock, livelock): they live until workload_finish(), so that they can still be
 * looked at. For poll().
 */
int workload_fd(const struct workload_run *run);

/* Asks the workers to end after the piece of work at hand (about a millisecond). */
void workload_stop(struct workload_run *run);

/*
 * 0, or -errno and `why` (a worker killed by a signal is -EIO). Kills workers that will never end,
 * and blocks until the leader has ended.
 */
int workload_finish(struct workload_run *run, struct workload_result *ret, char *why,
		    size_t why_size);

/* Kills what is left and frees. */
void workload_run_freep(struct workload_run **run);

/*
 * The report's workload{}: tasks, elapsed_ns, truth{}: task_time_ns, lock_share, fixed, the sums
 * over all workers of what they know, what only this workload knows, and workers[] {pid, tid,
 * tasks, running_ns, ready_ns, voluntary, involuntary, lock_waits, lock_wait_ns, io_waits,
 * io_wait_ns, …} (differences last - first), at most the first 4,096 of them.
 * include/api/report.schema.json describes each. NULL when out of memory.
 */
json_t *workload_json(const struct workload_plan *plan, const struct workload_result *result);

#endif
