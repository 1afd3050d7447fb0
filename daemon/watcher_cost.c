// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/watcher_cost.h"

#include "base/units.h"

#define SAMPLE_NS (100 * NSEC_PER_MSEC)
#define PERIOD_NS (10 * NSEC_PER_SEC)

void cost_meter_tick(struct cost_meter *meter, struct probe *probe, uint64_t now_ns)
{
	struct probe_cost cost;

	if (!meter->since_ns && now_ns >= meter->next_ns) {
		meter->next_ns = now_ns + PERIOD_NS;
		if (probe_cost_start(probe) < 0)
			return;
		meter->from = probe_cost(probe);
		meter->since_ns = monotonic_ns();
		return;
	}
	/* The timer may come a little early. */
	if (!meter->since_ns || now_ns - meter->since_ns < SAMPLE_NS * 9 / 10)
		return;
	cost = probe_cost(probe);
	meter->totals.sampled_ns += monotonic_ns() - meter->since_ns;
	meter->totals.run_time_ns += cost.run_time_ns - meter->from.run_time_ns;
	meter->totals.sampling_ns += cost.sampling_ns - meter->from.sampling_ns;
	meter->totals.runs += cost.runs - meter->from.runs;
	meter->since_ns = 0;
	probe_cost_stop(probe);
}

void cost_since(const struct cost_totals *from, const struct cost_totals *to, uint64_t cpus,
		struct session_health *health)
{
	uint64_t run_time_ns = to->run_time_ns - from->run_time_ns;
	uint64_t runs = to->runs - from->runs;

	health->sampled_ns = to->sampled_ns - from->sampled_ns;
	if (!health->sampled_ns || !runs || !cpus) {
		health->sampled_ns = 0;
		return;
	}
	health->ns_per_event =
		(double)(run_time_ns - (to->sampling_ns - from->sampling_ns)) / (double)runs;
	health->share_of_cpu = (double)run_time_ns / ((double)health->sampled_ns * (double)cpus);
}
