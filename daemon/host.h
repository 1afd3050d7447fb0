/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine: the report's host{}. */
#ifndef PARTRACE_HOST_H
#define PARTRACE_HOST_H

#include "api/report.h"

/* By uname(), sysconf() and /proc/cpuinfo. The texts live as long as the program. */
void host_read(struct report_host *ret);

/* Is this CPU online now, by /sys? */
bool host_cpu_online(unsigned int cpu);

#endif
