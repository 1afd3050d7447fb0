/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The workloads' twins in CPython: cli/workload/python/partrace_workload.py, run by an interpreter
 * that the plan names. It says on its standard output, a line of JSON each, that its workers stand
 * at the start line, and in the end what it knows of itself. Both are an interpreter's words, and
 * checked. The acts of the play are those of workload.h.
 */
#ifndef PARTRACE_WORKLOAD_PYTHON_H
#define PARTRACE_WORKLOAD_PYTHON_H

#include "cli/workload/workload.h"

#define PYTHON_ARGUMENTS_MAX 24

struct python_run;

/* argv of the interpreter; its texts live in it or in the plan. */
struct python_arguments {
	const char *list[PYTHON_ARGUMENTS_MAX]; /* NULL-terminated */
	char numbers[4][32];
};

/* Pure: what of the plan its twin cannot do is refused: -EINVAL and one clause in `why`. */
int python_settle(struct workload_plan *plan, char *why, size_t why_size);
/* Pure. `script` is the path of partrace_workload.py. */
void python_arguments(const struct workload_plan *plan, const char *script,
		      struct python_arguments *ret);

/* Beside us in the source tree, else where `make install` puts it. 0 or -ENOENT. */
int python_script(char *path, size_t size);

/*
 * Pure: the first line. At most WORKLOAD_WORKERS_MAX targets, malloc'ed; -EBADMSG and one clause.
 */
int python_parse_ready(const char *text, size_t length, pid_t **ret, size_t *ret_count, char *why,
		       size_t why_size);
/* Pure: the last line, as the report's workload{}; -EBADMSG and one clause. */
int python_parse_truth(const char *text, size_t length, const char *workload, json_t **ret,
		       char *why, size_t why_size);

/* As their namesakes in workload.h. */
int python_start(const struct workload_plan *plan, struct python_run **ret, char *why,
		 size_t why_size);
const pid_t *python_targets(const struct python_run *run, size_t *ret_count);
void python_go(struct python_run *run);
int python_fd(const struct python_run *run);
void python_stop(struct python_run *run);
int python_finish(struct python_run *run, struct workload_result *ret, char *why, size_t why_size);
void python_free(struct python_run *run);

#endif
