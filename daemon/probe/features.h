/* SPDX-License-Identifier: BSD-2-Clause */
/* What of the fields, arguments and helpers that the probes would like to use this kernel has. */
#ifndef PARTRACE_PROBE_FEATURES_H
#define PARTRACE_PROBE_FEATURES_H

#include <stdbool.h>
#include <stddef.h>

struct features {
	bool switch_state; /* sched_switch passes prev_state */
	bool rq_clock;     /* sched_entity.cfs_rq, cfs_rq.rq */
	bool sched_info;   /* task_struct.sched_info.run_delay */
	bool typed_cast;   /* bpf_rdonly_cast */
	bool find_vma;     /* bpf_find_vma, also within a switch */
};

/* -ENOENT: no BTF; -EOPNOTSUPP: a kernel before 5.15. `why` has one sentence. */
int features_read(struct features *ret, char *why, size_t why_size);

#endif
