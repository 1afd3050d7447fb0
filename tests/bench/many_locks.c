// SPDX-License-Identifier: BSD-2-Clause
/*
 * many_locks PARTRACE MANY_LOCKS: a program that waits for a million locks, of which one matters:
 * the daemon's memory, whether that one is on top, and whether what was lost is counted.
 */
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define LOCKS      1000000
#define REPORT     "/tmp/partrace-bench-report"
#define TRUTH      "/tmp/partrace-bench-truth"
#define EARLY      50 /* tenths of a second */
#define LATE       20 /* before the end, for then the report is made */
#define LOOKS_MAX  2000
#define RSS_MAX_MB 96.0
#define GROWTH_MB  2.0

struct memory {
	double most_mb;
	double growth_mb; /* from the first seconds to the last, without the report at the end */
};

/* Ten times a second until the client ends; reaps it. False if too few looks at its daemon. */
static bool watch_memory(pid_t client, struct memory *ret)
{
	static double looks[LOOKS_MAX];
	struct memory memory = { 0, 0 };
	int count = 0;
	pid_t daemon = 0;

	while (waitpid(client, NULL, WNOHANG) == 0) {
		bench_sleep_ms(100);
		daemon = daemon ? daemon : bench_daemon_of(client);
		if (count == LOOKS_MAX || !daemon)
			continue;
		looks[count] = bench_resident_mb(daemon);
		memory.most_mb = fmax(memory.most_mb, looks[count++]);
	}
	if (count <= EARLY + LATE)
		return false;
	memory.growth_mb = looks[count - LATE] - looks[EARLY];
	*ret = memory;
	return true;
}

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

/* How often the program blocked for its cold locks, by its own count: its second line. */
static double cold_waits(void)
{
	FILE *file = fopen(TRUTH, "r");
	char line[4096];
	double blocked = 0;
	char *at;

	while (file && fgets(line, sizeof(line), file)) {
		at = strstr(line, "\"cold_blocked\":");
		if (at)
			sscanf(at, "\"cold_blocked\":%lf", &blocked);
	}
	if (file)
		fclose(file);
	return blocked;
}

static const char *name_of(const json_t *lock)
{
	const char *symbol =
		json_string_value(json_object_get(json_object_get(lock, "place"), "symbol"));

	return symbol ? symbol : "?";
}

static const json_t *top_contended(const json_t *locks)
{
	const json_t *row, *top = NULL;
	size_t i;

	json_array_foreach (locks, i, row)
		if (json_is_true(json_object_get(row, "contended")) &&
		    (!top || number(row, "wait_ns") > number(top, "wait_ns")))
			top = row;
	return top;
}

static int check_report(const json_t *report)
{
	const json_t *locks = json_object_get(report, "locks"), *row, *top = top_contended(locks);
	const json_t *more = json_object_get(report, "more_locks");
	double lost = number(more, "lost_waits"), waits = number(more, "waits") + lost;
	double truth = cold_waits();
	bool is_hot = top && !strcmp(name_of(top), "hot_lock");
	size_t i;
	int over;

	json_array_foreach (locks, i, row)
		waits += strcmp(name_of(row), "hot_lock") ? number(row, "waits") : 0;
	printf("%-46s %8s %s   hot_lock  %s\n", "the lock waited for longest", "",
	       top ? name_of(top) : "none", is_hot ? "ok" : "OVER");
	over = !is_hot;
	bench_check("waits for locks that there was no room for", lost, 0, "counted as lost");
	over += bench_check("waits told, lost ones with them, off the truth by",
			    truth > 0 ? fabs(waits / truth - 1) * 100 : NAN, 2, "%");
	return over;
}

int main(int argc, char **argv)
{
	struct memory memory;
	char command[512];
	json_t *report;
	int over;

	if (argc != 3) {
		fprintf(stderr, "usage: many_locks PARTRACE MANY_LOCKS\n");
		return 2;
	}
	snprintf(command, sizeof(command), "exec %s exec -q --json -o " REPORT " -- %s %d >" TRUTH,
		 argv[1], argv[2], LOCKS);
	printf("\na program that waits for a million locks\n");
	if (!watch_memory(bench_start(command, 0), &memory)) {
		fprintf(stderr, "many_locks: too few looks at its daemon\n");
		return 1;
	}
	over = bench_check("resident memory of the daemon, with its report", memory.most_mb,
			   RSS_MAX_MB, "MB");
	over += bench_check("  of it grown while it watches, after 5 s", memory.growth_mb,
			    GROWTH_MB, "MB");
	report = json_load_file(REPORT, 0, NULL);
	over += check_report(report);
	json_decref(report);
	unlink(REPORT);
	unlink(TRUTH);
	return over ? 1 : 0;
}
