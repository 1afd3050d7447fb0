// SPDX-License-Identifier: BSD-2-Clause
/*
 * many_stacks PARTRACED MANY_PATHS: 1,000 threads wait for a lock, each at the end of a call path
 * of its own. How long a daemon that has seen none of it takes to report where all of them are, and
 * how long others wait for its event loop meanwhile: then, and while the stacks of 1,000 waits that
 * end come in.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/routes.h"
#include "base/units.h"
#include "tests/bench/bench.h"

#define THREADS    1000
#define HEALTH_GAP 2 /* ms, between questions */
#define HELD_MS    50.0
/* Of which computing: the rest is for machines that are slower, or busy. */
#define TURN_MS   (HELD_MS / 2)
#define REPORT_MS 2000.0
#define ENDING_MS 3000 /* what many_paths takes to let all go, and some */
#define STARTS_MS 3000

static char socket_path[64];

/* ---- asking ---- */

/* A connection of its own; the answer's JSON, NULL if there is none. `body`: it is a POST. */
static json_t *ask(const char *path, const char *body)
{
	char *text = NULL, url[256];
	size_t size = 0;
	FILE *answer = open_memstream(&text, &size);
	CURL *curl = curl_easy_init();
	json_t *document = NULL;
	CURLcode r;

	snprintf(url, sizeof(url), "http://partraced%s", path);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_path);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	if (body)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	r = curl_easy_perform(curl);
	curl_easy_cleanup(curl);
	if (fclose(answer) == 0 && r == CURLE_OK)
		document = json_loadb(text, size, 0, NULL);
	free(text);
	return document;
}

static double ms_since(uint64_t then_ns)
{
	return (double)(monotonic_ns() - then_ns) / 1e6;
}

/* ---- how long the event loop lets others wait ---- */

struct prober {
	pthread_t thread;
	volatile bool is_done;
	double most_ms;
	unsigned int count;
};

static void *probe_health(void *argument)
{
	struct prober *prober = argument;

	while (!prober->is_done) {
		uint64_t from_ns = monotonic_ns();
		json_t *health = ask(ROUTE_HEALTH, NULL);
		double ms = ms_since(from_ns);

		if (!health) {
			fprintf(stderr, "many_stacks: the daemon does not answer\n");
			exit(1);
		}
		json_decref(health);
		prober->most_ms = ms > prober->most_ms ? ms : prober->most_ms;
		prober->count++;
		bench_sleep_ms(HEALTH_GAP);
	}
	return NULL;
}

static void prober_start(struct prober *prober)
{
	*prober = (struct prober){ .is_done = false };
	if (pthread_create(&prober->thread, NULL, probe_health, prober))
		exit(1);
}

static int prober_stop(struct prober *prober, const char *when, double bound)
{
	char what[96];

	prober->is_done = true;
	pthread_join(prober->thread, NULL);
	snprintf(what, sizeof(what), "  longest of %u " ROUTE_HEALTH ", %s", prober->count, when);
	return bench_check(what, prober->most_ms, bound, "ms");
}

/* By the daemon's own account, and without what others took of the CPU; since it started. */
static int check_turns(void)
{
	json_t *health = ask(ROUTE_HEALTH, NULL), *turns = json_object_get(health, "turns");
	double wall_ms = json_number_value(json_object_get(turns, "longest_ns")) / 1e6;
	double cpu_ms = json_number_value(json_object_get(turns, "longest_cpu_ns")) / 1e6;
	int over;

	bench_check("  longest turn of its event loop", wall_ms, 0, "ms");
	over = bench_check("  ... of which it computed at most", cpu_ms > 0 ? cpu_ms : 1e9, TURN_MS,
			   "ms");
	json_decref(health);
	return over;
}

/* ---- the target and the daemon ---- */

static pid_t start_daemon(const char *program)
{
	char command[512];
	pid_t pid;

	snprintf(socket_path, sizeof(socket_path), "/tmp/partrace-bench-%d.sock", getpid());
	snprintf(command, sizeof(command), "exec %s --quiet --socket %s", program, socket_path);
	pid = bench_start(command, 0);
	for (int ms = 0; ms < STARTS_MS; ms += 10) {
		json_t *health = ask(ROUTE_HEALTH, NULL);

		json_decref(health);
		if (health)
			return pid;
		bench_sleep_ms(10);
	}
	fprintf(stderr, "many_stacks: %s does not answer\n", program);
	exit(1);
}

