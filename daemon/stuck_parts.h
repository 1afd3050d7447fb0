/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of daemon/stuck.h only. */
#ifndef PARTRACE_STUCK_PARTS_H
#define PARTRACE_STUCK_PARTS_H

#include "abi/thread.h"
#include "api/report.h"
#include "daemon/shared_memory.h"

struct stuck_process {
	struct report_process *row;
	uint64_t threads; /* that are watched */
	bool may_go_on;
};

/* What another process could end: a wait for a child, or in a futex that lies in shared memory. */
struct stuck_wait {
	const struct thread_slot *slot;
	uint32_t pid, tid;
	uint32_t seq;
	uint64_t futex; /* 0: for a child */
};

/* Memory that was looked at, and whether somebody has it who is not stuck. */
struct stuck_memory {
	struct shared_memory memory;
	bool is_open;
};

/* Each is looked for in all processes: so many may be waited in. */
#define STUCK_MEMORIES_MAX 8

struct stuck {
	struct stuck_process *processes; /* by PID */
	size_t count;
	struct stuck_wait *waits;
	size_t waits_count, waits_room;
	struct stuck_memory memories[STUCK_MEMORIES_MAX];
	size_t memories_count;
	uint64_t unchecked; /* processes that were not looked at to the end */
	uint64_t until_ns;  /* of the thread's CPU time */
};

/* NULL: it is none of the report's. */
struct stuck_process *stuck_find(const struct stuck *stuck, uint32_t pid);
/* Whoever waits for what somebody may end that is not stuck himself may go on; and so forth. */
void stuck_settle(struct stuck *stuck);

#endif
