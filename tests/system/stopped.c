// SPDX-License-Identifier: BSD-2-Clause
/* A daemon that is stopped (SIGSTOP) keeps nobody waiting. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/owned.h"
#include "base/units.h"
#include "tests/support/command.h"

TestSuite(stopped, .timeout = 100);

/* Asking begins at once; three seconds of patience, and some for a machine that is busy. */
#define PATIENCE_NS (8 * NSEC_PER_SEC)

/* Root's partraced of this machine, which nobody else meets: /run is the test's own. */
#define STOPPED_DAEMON                                                                             \
	"mount -t tmpfs none /run; ${P}d --quiet & d=$!; "                                         \
	"until [ -S /run/partrace/partraced.sock ]; do sleep 0.05; done; kill -STOP $d; "

struct verb {
	const char *command;
	int status;
};

static struct command start(const struct verb *verb)
{
	char script[512];

	snprintf(script, sizeof(script),
		 "unshare --mount sh -c '" STOPPED_DAEMON "%s; r=$?; kill -KILL $d; exit $r'",
		 verb->command);
	return command_start(script);
}

static void assert_ends(const struct verb *verb, struct command *command, uint64_t from_ns)
{
	struct command_result result = command_finish(command);

	cr_assert_lt(monotonic_ns() - from_ns, PATIENCE_NS, "%s took too long", verb->command);
	cr_assert_eq(result.status, verb->status, "%s: %d: %s", verb->command, result.status,
		     result.err);
	cr_assert(
		strstr(result.err, "is stopped and does not answer: continue it with kill -CONT") ||
			strstr(result.out, "is stopped and does not answer"),
		"%s: %s", verb->command, result.err);
	command_release(&result);
}

/* Each has a daemon of its own. */
Test(stopped, a_daemon_does_not_keep_any_verb_waiting)
{
	static const struct verb verbs[] = {
		{ "$P attach -d 10s $$", 1 },
		{ "$P exec -- sleep 30", 1 },
		{ "$P run cpu --threads 2", 1 },
		{ "$P sweep cpu --workers 1,2", 1 },
		{ "$P snapshot $$", 1 },
		{ "$P locks -d 10s $$", 1 },
		{ "$P doctor", 3 },
	};
	struct command commands[ARRAY_LEN(verbs)];
	uint64_t from_ns = monotonic_ns();

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		commands[i] = start(&verbs[i]);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		assert_ends(&verbs[i], &commands[i], from_ns);
}

/* The window's end is when it is asked. */
Test(stopped, a_daemon_of_its_own_is_ended_by_the_command)
{
	assert_runs("e=$(mktemp); sleep 60 & t=$!; $P attach -d 2s $t 2>$e & p=$!; "
		    "until grep -q watching $e; do sleep 0.05; done; "
		    "d=$(pgrep -x -P $p partraced); kill -STOP $d; wait $p; r=$?; "
		    "cat $e >&2; rm $e; kill $t; ! kill -0 $d 2>/dev/null || r=99; "
		    "exit $r",
		    .status = 1, .err = { "was stopped by a signal" });
}
