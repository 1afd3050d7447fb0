// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/play.h"

#include <errno.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "api/version.h"
#include "base/cpu_model.h"
#include "base/owned.h"
#include "base/units.h"
#include "cli/verbs/common.h"

#define STOP_PATIENCE_MS 2000

const char *play_mode_name(const struct workload_plan *plan)
{
	return plan->mode == WORKER_THREADS ? "threads" : "processes";
}

static json_t *target_json(const struct workload_plan *plan)
{
	json_t *target = json_pack("{s:s,s:s,s:s,s:i,s:[]}", "kind", "run", "workload",
				   workload_name(plan->workload), "mode", play_mode_name(plan),
				   "workers", (int)plan->workers, "command");

	/* Only when it is another: a daemon of an older version does not know the key. */
	if (target && plan->runtime != RUNTIME_NATIVE)
		json_object_set_new(target, "runtime",
				    json_string(workload_runtime_name(plan->runtime)));
	return target;
}

int play_watch(struct play *play, char *why, size_t why_size)
{
	const struct workload_plan *plan = play->plan;
	size_t count;
	const pid_t *targets = workload_targets(play->workload, &count);

	return session_create(
		play->daemon,
		session_ids(plan->mode == WORKER_THREADS ? "tids" : "pids", targets, count),
		(struct session_options){ .follow = true }, target_json(plan), play->id, why,
		why_size);
}

/* 0 when the workload has ended; the signal that ended it; -ECHILD when the daemon died. */
static int wait_for_end(struct workload_run *workload, struct daemon *daemon, int signals)
{
	struct pollfd fds[] = { { .fd = workload_fd(workload), .events = POLLIN },
				{ .fd = signals, .events = POLLIN },
				{ .fd = daemon ? daemon_fd(daemon) : -1, .events = POLLIN } };
	struct signalfd_siginfo info;
	int signal_number = 0;

	for (;;) {
		int ready = poll(fds, ARRAY_LEN(fds), signal_number ? STOP_PATIENCE_MS : -1);

		if (ready < 0 && errno != EINTR)
			return -errno;
		if (fds[2].revents)
			return -ECHILD;
		if (fds[0].revents || ready == 0)
			return signal_number;
		if (fds[1].revents && read(signals, &info, sizeof(info)) == sizeof(info)) {
			if (signal_number)
				return signal_number;
			signal_number = (int)info.ssi_signo;
			workload_stop(workload);
		}
	}
}

/* What only probes know is null, so that no reader misses a key of a report. */
static void set_unknown(json_t *document)
{
	static const char *const keys[] = {
		"totals", "parallelism", "run_queue", "cpus",     "processes", "threads",
		"locks",  "deadlocks",   "verdict",   "findings", "probes",    "completeness"
	};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		json_object_set_new(document, keys[i], json_null());
}

/* What there is to say of the machine and the window without a daemon. */
static json_t *unprobed_document(const struct play *play)
{
	struct utsname name;
	struct timespec now;
	struct tm parts;
	char started_at[40], model[128];
	json_t *document;

	uname(&name);
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	strftime(started_at, sizeof(started_at), "%Y-%m-%dT%H:%M:%SZ", &parts);
	document = json_pack("{s:s,s:s,s:{s:s,s:I,s:s?,s:I},s:o,s:{s:s}}", "schema", REPORT_SCHEMA,
			     "partrace", PARTRACE_VERSION, "host", "kernel", name.release, "cpus",
			     (json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "cpu_model",
			     cpu_model(model, sizeof(model)), "memory_bytes",
			     (json_int_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), "target",
			     target_json(play->plan), "window", "started_at", started_at);
	set_unknown(document);
	return document;
}

static bool has_pid(const json_t *pids, json_int_t pid)
{
	const json_t *one;
	size_t i;

	json_array_foreach (pids, i, one)
		if (json_integer_value(one) == pid)
			return true;
	return false;
}

/* The daemon knows the target's processes; without one, the workload does. */
static void name_processes(json_t *document, const json_t *workers)
{
	json_t *pids = json_array();
	const json_t *worker;
	size_t i;

	json_array_foreach (workers, i, worker) {
		json_int_t pid = json_integer_value(json_object_get(worker, "pid"));

		if (pid && !has_pid(pids, pid))
			json_array_append_new(pids, json_integer(pid));
	}
	json_object_set_new(json_object_get(document, "target"), "pids", pids);
}

/* The document as far as the watcher knows it. */
static int close_window(struct play *play, json_t *unprobed, uint64_t from_ns, json_t **ret,
			char *why, size_t why_size)
{
	if (play->daemon)
		return session_finish(play->daemon, play->id, ret, why, why_size);
	json_object_set_new(json_object_get(unprobed, "window"), "duration_ns",
			    json_integer((json_int_t)(monotonic_ns() - from_ns)));
	*ret = json_incref(unprobed);
	return 0;
}

static int take_truth(const struct play *play, struct play_end *end, char *why, size_t why_size)
{
	struct workload_result result;
	char reason[512] = "";
	json_t *told;
	int r = workload_finish(play->workload, &result, reason, sizeof(reason));

	if (r < 0) {
		snprintf(why, why_size, "there is no report without the workload's share: %s",
			 reason);
		return r;
	}
	told = workload_json(play->plan, &result);
	if (!play->daemon)
		name_processes(end->document,
			       json_object_get(json_object_get(told, "truth"), "workers"));
	json_object_set_new(end->document, "workload", told);
	end->elapsed_ns = result.elapsed_ns;
	end->tasks = result.tasks;
	return 0;
}

static int play_into(struct play *play, int signals, json_t *unprobed, struct play_end *end,
		     char *why, size_t why_size)
{
	uint64_t from_ns = monotonic_ns();
	int r;

	workload_go(play->workload);
	end->signal = wait_for_end(play->workload, play->daemon, signals);
	if (end->signal < 0) {
		snprintf(why, why_size,
			 "partraced ended unexpectedly, so there is no report; the workload was "
			 "stopped");
		return -ECHILD;
	}
	r = close_window(play, unprobed, from_ns, &end->document, why, why_size);
	if (!r)
		r = take_truth(play, end, why, why_size);
	if (r < 0)
		json_decref(end->document);
	return r;
}

int play_through(struct play *play, int signals, struct play_end *ret, char *why, size_t why_size)
{
	json_t *unprobed = play->daemon ? NULL : unprobed_document(play);
	struct play_end end = { 0 };
	int r = -ENOMEM;

	if (play->daemon || unprobed)
		r = play_into(play, signals, unprobed, &end, why, why_size);
	else
		snprintf(why, why_size, "out of memory");
	json_decref(unprobed);
	if (!r)
		*ret = end;
	return r;
}
