/* SPDX-License-Identifier: BSD-2-Clause */
/* What the probes cost: measured by the kernel (bpf_stats), for 100 ms in every 10 s. */
#ifndef PARTRACE_WATCHER_COST_H
#define PARTRACE_WATCHER_COST_H

#include <stdint.h>

#include "daemon/model/session.h"
#include "daemon/probe/probe.h"

struct cost_totals {
	uint64_t run_time_ns;
	uint64_t sampling_ns; /* the part of it that is samples of code */
	uint64_t runs;
	uint64_t sampled_ns;
};

struct cost_meter {
	struct cost_totals totals; /* finished samples */
	struct probe_cost from;
	uint64_t since_ns; /* of the sample that is going on; 0: none */
	uint64_t next_ns;
};

/* Starts or ends a sample when it is time. */
void cost_meter_tick(struct cost_meter *meter, struct probe *probe, uint64_t now_ns);

/* Fills sampled_ns, ns_per_event and share_of_cpu; sampled_ns is 0 when nothing was measured. */
void cost_since(const struct cost_totals *from, const struct cost_totals *to, uint64_t cpus,
		struct session_health *health);

#endif
