// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bench/storm.h"

#include <bpf/libbpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"

#define ATTACH_MS 700

struct storm storm_result(void)
{
	struct storm storm = { 0, 0 };
	FILE *file = fopen(STORM_RESULT, "r");

	if (file && fscanf(file, "%lf %lf", &storm.seconds, &storm.waits) != 2)
		storm.seconds = 0;
	if (file)
		fclose(file);
	if (storm.seconds > 0)
		return storm;
	fprintf(stderr, "lock_cost: nothing was measured\n");
	exit(1);
}

pid_t storm_start(const struct storm_programs *programs, const struct watcher *watcher)
{
	char command[512];
	pid_t pid;

	snprintf(command, sizeof(command), watcher->storm, programs->storm, watcher->rounds,
		 STORM_THREADS);
	pid = bench_start(command, 0);
	bench_sleep_ms(50);
	return pid;
}

pid_t storm_attach(const struct storm_programs *programs, const struct watcher *watcher,
		   pid_t target)
{
	char command[512];
	pid_t tool;

	snprintf(command, sizeof(command), watcher->attach, programs->partrace, target);
	tool = bench_start(command, 0);
	bench_sleep_ms(ATTACH_MS);
	return tool;
}

/* ---- programs that do nothing, at the same places ---- */

#define FLOOR_PROGRAMS 2

struct floor {
	struct bpf_object *object;
	struct bpf_link *links[FLOOR_PROGRAMS];
};

static void attach_floor(struct floor *floor, const char *path)
{
	struct bpf_program *program;
	int count = 0;

	floor->object = bpf_object__open(path);
	if (!floor->object || bpf_object__load(floor->object))
		goto failed;
	bpf_object__for_each_program(program, floor->object)
	{
		if (count < FLOOR_PROGRAMS)
			floor->links[count] = bpf_program__attach(program);
		if (count == FLOOR_PROGRAMS || !floor->links[count])
			goto failed;
		count++;
	}
	return;
failed:
	fprintf(stderr, "lock_cost: cannot load %s: run as root\n", path);
	exit(1);
}

static void detach_floor(struct floor *floor)
{
	for (int i = 0; i < FLOOR_PROGRAMS; i++)
		bpf_link__destroy(floor->links[i]);
	bpf_object__close(floor->object);
}

/* ---- one run ---- */

struct storm storm_run(const struct storm_programs *programs, const struct watcher *watcher,
		       bool watched)
{
	struct floor floor = { 0 };
	pid_t target = storm_start(programs, watcher), tool = 0;

	if (watched && watcher->attach)
		tool = storm_attach(programs, watcher, target);
	else if (watched)
		attach_floor(&floor, programs->floor);
	kill(target, SIGUSR1);
	bench_finish(target);
	if (tool)
		bench_stop(tool);
	detach_floor(&floor);
	return storm_result();
}
