// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/gathering.h"

#include <sys/epoll.h>

static int on_arrival(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct gathering *gathering = context;
	int r = sd_event_source_set_enabled(source, SD_EVENT_OFF);

	(void)fd;
	(void)events;
	gathering->fetch(gathering->context);
	if (r >= 0)
		r = sd_event_source_set_time_relative(gathering->pause, GATHERING_US);
	return r < 0 ? r : sd_event_source_set_enabled(gathering->pause, SD_EVENT_ONESHOT);
}

/* What has come meanwhile is seen in the loop's next turn. */
static int on_pause_over(sd_event_source *source, uint64_t when_us, void *context)
{
	struct gathering *gathering = context;

	(void)source;
	(void)when_us;
	return sd_event_source_set_enabled(gathering->arrival, SD_EVENT_ON);
}

int gathering_start(sd_event *event, int fd, gathering_fn fetch, void *context,
		    struct gathering *ret)
{
	int r;

	*ret = (struct gathering){ .fetch = fetch, .context = context };
	r = sd_event_add_time_relative(event, &ret->pause, CLOCK_MONOTONIC, GATHERING_US, 1000,
				       on_pause_over, ret);
	if (r >= 0)
		r = sd_event_source_set_enabled(ret->pause, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_io(event, &ret->arrival, fd, EPOLLIN, on_arrival, ret);
	return r;
}

void gathering_stop(struct gathering *gathering)
{
	sd_event_source_unref(gathering->arrival);
	sd_event_source_unref(gathering->pause);
}
