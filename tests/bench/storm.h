/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of a program whose threads wait for one mutex all the time, watched by a tool or not. */
#ifndef PARTRACE_TESTS_BENCH_STORM_H
#define PARTRACE_TESTS_BENCH_STORM_H

#include <stdbool.h>
#include <sys/types.h>

#define STORM_THREADS 8
/* Where a storm says what it took: seconds and waits. */
#define STORM_RESULT "/tmp/partrace-bench-storm"

struct watcher {
	const char *name;
	const char *attach; /* the command, for PID %2$d; %1$s is partrace; NULL: empty programs */
	const char *storm;  /* %1$s with %2$u rounds of each of its threads, %3$u */
	double budget;      /* 0: shown for comparison */
	unsigned int pairs;
	unsigned int rounds; /* fewer for tools that make it many times slower */
};

struct storm {
	double seconds;
	double waits;
};

/* What all runs need; `floor` is an object file of programs that do nothing. */
struct storm_programs {
	const char *partrace, *storm, *floor;
};

/* The storm waits for SIGUSR1, which is blocked in all that is started here. */
pid_t storm_start(const struct storm_programs *programs, const struct watcher *watcher);
/* The tool that watches `target` now. */
pid_t storm_attach(const struct storm_programs *programs, const struct watcher *watcher,
		   pid_t target);
/* Ends the program with a sentence where it left none. */
struct storm storm_result(void);
struct storm storm_run(const struct storm_programs *programs, const struct watcher *watcher,
		       bool watched);

#endif
