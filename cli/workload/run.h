/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of a running workload: memory that caller, leader and workers share. */
#ifndef PARTRACE_WORKLOAD_RUN_H
#define PARTRACE_WORKLOAD_RUN_H

#include <pthread.h>
#include <stdatomic.h>

#include "cli/workload/workload.h"

/* Everything is allocated before the fork, so the caller reads the truth directly. */
struct arena {
	struct workload_plan plan;
	double rounds_per_ns; /* of cpu_work(), calibrated */
	uint16_t responder_port;
	_Atomic uint32_t go; /* a futex: 0 wait, 1 work */
	_Atomic uint32_t stop;
	_Atomic uint32_t ready;    /* workers at the start line */
	_Atomic uint32_t done;     /* a futex: workers behind the finish line */
	_Atomic int failed_worker; /* index + 1 */
	_Atomic int failure;       /* errno */
	_Atomic uint64_t next_task;
	uint64_t started_ns;
	pthread_mutex_t mutex;
	pid_t tids[WORKLOAD_WORKERS_MAX];
	struct worker_truth truth[]; /* [plan.workers] */
};

struct worker {
	struct arena *arena;
	unsigned int index;
	struct worker_truth *truth;
	int connection; /* to the responder, -1 if the workload has no I/O */
};

struct workload {
	const char *name;
	const char *summary;
	const char *details;
	bool needs_responder;
	/* One task; returns early once arena->stop is set. -errno. */
	int (*task)(struct worker *worker);
};

/* Work in pieces of this length, so that `stop` is heard and locks are shared out finely. */
#define SLICE_NS 1000000ull

extern const struct workload workload_cpu, workload_io, workload_mixed, workload_lock;

/* cpu.c: a fixed amount of work that takes `ns` on an idle CPU. */
double cpu_calibrate(void);
void cpu_work(const struct arena *arena, uint64_t ns);
int cpu_task_of(struct worker *worker, uint64_t ns);

/* responder.c: answers a byte after `service_ns`; its PID, and its port in *ret_port. */
pid_t responder_start(uint64_t service_ns, uint16_t *ret_port);
int responder_connect(uint16_t port);
int io_round_trip(struct worker *worker);

/* leader.c: the body of the leader process; never returns. */
void leader_main(struct arena *arena, pid_t caller) __attribute__((noreturn));

/* worker.c */
void worker_run(struct arena *arena, unsigned int index);

#endif
