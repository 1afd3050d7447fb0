// SPDX-License-Identifier: BSD-2-Clause
/* What the probes learn from the daemon itself, before they watch anybody. */
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>

#include "base/owned.h"
#include "daemon/probe/probe_parts.h"

/* One that cannot be had (inotify's are few for each user) stays anonymous in the reports. */
static void open_examples(__u32 fds[FILE_LEARNED])
{
	sigset_t none;

	sigemptyset(&none);
	fds[0] = eventfd(0, EFD_CLOEXEC);
	fds[FILE_TIMER - FILE_EVENT] = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	fds[FILE_SIGNAL - FILE_EVENT] = signalfd(-1, &none, SFD_CLOEXEC);
	fds[FILE_NOTIFY - FILE_EVENT] = inotify_init1(IN_CLOEXEC);
}

static void close_examples(const __u32 fds[FILE_LEARNED])
{
	for (int i = 0; i < FILE_LEARNED; i++)
		if ((int)fds[i] >= 0)
			close((int)fds[i]);
}

int probe_look_at_self(struct probe *probe)
{
	__u32 *examples = probe->skeleton->bss->control.file_examples;
	int r;

	open_examples(examples);
	r = probe_observe(probe, OBSERVE_SELF);
	close_examples(examples);
	return r;
}
