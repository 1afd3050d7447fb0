// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/hurry.h"

#include <sched.h>

/* Niceness would not do: with autogroups it counts among the processes of one terminal only. */
bool hurry_begin(void)
{
	const struct sched_param lowest = { .sched_priority = sched_get_priority_min(SCHED_FIFO) };

	return sched_getscheduler(0) == SCHED_OTHER && !sched_setscheduler(0, SCHED_FIFO, &lowest);
}

void hurry_end(bool hurried)
{
	const struct sched_param none = { 0 };

	if (hurried)
		sched_setscheduler(0, SCHED_OTHER, &none);
}