/* The path of its report. */
static void open_session(pid_t target, char path[96])
{
	char body[128];
	json_t *answer;
	const char *id;

	snprintf(body, sizeof(body), "{\"targets\":{\"pids\":[%d]},\"options\":{\"stacks\":true}}",
		 target);
	answer = ask(ROUTE_SESSIONS, body);
	id = json_string_value(json_object_get(answer, "id"));
	if (!id) {
		fprintf(stderr, "many_stacks: no session\n");
		exit(1);
	}
	snprintf(path, 96, ROUTE_SESSIONS "/%s/report", id);
	json_decref(answer);
}

static size_t distinct_stacks(const json_t *report)
{
	json_t *seen = json_object(), *thread;
	size_t i, count;

	json_array_foreach (json_object_get(report, "threads"), i, thread) {
		char *text = json_dumps(json_object_get(thread, "frames"), JSON_COMPACT);

		if (text)
			json_object_set_new(seen, text, json_true());
		free(text);
	}
	count = json_object_size(seen);
	json_decref(seen);
	return count;
}

/* ---- the rows ---- */

static int at_rest(void)
{
	struct prober prober;

	prober_start(&prober);
	bench_sleep_ms(1000);
	return prober_stop(&prober, "at rest", 0);
}

static int first_report(const char *path)
{
	struct prober prober;
	size_t distinct;
	json_t *report;
	double ms;
	int over;
	uint64_t from_ns;

	prober_start(&prober);
	from_ns = monotonic_ns();
	report = ask(path, NULL);
	ms = ms_since(from_ns);
	distinct = distinct_stacks(report);
	json_decref(report);
	over = bench_check("stacks of 1,000 call paths, until reported", ms, REPORT_MS, "ms");
	over += prober_stop(&prober, "meanwhile", HELD_MS);
	over += check_turns();
	if (distinct < THREADS) {
		fprintf(stderr, "many_stacks: only %zu different stacks\n", distinct);
		over++;
	}
	return over;
}

/* All of them were seen, and with stacks. */
static int check_waits(const json_t *report)
{
	json_t *top = json_array_get(json_object_get(report, "locks"), 0);
	double waits = json_number_value(json_object_get(top, "waits"));

	if (waits >= THREADS && json_array_size(json_object_get(top, "stacks")) > 0)
		return 0;
	fprintf(stderr, "many_stacks: only %.0f waits, or no stacks\n", waits);
	return 1;
}

static int waits_that_end(pid_t target, const char *path)
{
	struct prober prober;
	json_t *report;
	uint64_t from_ns;
	int over;

	prober_start(&prober);
	kill(target, SIGUSR1);
	bench_sleep_ms(ENDING_MS);
	over = prober_stop(&prober, "while the waits end", HELD_MS);
	prober_start(&prober);
	from_ns = monotonic_ns();
	report = ask(path, NULL);
	over += bench_check("report on 1,000 waits that have ended", ms_since(from_ns), REPORT_MS,
			    "ms");
	over += prober_stop(&prober, "meanwhile", HELD_MS);
	over += check_turns();
	over += check_waits(report);
	bench_check("  stacks lost",
		    json_number_value(json_object_get(json_object_get(report, "completeness"),
						      "lost_stacks")),
		    0, "");
	json_decref(report);
	return over;
}

int main(int argc, char **argv)
{
	char command[512], path[96];
	pid_t target, daemon;
	sigset_t go;
	int over;

	if (argc != 3) {
		fprintf(stderr, "usage: many_stacks PARTRACED MANY_PATHS\n");
		return 2;
	}
	/* Blocked in the target too, so that it cannot come too early. */
	sigemptyset(&go);
	sigaddset(&go, SIGUSR1);
	sigprocmask(SIG_BLOCK, &go, NULL);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	printf("\n1,000 threads that wait, each on a call path of its own\n");
	snprintf(command, sizeof(command), "exec %s %d >/dev/null", argv[2], THREADS);
	target = bench_start(command, 0);
	daemon = start_daemon(argv[1]);
	bench_sleep_ms(500);
	over = at_rest();
	open_session(target, path);
	over += first_report(path);
	over += waits_that_end(target, path);
	bench_stop(target);
	bench_stop(daemon);
	unlink(socket_path);
	return over ? 1 : 0;
}
