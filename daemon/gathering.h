/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes by the hundreds a second where threads begin to wait for a lock: stacks, and their
 * names. A wake-up of the daemon for each would take a CPU from those threads each time. The first
 * is fetched at once, what follows it GATHERING_US later, together.
 */
#ifndef PARTRACE_GATHERING_H
#define PARTRACE_GATHERING_H

#include <systemd/sd-event.h>

/* Short enough for the maps of a process that ends soon after. */
#define GATHERING_US 10000

typedef void (*gathering_fn)(void *context);

struct gathering {
	gathering_fn fetch;
	void *context;
	sd_event_source *arrival;
	sd_event_source *pause;
};

/* `fetch` is called when `fd` is readable. 0 or -errno; `ret` is to live as long as `event`. */
int gathering_start(sd_event *event, int fd, gathering_fn fetch, void *context,
		    struct gathering *ret);
void gathering_stop(struct gathering *gathering);

#endif
