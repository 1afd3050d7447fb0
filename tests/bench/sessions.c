// SPDX-License-Identifier: BSD-2-Clause
/*
 * sessions SLEEPER: how long a private daemon takes to start; how long it takes to attach to 10,000
 * threads and to report on them; what further sessions cost, on the same targets and on overlapping
 * ones; and what the switches of everybody else cost while one is open.
 */
#include <bpf/bpf.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/routes.h"
#include "base/owned.h"
#include "base/units.h"
#include "cli/client/daemon.h"
#include "tests/bench/bench.h"

#define ROUNDS       5
#define SESSIONS     8
#define WINDOW_MS    700
#define THREADS_MANY 10000
#define SLOTS        32768
#define PINNED       "exec taskset -c 0 perf bench -f simple sched pipe -T -l 100000000 >/dev/null"
#define PINNED_TOO   "exec taskset -c 1 perf bench -f simple sched pipe -T -l 100000000 >/dev/null"

static int failures;

static void check(const char *what, double value, double bound, const char *unit)
{
	failures += bench_check(what, value, bound, unit);
}

static struct daemon *open_daemon(void)
{
	const struct daemon_wish wish = { .max_threads = SLOTS };
	struct daemon *daemon = NULL;
	char why[256];
	int status;

	if (daemon_open(&wish, &daemon, &status, why, sizeof(why)) == 0)
		return daemon;
	fprintf(stderr, "sessions: %s\n", why);
	exit(1);
}

/* A session on these processes; its ID is lost, for it ends with its daemon. */
static void open_session(struct daemon *daemon, const pid_t *pids, size_t count, char id[32])
{
	json_t *list = json_array(), *request, *answer = NULL;
	char why[256] = "";

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_integer(pids[i]));
	request = json_pack("{s:{s:o}}", "targets", "pids", list);
	if (daemon_request(daemon, "POST", ROUTE_SESSIONS, request, &answer, why, sizeof(why))) {
		fprintf(stderr, "sessions: %s\n", why);
		exit(1);
	}
	snprintf(id, 32, "%s", json_string_value(json_object_get(answer, "id")));
	json_decref(answer);
	json_decref(request);
}

static double ms_since(uint64_t then_ns)
{
	return (double)(monotonic_ns() - then_ns) / 1e6;
}

/* ---- start-up ---- */

static void start_up(void)
{
	double ms[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t from_ns = monotonic_ns();
		struct daemon *daemon = open_daemon();

		ms[i] = ms_since(from_ns);
		daemon_close(daemon);
	}
	check("start-up: probes loaded and first answer", bench_median(ms, ROUNDS), 300, "ms");
}

/* ---- 10,000 threads ---- */

static void attach_to_many(const char *sleeper)
{
	char command[4200], id[32], path[96], why[256];
	json_t *report = NULL;
	struct daemon *daemon;
	uint64_t from_ns;
	char *text;
	size_t size;
	pid_t pid;

	snprintf(command, sizeof(command), "exec %s %d 60", sleeper, THREADS_MANY);
	pid = bench_start(command, 0);
	bench_sleep_ms(2000);
	from_ns = monotonic_ns();
	daemon = open_daemon();
	open_session(daemon, &pid, 1, id);
	check("attach to 10,000 threads, until probes are live", ms_since(from_ns), 1000, "ms");
	from_ns = monotonic_ns();
	snprintf(path, sizeof(path), ROUTE_SESSIONS "/%s/report", id);
	if (daemon_read(daemon, path, &text, &size, why, sizeof(why)))
		exit(1);
	check("report on them, until the document is here", ms_since(from_ns), 500, "ms");
	from_ns = monotonic_ns();
	report = json_loadb(text, size, 0, NULL);
	free(text);
	check("reading its JSON, in the client", ms_since(from_ns), 0, "ms");
	if (json_array_size(json_object_get(report, "threads")) < THREADS_MANY)
		fprintf(stderr, "sessions: threads are missing\n"), failures++;
	json_decref(report);
	daemon_close(daemon);
	bench_stop(pid);
}

/* ---- more sessions ---- */

static double measure(void)
{
	struct cost_sample from = cost_of("partrace_switch");

	bench_sleep_ms(WINDOW_MS);
	return cost_between(from, cost_of("partrace_switch"));
}

/* Cost with one session, with eight equal ones, with eight of which no two are equal. */
static void measure_round(pid_t bench, const pid_t *others, double *one, double *equal,
			  double *overlapping)
{
	struct daemon *daemon = open_daemon();
	char id[32];

	open_session(daemon, &bench, 1, id);
	*one = measure();
	for (int i = 1; i < SESSIONS; i++)
		open_session(daemon, &bench, 1, id);
	*equal = measure() / *one;
	for (int i = 1; i < SESSIONS; i++) {
		pid_t both[] = { bench, others[i] };

		open_session(daemon, both, 2, id);
	}
	*overlapping = (measure() - *one) / (SESSIONS - 1);
	daemon_close(daemon);
}

static void more_sessions(void)
{
	double one[ROUNDS], equal[ROUNDS], overlapping[ROUNDS];
	pid_t bench = bench_start(PINNED, 0), others[SESSIONS];

	for (int i = 0; i < SESSIONS; i++)
		others[i] = bench_start("exec sleep 600", 0);
	bench_sleep_ms(300);
	for (int i = 0; i < ROUNDS; i++)
		measure_round(bench, others, &one[i], &equal[i], &overlapping[i]);
	check("8 sessions on one set of targets, against one", bench_median(equal, ROUNDS), 1.3,
	      "x");
	check("a switch of a target of one set", bench_median(one, ROUNDS), 0, "ns");
	check("each further, overlapping set, a switch", bench_median(overlapping, ROUNDS), 0,
	      "ns");
	bench_stop(bench);
	for (int i = 0; i < SESSIONS; i++)
		bench_stop(others[i]);
}

/* ---- everybody else ---- */

static void others_switches(void)
{
	pid_t one = bench_start(PINNED, 0), two = bench_start(PINNED_TOO, 0);
	pid_t idle = bench_start("exec sleep 600", 0);
	struct daemon *daemon = open_daemon();
	struct cost_sample from, to;
	char id[32];

	open_session(daemon, &idle, 1, id);
	bench_sleep_ms(300);
	from = cost_of("partrace_switch");
	bench_sleep_ms(2000);
	to = cost_of("partrace_switch");
	check("switches of others, all CPUs busy with them", (to.runs - from.runs) / 2 / 1e6, 0,
	      "million/s");
	check("one such switch, in the probe", cost_between(from, to), 0, "ns");
	check("the same at 2 million a second", cost_between(from, to) * 2e6 / 1e7, 0,
	      "% of a CPU");
	daemon_close(daemon);
	bench_stop(one);
	bench_stop(two);
	bench_stop(idle);
}

int main(int argc, char **argv)
{
	int stats;

	if (argc != 2) {
		fprintf(stderr, "usage: sessions SLEEPER\n");
		return 2;
	}
	if (!cost_is_unique("partrace_switch")) {
		fprintf(stderr, "sessions: another partraced is at work; end it first\n");
		return 1;
	}
	printf("\nattaching, sessions, and everybody else\n");
	start_up();
	attach_to_many(argv[1]);
	stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	more_sessions();
	others_switches();
	if (stats >= 0)
		close(stats);
	return failures ? 1 : 0;
}
