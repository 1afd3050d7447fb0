/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/verdict.h"

#include <math.h>
#include <stdio.h>

#include "cli/report/format.h"

/* Below this share nothing is worth naming as what holds the program up. */
#define WORTH_NAMING 0.01

static const char *const spent[SHARE_COUNT] = {
	[SHARE_RUNNING] = "running",
	[SHARE_READY] = "ready (no CPU free)",
	[SHARE_WAITS + WAIT_LOCK] = "in lock wait (contention)",
	[SHARE_WAITS + WAIT_CONDITION] = "in condition waits (for work or for each other)",
	[SHARE_WAITS + WAIT_IO] = "waiting for I/O (io)",
	[SHARE_WAITS + WAIT_IPC] = "waiting for pipes or sockets (ipc)",
	[SHARE_WAITS + WAIT_POLL] = "waiting for events (poll)",
	[SHARE_WAITS + WAIT_SLEEP] = "asleep by their own wish (sleep)",
	[SHARE_WAITS + WAIT_CHILD] = "waiting for child processes (child)",
	[SHARE_WAITS + WAIT_FAULT] = "waiting for page faults (fault)",
	[SHARE_WAITS + WAIT_STOPPED] = "stopped",
	[SHARE_WAITS + WAIT_OTHER] = "waiting for other causes (other)",
};

uint64_t verdict_lock_wait_ns(const struct report_figures *figures)
{
	return figures->waits[WAIT_LOCK].time_ns + figures->waits[WAIT_LOCK].ready_ns;
}

bool verdict_hangs(const struct report *report)
{
	for (size_t i = 0; i < report->processes_count; i++)
		if (report->processes[i].stuck)
			return true;
	return false;
}

struct verdict_shares verdict_shares(const struct report_figures *figures)
{
	uint64_t lock_ready_ns = figures->waits[WAIT_LOCK].ready_ns;
	struct verdict_shares shares = { 0 };

	/* Between two looks at a live thread the part can be ahead of the total. */
	if (lock_ready_ns > figures->ready_ns)
		lock_ready_ns = figures->ready_ns;
	shares.ns[SHARE_RUNNING] = figures->running_ns;
	shares.ns[SHARE_READY] = figures->ready_ns - lock_ready_ns;
	for (int cause = 0; cause < WAIT_COUNT; cause++)
		shares.ns[SHARE_WAITS + cause] = figures->waits[cause].time_ns;
	shares.ns[SHARE_WAITS + WAIT_LOCK] += lock_ready_ns;
	for (int i = 0; i < SHARE_COUNT; i++)
		shares.whole_ns += shares.ns[i];
	return shares;
}

void verdict_title(const struct report *report, char *ret, size_t size)
{
	uint64_t cpus = report->host.cpus;
	double mean = isfinite(report->parallelism.mean) ? report->parallelism.mean : 0;

	if (cpus && cpus != NO_VALUE)
		snprintf(ret, size, "PARALLELISM %.2f of %s", mean,
			 format_things(cpus, "CPU").text);
	else
		snprintf(ret, size, "PARALLELISM %.2f", mean);
}

static int largest_hindrance(const struct verdict_shares *shares)
{
	int largest = SHARE_READY;

	for (int i = SHARE_READY + 1; i < SHARE_COUNT; i++)
		if (shares->ns[i] > shares->ns[largest])
			largest = i;
	return largest;
}

void verdict_sentence(const struct report *report, char *ret, size_t size)
{
	struct verdict_shares shares = verdict_shares(&report->totals.figures);
	uint64_t threads = report->totals.threads;
	int cause = largest_hindrance(&shares);
	const char *whose = threads == 1 ? "its" : "their";
	struct figure running = format_share(shares.ns[SHARE_RUNNING], shares.whole_ns);
	struct figure held = format_share(shares.ns[cause], shares.whole_ns);
	struct figure who = format_things(threads, "thread");

	if (!shares.whole_ns)
		snprintf(ret, size, "No thread of the target was seen in this window.");
	else if (share_of(shares.ns[cause], shares.whole_ns) < WORTH_NAMING)
		snprintf(ret, size,
			 "%s spent %s of %s time running; nothing else took more than %s.",
			 who.text, running.text, whose, held.text);
	else
		snprintf(ret, size, "%s spent %s of %s time %s, and %s running.", who.text,
			 held.text, whose, spent[cause], running.text);
}
