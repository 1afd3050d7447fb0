// SPDX-License-Identifier: BSD-2-Clause
/*
 * A deadlock in a program that is as still as it can be: nothing has happened for a minute. It
 * hangs from before the first of all tests, so that hardly anybody has to wait for that minute.
 */
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/units.h"
#include "tests/support/command.h"
#include "tests/support/locks.h"

TestSuite(deadlock_later, .timeout = 120);

/* For the test, which has a process of its own: when it began to hang, its PID, where its truth is.
 */
#define HUNG      "PARTRACE_TEST_HUNG"
#define MINUTE_NS (60 * NSEC_PER_SEC)

static pid_t hung;

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
	const char *build = getenv("PARTRACE_BUILD");
	FILE *truth = tmpfile();
	char text[128];

	(void)tests;
	if (!build || !truth)
		return;
	hung = fork();
	if (hung == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fileno(truth), STDOUT_FILENO);
		snprintf(text, sizeof(text), "%s/tests/programs/locks/deadlock", build);
		execl(text, text, "two", NULL);
		_exit(127);
	}
	snprintf(text, sizeof(text), "%" PRIu64 " %d /proc/%d/fd/%d", monotonic_ns(), hung,
		 getpid(), fileno(truth));
	setenv(HUNG, text, 1);
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
	(void)stats;
	if (hung > 0)
		kill(hung, SIGKILL);
}

Test(deadlock_later, is_found)
{
	const char *text = getenv(HUNG);
	const json_t *cycle, *members, *thread;
	uint64_t since_ns, now_ns = monotonic_ns();
	struct lock_run run;
	size_t i;

	cr_assert(text && sscanf(text, "%" SCNu64, &since_ns) == 1, "nothing hangs");
	if (now_ns < since_ns + MINUTE_NS)
		usleep((useconds_t)((since_ns + MINUTE_NS - now_ns) / NSEC_PER_USEC));
	run = lock_run_script("set -- $" HUNG "; r=$(mktemp); $P attach -q --json -d 1s -o $r $2; "
			      "s=$?; cat $3 $r; rm $r; exit $s");
	cycle = json_array_get(json_at(run.report, "deadlocks"), 0);
	members = json_at(run.truth, "members");
	cr_assert_eq(json_array_size(members), 2);
	cr_assert(cycle && json_array_size(json_at(cycle, "threads")) == 2, "it is not found");
	json_array_foreach (json_at(cycle, "threads"), i, thread) {
		const json_t *one = json_array_get(members, 0), *other = json_array_get(members, 1);
		bool is_one = number_at(thread, "tid") == number_at(one, "tid");

		cr_assert_eq(number_at(thread, "tid"), number_at(is_one ? one : other, "tid"));
		cr_assert_eq(number_at(thread, "held_by_tid"),
			     number_at(is_one ? other : one, "tid"));
		cr_assert_leq(number_at(thread, "since_ns"), -0.98 * MINUTE_NS);
	}
	lock_run_release(&run);
}
