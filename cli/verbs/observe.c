// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/observe.h"

#include <errno.h>
#include <signal.h>

#include "base/log.h"
#include "base/owned.h"
#include "cli/report/format.h"
#include "cli/verb.h"
#include "cli/verbs/watch.h"

/* Room for threads that are born while it watches. */
#define SLOTS_TO_SPARE 4096u

/* As many threads as the machine has now, and some. */
static struct daemon_wish daemon_wanted(const struct common_options *common)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/loadavg", "re");
	unsigned int tasks = 0;

	if (file && fscanf(file, "%*f %*f %*f %*u/%u", &tasks) != 1)
		tasks = 0;
	return common_wish(common, tasks + SLOTS_TO_SPARE);
}

static void announce(const struct observation *observation)
{
	uint64_t duration_ns = observation->common->duration_ns;
	char time[sizeof(struct figure) + 8] = "until Ctrl-C";

	if (observation->common->quiet || observation->silent)
		return;
	if (duration_ns)
		snprintf(time, sizeof(time), "for %s", format_span(duration_ns).text);
	log_line("watching %s %s%s; it is neither stopped nor slowed by more than the probes' cost",
		 observation->targets->what, time, duration_ns ? ", or until Ctrl-C" : "");
}

/* Of a server whose workers ran before, the parent alone is mostly not what was meant. */
static void say_left_out(const struct observation *observation, uint64_t left_out)
{
	if (left_out && !observation->common->quiet)
		log_line("%llu %s before and %s not watched; --tree watches children, too",
			 (unsigned long long)left_out,
			 left_out == 1 ? "child of the target ran" : "children of the target ran",
			 left_out == 1 ? "is" : "are");
}

static void say_how_it_ended(const struct observation *observation, int end)
{
	if (end == WATCH_COST)
		log_line("detached: the probes took more than %.3g %% of the CPUs (--max-cost)",
			 observation->max_cost * 100);
	else if (end == WATCH_TARGETS && !observation->common->quiet)
		log_line("all targets have ended");
}

static int open_session(const struct observation *observation, struct daemon *daemon, char id[32],
			char *why, size_t why_size)
{
	const struct target_options *targets = observation->targets;
	uint64_t left_out = 0;
	struct session_options options = { .follow = !targets->no_follow,
					   .stacks = observation->stacks,
					   .ret_left_out = &left_out };
	json_t *target = json_pack("{s:s,s:s}", "kind", "attach", "what", targets->what);
	int r = session_create(daemon, targets_json(targets), options, target, id, why, why_size);

	if (r < 0)
		return r;
	announce(observation);
	say_left_out(observation, left_out);
	return 0;
}

/* How it ended, or -errno with `why`. */
static int watch(const struct observation *observation, struct daemon *daemon, int signals,
		 const char *id, int *ret_signal, char *why, size_t why_size)
{
	const struct target_options *targets = observation->targets;
	struct watch watch = { .common = observation->common,
			       .daemon = daemon,
			       .id = id,
			       .signals = signals,
			       .interval_ns = observation->interval_ns,
			       .max_cost = observation->max_cost,
			       .may_grow = targets->all || json_array_size(targets->cgroups) };

	return watch_until_end(&watch, ret_signal, why, why_size);
}

static int observe_with(const struct observation *observation, int signals, json_t **ret,
			int *ret_signal)
{
	_cleanup_(daemon_closep) struct daemon *daemon = NULL;
	char id[32], why[256] = "";
	int status = STATUS_FAILED;
	struct daemon_wish wish = daemon_wanted(observation->common);
	int r = daemon_open(&wish, &daemon, &status, why, sizeof(why));

	if (r == -ECHILD)
		return status;
	if (!r)
		r = open_session(observation, daemon, id, why, sizeof(why));
	if (!r)
		r = watch(observation, daemon, signals, id, ret_signal, why, sizeof(why));
	if (r >= 0)
		say_how_it_ended(observation, r);
	if (r < 0 || session_finish(daemon, id, ret, why, sizeof(why)) < 0) {
		log_line("%s", why);
		return r == -EPERM ? STATUS_CANNOT : STATUS_FAILED;
	}
	return STATUS_DONE;
}

int observe(const struct observation *observation, json_t **ret, int *ret_signal)
{
	_cleanup_close_ int signals = -1;
	int status = require_machine("");

	if (status == STATUS_DONE)
		status = output_check(observation->common);
	if (status != STATUS_DONE)
		return status;
	signals = common_signals();
	return observe_with(observation, signals, ret, ret_signal);
}

int observe_status(int status, int signal_number)
{
	if (status == STATUS_DONE && signal_number && signal_number != SIGINT)
		return 128 + signal_number;
	return status;
}
