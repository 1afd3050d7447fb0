// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bpf/watched.h"

#include <criterion/criterion.h>

struct probe *open_probe(struct probe_options options)
{
	struct probe *probe = NULL;
	char why[256] = "";

	cr_assert_eq(probe_open(&options, &probe, why, sizeof(why)), 0, "%s", why);
	return probe;
}

uint64_t watch_process(struct probe *probe, uint32_t set, pid_t pid)
{
	uint64_t marked = 0;

	cr_assert_eq(probe_want(probe, pid, WANT_PID), 0);
	cr_assert_eq(probe_mark(probe, set, true, false, &marked), 0);
	return marked;
}
