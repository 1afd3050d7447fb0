/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs built-in workloads, and reads what they know of themselves beside the report on them. */
#ifndef PARTRACE_TESTS_WORKLOAD_H
#define PARTRACE_TESTS_WORKLOAD_H

#include <jansson.h>

/*
 * Who hangs goes on waiting while the report waits for the names of code and locks, after the
 * workload has taken its own time.
 */
#define LOOK_NS 150e6

/* A test in threads and one in processes; each with 2 and with 4 workers. */
#define IN_EVERY_WAY(suite, name)                                                                  \
	Test(suite, name##_in_threads)                                                             \
	{                                                                                          \
		name("threads", 2);                                                                \
		name("threads", 4);                                                                \
	}                                                                                          \
	Test(suite, name##_in_processes)                                                           \
	{                                                                                          \
		name("procs", 2);                                                                  \
		name("procs", 4);                                                                  \
	}

/*
 * `partrace run --MODE WORKERS` with these options. Fails the test unless the report is complete
 * and has a truth of each worker, which add up.
 */
__attribute__((format(printf, 3, 4))) json_t *workload_run(const char *mode, int workers,
							   const char *options, ...);

/* Of workload.truth. */
double workload_truth(const json_t *report, const char *key);
const json_t *workload_worker(const json_t *report, size_t index);
/* What the workers know adds up to what is known of all. */
void assert_workers_sum(const json_t *report, const char *key);

/* Blocked and the delay that ended it: what the workload's own clock sees. */
double workload_wait(const json_t *report, const char *cause);
/* What all workers together may have stood at the start line: the window is open there already. */
double workload_start_ns(const json_t *report);

void assert_near(double got, double want, double share, double slack_ns, const char *what);

#endif
