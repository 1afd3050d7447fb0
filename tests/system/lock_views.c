// SPDX-License-Identifier: BSD-2-Clause
/* The verbs over locks, on sample reports: what they refuse and what they say then. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/owned.h"
#include "tests/support/command.h"
#include "tests/support/golden.h"

TestSuite(lock_views, .timeout = 60);

/* Exit status, and what is said on either stream. */
static const struct {
	const char *script;
	int status;
	const char *said;
} cases[] = {
	{ "LC_ALL=C.UTF-8 $P report tests/golden/contended.json --view locks", 0,
	  "──wait──▶  index_lock" },
	{ "$P report tests/golden/contended.json --view lock", 2,
	  "there is no view lock; there are: summary, threads, processes, waits, cpus, runqueue, "
	  "locks, deadlocks, stacks" },
	{ "$P locks tests/golden/contended.json --lock session_lock", 0, "libsession.so.2+0x41d0" },
	{ "$P locks tests/golden/contended.json --lock 4242:0x55d0c8a04061", 1,
	  "nearest are 4242:0x55d0c8a04060 (index_lock), " },
	{ "$P locks tests/golden/contended.json --all", 0, "jobs_ready condition" },
	{ "$P locks tests/golden/deadlock.json --dot", 0, "color=red" },
	{ "$P locks tests/golden/deadlock.json --json", 0, "\"deadlocks\"" },
	{ "$P locks tests/golden/deadlock.json --dot --json", 2, "exclude each other" },
	{ "$P locks tests/golden/deadlock.json -p 1", 2, "exclude each other" },
	{ "$P locks -d 3s", 2, "--duration needs something to watch" },
	{ "$P locks nowhere.json", 1, "cannot read nowhere.json" },
	{ "$P export --folded tests/golden/contended.json", 0, ";index_get;pthread_mutex_lock;" },
	{ "$P export --folded --role releaser tests/golden/contended.json", 1,
	  "the report has no releaser stacks" },
	{ "$P export --folded --role thief tests/golden/contended.json", 2,
	  "--role thief is not understood" },
	{ "$P export tests/golden/contended.json", 2, "export needs a format: --folded" },
	{ "$P snapshot", 2, "snapshot needs a target" },
	{ "$P snapshot -p 0", 2, "--pid 0 is the kernel's idle task" },
};

Test(lock_views, print_or_say_in_one_sentence_why_not)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct command_result result = command_run(cases[i].script);

		cr_assert_eq(result.status, cases[i].status, "%s: %s", cases[i].script, result.err);
		cr_assert(strstr(result.out, cases[i].said) || strstr(result.err, cases[i].said),
			  "%s said: %s%s", cases[i].script, result.out, result.err);
		command_release(&result);
	}
}

/* What `command` answers to a sample without one of its keys. */
static void assert_refused_without(const char *key, const char *command, const char *said)
{
	json_t *document = golden_document("contended.json");
	_cleanup_free_ char *text = NULL;
	struct command_result result;
	char path[] = "/tmp/partrace-test-XXXXXX", script[256];
	int fd = mkstemp(path);

	json_object_del(document, key);
	text = json_dumps(document, 0);
	cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	snprintf(script, sizeof(script), "%s < %s", command, path);
	result = command_run(script);
	unlink(path);
	cr_assert_eq(result.status, 1, "%s", result.out);
	cr_assert(strstr(result.err, said), "%s", result.err);
	cr_assert_str_eq(result.out, "");
	command_release(&result);
	json_decref(document);
}

Test(lock_views, of_a_report_without_locks_are_refused)
{
	assert_refused_without("locks", "$P locks -", "has no locks in it");
	assert_refused_without("locks", "$P export --folded -", "has no locks in it");
}

Test(lock_views, samples_are_as_the_schema_says)
{
	static const char *const names[] = { "contended.json", "deadlock.json" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		json_t *document = golden_document(names[i]);
		_cleanup_free_ char *text = json_dumps(document, 0);

		assert_valid(text);
		json_decref(document);
	}
}

Test(lock_views, export_writes_its_file_at_once_or_not_at_all)
{
	struct command_result result = command_run(
		"cd tests/golden && d=$(mktemp -d) && echo old > $d/out && "
		"! $P export --folded --role releaser contended.json -o $d/out && cat $d/out && "
		"$P export --folded contended.json -o $d/out && cmp $d/out contended.folded && "
		"ls $d && rm -r $d");

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert_str_eq(result.out, "old\nout\n");
	command_release(&result);
}

Test(lock_views, snapshot_shows_every_thread_in_under_two_seconds)
{
	assert_runs("sleep 30 & p=$!; sleep 0.2; timeout 2 $P snapshot -p $p -q; s=$?; "
		    "kill $p; exit $s",
		    .out = { "\nsleep (", "waiting for " });
}
