/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is remembered of processes: what is mapped where, and their perf-PID.map. It outlives them,
 * until it is forgotten or so many others have come that it is the one used longest ago.
 */
#ifndef PARTRACE_SYMBOL_PROCESS_H
#define PARTRACE_SYMBOL_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/symbol/maps.h"
#include "daemon/symbol/perf_map.h"
#include "daemon/symbol/symbolizer.h"

#define PROCESSES_MAX          1024u
#define PROCESSES_MAPPINGS_MAX 1048576u /* of all of them together, about 100 bytes each */

struct process {
	pid_t pid;          /* 0: a free slot */
	uint64_t started;   /* field 22 of /proc/PID/stat: tells a number that was used again */
	uint64_t looked_ns; /* when the maps were read last */
	uint64_t maps_hash;
	struct maps maps;
	bool is_code_open; /* the owner's: files of these maps are */
	size_t counted;    /* of its mappings, in the sum over all processes */
	struct perf_map perf_map;
	struct jit_loss jit_loss; /* what of it is not known, and why */
	bool lacks_jit_name;      /* and that may be why code that was asked for has no name */
	uint64_t perf_looked_ns;
	uint64_t perf_size, perf_changed_ns; /* of the file that was read */
	uint64_t used;                       /* larger: used later */
};

struct processes;

/* 0 or -ENOMEM. */
int processes_new(struct processes **ret);
void processes_free(struct processes *processes);

/*
 * The process with maps that are at most a second old, or as they were when it could last be read.
 * -ESRCH when it is gone and was never seen. It stays valid until the next call.
 */
int processes_get(struct processes *processes, pid_t pid, uint64_t now_ns, struct process **ret);
/* For an address that nothing is mapped at: the maps may be older than that. */
void process_look_again(struct process *process, uint64_t now_ns);
/*
 * The name that its runtime gave the code there; NULL when there is none. `is_code`: it may have
 * one, so that where there is none, it is missed.
 */
const char *process_jit_name(struct process *process, uint64_t address, bool is_code,
			     uint64_t now_ns, uint64_t *ret_offset);
/* Nothing, where no name was missed. */
struct jit_loss processes_jit_loss(const struct processes *processes, pid_t pid);
/* Those that are remembered. */
size_t processes_count(const struct processes *processes);
/* It has ended: the next one of this PID is another. */
void processes_forget(struct processes *processes, pid_t pid);

#endif
