// SPDX-License-Identifier: BSD-2-Clause
/* What only looks like a deadlock is none. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

TestSuite(no_deadlocks, .timeout = 60);

/* Each says at its end how often it went on; those that could not, in so short a time, say 0. */
static const char *const resting[] = { "long-hold", "slow-once", "stopped-holder", "abandoned",
				       "two-containers" };

static bool rests(const char *name)
{
	for (size_t i = 0; i < sizeof(resting) / sizeof(resting[0]); i++)
		if (!strcmp(name, resting[i]))
			return true;
	return false;
}

/* All at once, under one look; then ended, and their own lines after the report. */
#define THE_ZOO(verb)                                                                              \
	"d=$(mktemp -d); r=$d/report; p=; a=; for n in $($PROGRAMS/locks/alike list); do "         \
	"$PROGRAMS/locks/alike $n >$d/of-$n & p=$p${p:+,}$!; a=\"$a $!\"; done; sleep 1; " verb    \
	"; s=$?; kill -TERM $a; wait $a; cat $r; echo '['; cat $d/of-* | paste -sd, ; echo ']'; "  \
	"rm -r $d; exit $s"

static void check_zoo(const char *script)
{
	struct command_result result = command_run(script);
	json_error_t error;
	json_t *report = json_loads(result.out, JSON_DISABLE_EOF_CHECK, &error);
	json_t *lives, *life;
	size_t i;

	cr_assert(report, "%s: %s", result.out, result.err);
	lives = json_loads(result.out + error.position, 0, &error);
	cr_assert(lives, "%s: %s", error.text, result.out + error.position);
	cr_assert_geq(json_array_size(lives), 20);
	json_array_foreach (lives, i, life)
		cr_assert(number_at(life, "steps") > 0 || rests(text_at(life, "name")),
			  "%s did not go on: it looks like a deadlock and is one",
			  text_at(life, "name"));
	cr_assert_geq(number_at(report, "totals.processes"), 20);
	cr_assert_eq(json_array_size(json_at(report, "deadlocks")), 0,
		     "called a deadlock: %s, of %s",
		     json_dumps(json_at(report, "deadlocks"), JSON_COMPACT),
		     json_dumps(lives, JSON_COMPACT));
	json_array_foreach (json_at(report, "findings"), i, life)
		cr_assert_str_neq(text_at(life, "id"), "deadlock", "%s", text_at(life, "title"));
	json_array_foreach (json_at(report, "processes"), i, life)
		cr_assert(!json_is_true(json_at(life, "stuck")), "%s is said to hang",
			  text_at(life, "command"));
	json_decref(report);
	json_decref(lives);
	command_release(&result);
}

Test(no_deadlocks, are_seen_in_what_only_looks_like_one)
{
	check_zoo(THE_ZOO("$P attach -q --json -d 3s -o $r -p $p"));
}

Test(no_deadlocks, are_seen_in_snapshots_of_what_only_looks_like_one)
{
	check_zoo(
		THE_ZOO("$P snapshot -q --json -o $r -p $p && for i in 1 2 3 4 5; do $P snapshot "
			"-q --json -o $r.again -p $p; grep -q '\"deadlocks\": *\\[ *{' $r.again && "
			"cp $r.again $r; sleep 0.3; done; true"));
}

/* The memory says that 1 has the lock, and the waiter is 1, too, in its own PID namespace. */
Test(no_deadlocks, are_seen_in_a_lock_of_two_namespaces_whose_numbers_are_the_same)
{
	json_t *report = report_by(
		"$PROGRAMS/locks/alike two-containers >/dev/null & p=$!; "
		"until [ \"$(pgrep -P $p | wc -l)\" = 2 ]; do sleep 0.05; done; sleep 1; "
		"$P attach -q --json -d 1s -p $p,$(pgrep -d, -P $p); s=$?; kill -KILL $p; exit $s");
	const json_t *lock = json_array_get(json_at(report, "locks"), 0);

	cr_assert_eq(number_at(report, "totals.processes"), 3);
	cr_assert(lock, "nobody waits");
	cr_assert_eq(number_at(lock, "waiting_now"), 1);
	cr_assert(json_is_null(json_at(lock, "owner_tid")), "one of two is a guess: %s",
		  json_dumps(lock, JSON_COMPACT));
	cr_assert_eq(json_array_size(json_at(report, "deadlocks")), 0);
	json_decref(report);
}
