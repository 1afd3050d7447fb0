// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/watch.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "cli/client/document.h"
#include "cli/report/interval.h"

/* How often it is asked whether the targets still live. */
#define LOOK_NS (200 * NSEC_PER_MSEC)

struct clock_hands {
	uint64_t end_ns; /* UINT64_MAX: none */
	uint64_t look_ns;
	uint64_t interval_ns; /* UINT64_MAX: none */
};

static int ms_until(uint64_t then_ns)
{
	uint64_t now_ns = monotonic_ns();

	return then_ns > now_ns ? (int)((then_ns - now_ns + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC) : 0;
}

static uint64_t soonest(const struct clock_hands *hands)
{
	uint64_t then_ns = hands->end_ns < hands->look_ns ? hands->end_ns : hands->look_ns;

	return then_ns < hands->interval_ns ? then_ns : hands->interval_ns;
}

/* 0 when the time has come; the signal; -ECHILD when the daemon has died. */
static int rest(const struct watch *watch, const struct clock_hands *hands)
{
	struct pollfd fds[] = { { .fd = watch->signals, .events = POLLIN },
				{ .fd = daemon_fd(watch->daemon), .events = POLLIN } };
	struct signalfd_siginfo info;
	int ready = poll(fds, ARRAY_LEN(fds), ms_until(soonest(hands)));

	if (ready < 0)
		return errno == EINTR ? 0 : -errno;
	if (ready > 0 && fds[1].revents)
		return -ECHILD;
	if (ready > 0 && fds[0].revents && read(watch->signals, &info, sizeof(info)) > 0)
		return (int)info.ssi_signo;
	return 0;
}

/* 1 when no target is left and none can come; 0 or -errno. */
static int targets_are_gone(const struct watch *watch, char *why, size_t why_size)
{
	json_t *summary = NULL;
	int r;

	if (watch->may_grow)
		return 0;
	r = session_ask(watch->daemon, watch->id, "", &summary, why, why_size);
	if (r < 0)
		return r;
	r = json_integer_value(json_object_get(summary, "live_threads")) == 0;
	json_decref(summary);
	return r;
}

/* The sums up to now; *ret owns what `document` holds. */
static int read_sums(const struct watch *watch, json_t **document, struct report *ret, char *why,
		     size_t why_size)
{
	int r = session_ask(watch->daemon, watch->id, "/totals", document, why, why_size);

	return r < 0 ? r : report_decode(*document, ret, why, why_size);
}

/* 1 when the probes cost more than they may; prints the interval if one is due. */
static int look_at_sums(const struct watch *watch, bool interval_is_due,
			struct interval_printer *printer, char *why, size_t why_size)
{
	struct report sums = { 0 };
	json_t *document = NULL;
	int r = read_sums(watch, &document, &sums, why, why_size);

	if (!r && interval_is_due)
		interval_print(printer, &sums);
	/* NaN, where the cost is not known, is not above anything. */
	if (!r && watch->max_cost > 0 && sums.probes.share_of_cpu > watch->max_cost)
		r = 1;
	report_release(&sums);
	json_decref(document);
	return r;
}

static int look(const struct watch *watch, struct clock_hands *hands,
		struct interval_printer *printer, char *why, size_t why_size)
{
	uint64_t now_ns = monotonic_ns();
	bool interval_is_due = now_ns >= hands->interval_ns;
	int r = 0;

	/* On a busy machine a line may come late; then the next is not printed at once as well. */
	while (interval_is_due && hands->interval_ns <= now_ns)
		hands->interval_ns += watch->interval_ns;
	if (interval_is_due || watch->max_cost > 0)
		r = look_at_sums(watch, interval_is_due, printer, why, why_size);
	if (r)
		return r < 0 ? r : WATCH_COST;
	if (now_ns >= hands->end_ns)
		return WATCH_TIME;
	if (now_ns < hands->look_ns)
		return -EAGAIN;
	hands->look_ns = now_ns + LOOK_NS;
	r = targets_are_gone(watch, why, why_size);
	return r < 0 ? r : r ? WATCH_TARGETS : -EAGAIN;
}

int watch_until_end(const struct watch *watch, int *ret_signal, char *why, size_t why_size)
{
	uint64_t now_ns = monotonic_ns(), duration_ns = watch->common->duration_ns;
	struct interval_printer printer = { .out = stdout, .json = watch->common->json };
	struct clock_hands hands = {
		.end_ns = duration_ns ? now_ns + duration_ns : UINT64_MAX,
		.look_ns = now_ns + LOOK_NS,
		.interval_ns = watch->interval_ns ? now_ns + watch->interval_ns : UINT64_MAX,
	};

	*ret_signal = 0;
	for (;;) {
		int r = rest(watch, &hands);

		if (r > 0) {
			*ret_signal = r;
			return WATCH_SIGNAL;
		}
		if (!r)
			r = look(watch, &hands, &printer, why, why_size);
		if (r == -ECHILD)
			snprintf(why, why_size,
				 "partraced ended unexpectedly, so there is no report");
		if (r != -EAGAIN)
			return r;
	}
}
