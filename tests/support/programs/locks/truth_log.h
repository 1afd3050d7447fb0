/* SPDX-License-Identifier: BSD-2-Clause */
/* What truth.c gathers and truth_print.c sums up. */
#ifndef PARTRACE_TESTS_TRUTH_LOG_H
#define PARTRACE_TESTS_TRUTH_LOG_H

#include <stdatomic.h>
#include <sys/types.h>

#include "truth.h"

#define TRUTH_LOCKS_MAX     8
#define TRUTH_LOGS_MAX      80
#define TRUTH_EVENTS_MAX    60000
#define TRUTH_ADDRESSES_MAX 4

/* A wait for a lock, or, with `held`, the time that one was held. */
struct truth_event {
	uint64_t from_ns, until_ns;
	uint64_t state_ns[TRUTH_STATES]; /* of a hold */
	const char *function;            /* of a wait */
	int lock;
	bool held;
	bool timed_out; /* of a wait: it was not got */
};

struct truth_log {
	pid_t tid, pid;
	char name[16];
	unsigned int count;
	unsigned int dropped;
	struct truth_event events[TRUTH_EVENTS_MAX];
};

struct truth_address {
	pid_t pid;
	uintptr_t address;
};

struct truth_lock_row {
	const char *name, *kind, *file;
	unsigned int line;
	size_t size;
	struct truth_address addresses[TRUTH_ADDRESSES_MAX];
	int addresses_count;
};

struct truth_memory {
	const char *program;
	pid_t pid;
	uint64_t began_ns, until_ns;
	atomic_bool stop;
	struct truth_lock_row locks[TRUTH_LOCKS_MAX];
	int locks_count;
	atomic_uint logs_count;
	struct truth_log logs[TRUTH_LOGS_MAX];
};

void truth_memory_print(const struct truth_memory *memory, uint64_t now_ns);

#endif
