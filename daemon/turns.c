// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/turns.h"

#include "base/number.h"
#include "base/units.h"

static int take_turn(sd_event *event, struct turns *turns)
{
	uint64_t from_ns = monotonic_ns(), from_cpu_ns = clock_now_ns(CLOCK_THREAD_CPUTIME_ID);
	int r = sd_event_dispatch(event);

	turns->count++;
	turns->longest_ns = larger(turns->longest_ns, monotonic_ns() - from_ns);
	turns->longest_cpu_ns =
		larger(turns->longest_cpu_ns, clock_now_ns(CLOCK_THREAD_CPUTIME_ID) - from_cpu_ns);
	return r;
}

int turns_loop(sd_event *event, struct turns *turns)
{
	int r = 0, code;

	while (r >= 0 && sd_event_get_state(event) != SD_EVENT_FINISHED) {
		r = sd_event_prepare(event);
		if (r == 0)
			r = sd_event_wait(event, UINT64_MAX);
		if (r > 0)
			r = take_turn(event, turns);
	}
	if (r < 0)
		return r;
	r = sd_event_get_exit_code(event, &code);
	return r < 0 ? r : code;
}
