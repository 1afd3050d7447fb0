/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of a running workload: memory that caller, leader and workers share. */
#ifndef PARTRACE_WORKLOAD_RUN_H
#define PARTRACE_WORKLOAD_RUN_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "cli/workload/workload.h"

/*
 * Everything is allocated before the fork, at one address for all, so the caller reads the truth
 * directly.
 */
struct arena {
	struct workload_plan plan;
	double rounds_per_ns; /* of cpu_work(), calibrated */
	uint16_t responder_port;
	_Atomic uint32_t go;       /* a futex: 0 wait, 1 work */
	_Atomic uint32_t stop;     /* a futex */
	_Atomic uint32_t release;  /* a futex: what will never end may be killed */
	_Atomic uint32_t ready;    /* workers at the start line */
	_Atomic uint32_t done;     /* a futex: workers behind the finish line */
	_Atomic int failed_worker; /* index + 1; 0: it was none of them */
	_Atomic int failure;       /* errno, or FAILURE_SIGNAL + a signal */
	const char *failed_doing;  /* a static text, or NULL: "make a file" */
	_Atomic uint64_t next_task;
	uint64_t started_ns;
	uint64_t making_ns;           /* when the first worker was about to be made */
	_Atomic uint64_t lined_up_ns; /* when the last one stood at the start line */
	int over;                     /* an eventfd: time is up and some will never end */
	void *state;                  /* the workload's own; see struct workload */
	void *shared; /* where that is when it is shared: state_bytes of the arena */
	pid_t tids[WORKLOAD_WORKERS_MAX];
	/* What they knew when time was up, where they go on until they are killed; else NULL. */
	struct worker_truth *closed;
	struct worker_truth truth[]; /* [plan.workers], and as many for `closed` */
};

#define FAILURE_SIGNAL 1000

struct worker {
	struct arena *arena;
	unsigned int index;
	struct worker_truth *truth;
	int fd; /* of the workload's begin(), -1 without */
};

enum figure_sum {
	FIGURE_ADDS,
	FIGURE_IS_MAX, /* the highest of all workers */
};

/* One of worker_truth.own: its key in truth{} and truth.workers[]. */
struct workload_figure {
	const char *key;
	enum figure_sum sum;
};

/* One row of the table. What is not needed is left out. */
struct workload {
	const char *name;
	const char *summary;
	const char *details;
	unsigned int knows;           /* of enum workload_option; beyond that it is refused */
	const char *const *choices;   /* what --kind or --by takes, NULL at the end */
	unsigned int workers_min;     /* 0: 1 */
	uint64_t duration_default_ns; /* for those that have no number of tasks; 0: the tasks decide
				       */
	bool never_ends;              /* until killed; but its cured twin does */
	bool fixed_by_processes;      /* the cured twin is the same in processes */
	bool has_python_twin;         /* what --runtime python may be asked for */
	struct workload_figure figures[WORKLOAD_FIGURES_MAX + 1];

	/*
	 * What its workers share lies in the arena, or, with `symbol`, in that variable when they
	 * are threads, so that the report can name it; a private one does in processes too, one
	 * each.
	 */
	size_t state_size;
	size_t (*state_bytes)(const struct workload_plan *plan); /* instead, if it depends */
	void *symbol;
	bool private_state;

	/* In the order in which they are called; 0 or -errno. */
	int (*check)(struct workload_plan *plan, char *why, size_t size); /* pure: -EINVAL */
	uint64_t (*service_ns)(const struct workload_plan *plan); /* of the responder; 0: none */
	int (*prepare)(struct arena *arena);                      /* in the leader */
	const char *(*role)(const struct workload_plan *plan, unsigned int index); /* its name */
	int (*begin)(struct worker *worker); /* not yet timed */
	/* One task; returns early once arena->stop is set. */
	int (*task)(struct worker *worker);
	/* Instead: the worker's whole part, where parts differ. */
	int (*part)(struct worker *worker);
	/* Adds to truth{} what is no plain sum. */
	void (*tell)(const struct workload_plan *plan, const struct workload_result *result,
		     json_t *truth);
};

/* Work in pieces of this length, so that `stop` is heard and locks are shared out finely. */
#define SLICE_NS 1000000ull

/* table.c */
extern const struct workload workload_cpu, workload_io, workload_mixed, workload_lock,
	workload_rwlock, workload_queue, workload_barrier, workload_gil, workload_ipc,
	workload_spawn, workload_responsive, workload_race, workload_starvation, workload_deadlock,
	workload_livelock;

/* cpu.c: rounds of its arithmetic in a nanosecond of CPU time, by which arenas know their CPU. */
double cpu_calibrate(void);
/* A fixed amount of work that takes `ns` on an idle CPU. */
void cpu_work(const struct arena *arena, uint64_t ns);
/* The same in slices, until `stop`: a task's work. 0. */
int cpu_task_of(struct worker *worker, uint64_t ns);

/* responder.c: answers a byte after `service_ns`; its PID, and its port in *ret_port; or -errno. */
pid_t responder_start(uint64_t service_ns, uint16_t *ret_port);
/* For begin(): a connection to it in worker->fd. 0 or -errno. */
int responder_connect(struct worker *worker);
/* A byte there and back, counted and timed. 0 or -errno; -EPIPE: the responder is gone. */
int io_round_trip(struct worker *worker);

/* leader.c: the body of the leader process; never returns. */
void leader_main(struct arena *arena, pid_t caller) __attribute__((noreturn));
/* A child dies with the thread that made it. */
void die_with(pid_t parent);

/* timekeeper.c: a thread of the leader's that ends the play in time. 0 or -errno. */
int timekeeper_start(struct arena *arena);

/* worker.c */
void worker_run(struct arena *arena, unsigned int index);
/* User and system time. */
uint64_t worker_cpu_ns(const struct rusage *usage);
/* -errno, having noted for the sentence what it was that failed: a static text. */
int worker_fails(struct worker *worker, const char *doing);
/* For parts: whether there is another task to do. */
bool worker_takes_task(struct worker *worker);

/* workload.c: a word that processes may share. A wait may end early: look at the word again. */
void futex_wake(_Atomic uint32_t *word, int count);
void futex_wait(_Atomic uint32_t *word, uint32_t value);

#endif
