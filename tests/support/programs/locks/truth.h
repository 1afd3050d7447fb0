/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program knows of its own locks, by its own clock: who waited, who held, what the holder
 * did meanwhile. It is kept in memory while the program runs and summed up at the end, one line of
 * JSON. Memory is shared with children that are forked after truth_begin(), so that one process
 * prints for all. Builds with glibc and musl.
 */
#ifndef PARTRACE_TESTS_TRUTH_H
#define PARTRACE_TESTS_TRUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum truth_state { TRUTH_RUNNING, TRUTH_READY, TRUTH_LOCK, TRUTH_IO, TRUTH_OTHER, TRUTH_STATES };

/* A thread's clocks at one instant. */
struct truth_account {
	uint64_t now_ns;   /* CLOCK_MONOTONIC */
	uint64_t cpu_ns;   /* CLOCK_THREAD_CPUTIME_ID */
	uint64_t ready_ns; /* second figure of its schedstat */
};

/* Once, before anything else and before any fork. SIGTERM asks the program to stop. */
void truth_begin(const char *program);
/* True after `seconds` since truth_begin() (0: never), after SIGTERM, or after truth_stop(). */
bool truth_stopped(void);
void truth_stop(void);
void truth_set_seconds(double seconds);

/* Makes a lock known; what is returned names it below. A second process adds its own address. */
int truth_lock(const char *name, const char *kind, const void *address, size_t size);
void truth_lock_at(int lock, const void *address);
/* Where the lock's symbol is declared. */
void truth_lock_declared(int lock, const char *file, unsigned int line);

/* Each thread, before it touches a lock: its log and its name, as the kernel has it then. */
void truth_thread(const char *name);

uint64_t truth_now(void);
struct truth_account truth_account(void);

/* `function` is the direct caller of the library's lock function: a literal. */
void truth_waited(int lock, const char *function, uint64_t from_ns, bool timed_out);
/* Just after it was got, and just before it is given up. */
void truth_acquired(int lock);
void truth_releasing(int lock);
/* What this thread was blocked for since `from` is of this kind, for each lock it had then. */
void truth_did(const struct truth_account *from, enum truth_state state);

/* Computes for so long: by the wall's clock, or of the thread's own CPU time. */
void truth_compute(uint64_t ns);
void truth_compute_cpu(uint64_t ns);
void truth_sleep(uint64_t ns);

/* The line of JSON, on stdout. No other thread may be at a lock any more. */
void truth_print(void);

#endif
