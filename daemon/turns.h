/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long the event loop lets others wait: a turn is what it does between two looks at who is
 * ready. Told by GET /v1/health, so that anybody can measure it on a machine of their own.
 */
#ifndef PARTRACE_TURNS_H
#define PARTRACE_TURNS_H

#include <stdint.h>
#include <systemd/sd-event.h>

struct turns {
	uint64_t count;
	uint64_t longest_ns;     /* as others wait for it */
	uint64_t longest_cpu_ns; /* what of one was computing: no neighbour on the CPU adds to it */
};

/* As sd_event_loop(). */
int turns_loop(sd_event *event, struct turns *turns);

#endif
