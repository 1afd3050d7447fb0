/* SPDX-License-Identifier: BSD-2-Clause */
/* Of the picture: waits in calls of I/O for which nobody has asked anything, and so without work.
 */
#include <math.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/diagnose/picture.h"
#include "daemon/diagnose/picture_parts.h"
#include "daemon/diagnose/thresholds.h"

/* A server that waits for a client waits for work. */
static bool is_for_clients(const struct report_syscall *call)
{
	return call->name && !strncmp(call->name, "accept", 6);
}

/* Who collects what others have asked for waits for work when nobody asks. */
static bool is_for_nothing(const struct report_syscall *call)
{
	static const char *const calls[] = { "io_uring_enter", "io_getevents", "io_pgetevents" };

	for (size_t i = 0; call->name && i < ARRAY_LEN(calls); i++)
		if (!strcmp(call->name, calls[i]))
			return picture_known(call->time_ns) >=
			       threshold(THRESHOLD_COLLECTS_NS) * (double)call->count;
	return false;
}

static double sum_of(const struct report_wait *wait, bool (*is)(const struct report_syscall *call))
{
	double sum = 0;

	for (size_t i = 0; i < wait->syscalls_count; i++)
		if (is(&wait->syscalls[i]))
			sum += picture_known(wait->syscalls[i].time_ns);
	return fmin(sum, picture_known(wait->time_ns));
}

double picture_unasked(const struct report_wait *wait)
{
	return sum_of(wait, is_for_clients) + sum_of(wait, is_for_nothing);
}

double picture_accepted(const struct report_figures *figures)
{
	return sum_of(&figures->waits[WAIT_IO], is_for_clients) +
	       sum_of(&figures->waits[WAIT_IPC], is_for_clients);
}
