// SPDX-License-Identifier: BSD-2-Clause
/* More than there is room for: what was used longest ago goes, and comes back when asked for. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/owned.h"
#include "daemon/symbol/code.h"
#include "daemon/symbol/module.h"
#include "daemon/symbol/process.h"
#include "daemon/symbol/symbolizer.h"

static struct symbolizer *symbolizer;
static struct symbolizer_stats stats;

static void set_up(void)
{
	cr_assert_eq(symbolizer_new(&symbolizer), 0);
}

static void tear_down(void)
{
	symbolizer_free(symbolizer);
}

TestSuite(symbol_bounds, .init = set_up, .fini = tear_down, .timeout = 60);

static uint64_t map_copy_of(const char *path)
{
	_cleanup_close_ int from = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int fd = memfd_create("copy", MFD_CLOEXEC);
	struct stat status = { 0 };
	char *at;

	cr_assert_eq(fstat(from, &status), 0);
	cr_assert_eq(sendfile(fd, from, NULL, (size_t)status.st_size), status.st_size);
	at = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	cr_assert_neq(at, MAP_FAILED);
	return (uint64_t)at;
}

/* One frame at this address of the test itself. */
static struct symbol_frame frame_at(uint64_t address)
{
	struct raw_stack stack = { .registers = { [STACK_RIP] = address } };
	struct symbol_frame frame;
	bool whole;

	cr_assert_eq(symbolizer_stack(symbolizer, getpid(), &stack, &frame, 1, &whole), 1);
	return frame;
}

Test(symbol_bounds, of_modules_hold_and_each_has_its_names)
{
	static uint64_t copies[MODULES_MAX + 50];
	const char *build = getenv("PARTRACE_BUILD");
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/programs/stacks-nofp", build ? build : "build");
	for (size_t i = 0; i < ARRAY_LEN(copies); i++)
		copies[i] = map_copy_of(path);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < ARRAY_LEN(copies); i++)
			cr_assert_eq(frame_at(copies[i] + 64).kind, FRAME_NATIVE);
		symbolizer_stats(symbolizer, &stats);
		cr_assert_eq(stats.modules, MODULES_MAX);
	}
}

Test(symbol_bounds, of_places_in_code_hold)
{
	uint64_t begin = (uint64_t)&qsort & ~0xfffull;
	unsigned int named = 0;

	/* Each of them another place, whatever is there. */
	for (uint64_t i = 0; i < CODE_POINTS_MAX + 5000; i++)
		named += frame_at(begin + i).function != NULL;
	symbolizer_stats(symbolizer, &stats);
	cr_assert(stats.code_points <= CODE_POINTS_MAX, "%zu", stats.code_points);
	cr_assert_gt(named, 10000);
	cr_assert_str_eq(frame_at((uint64_t)&qsort).function, "qsort");
}

Test(symbol_bounds, of_processes_hold)
{
	static pid_t children[PROCESSES_MAX + 20];
	struct symbol_place place;

	for (size_t i = 0; i < ARRAY_LEN(children); i++) {
		children[i] = fork();
		if (children[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			pause();
			_exit(0);
		}
		cr_assert(children[i] > 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(children); i++) {
		cr_assert_eq(symbolizer_place(symbolizer, children[i], (uint64_t)&stats, &place),
			     0);
		cr_assert_str_eq(place.symbol, "stats");
	}
	symbolizer_stats(symbolizer, &stats);
	cr_assert_eq(stats.processes, PROCESSES_MAX);
	for (size_t i = 0; i < ARRAY_LEN(children); i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	cr_assert_eq(symbolizer_place(symbolizer, children[0], 0, &place), -ESRCH);
	cr_assert_eq(symbolizer_place(symbolizer, children[100], (uint64_t)&stats, &place), 0);
	cr_assert_str_eq(place.symbol, "stats", "gone, and not forgotten");
}
