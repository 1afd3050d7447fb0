/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/explain/words.h"

#include <criterion/criterion.h>
#include <string.h>

#include "abi/wait.h"
#include "base/owned.h"
#include "cli/report/line.h"
#include "cli/verbs/fail_on.h"
#include "tests/support/printed.h"

static void assert_known(const char *name)
{
	cr_assert_not_null(words_find(name), "%s is not explained", name);
}

Test(explain, knows_every_finding)
{
	for (int i = 0; i < FINDING_COUNT; i++)
		assert_known(finding_names[i]);
}

Test(explain, knows_every_kind_of_lock)
{
	for (int i = 0; i < LOCK_KINDS; i++)
		assert_known(lock_kind_names[i]);
}

Test(explain, knows_every_word_of_the_vocabulary)
{
	static const char *const names[] = { "running",   "ready",       "run-queue wait",
					     "waiting",   "lock",        "condition",
					     "io",        "ipc",         "poll",
					     "sleep",     "child",       "fault",
					     "stopped",   "other",       "lock wait",
					     "holder",    "releaser",    "waker",
					     "switch",    "stolen",      "parallelism",
					     "target",    "session",     "criticality",
					     "voluntary", "yields",      "involuntary",
					     "convoy",    "fairness",    "max",
					     "waits",     "rss",         "pss",
					     "p99",       "main holder", "then ready",
					     "share",     "kind",        "blocked",
					     "releases",  "thread",      "tid",
					     "process",   "pid",         "run queue",
					     "so far",    "max wait",    "running at once",
					     "worker",    "finding",     "critical path" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_known(names[i]);
}

Test(explain, knows_the_columns_of_a_sweep_and_the_parts_of_a_report)
{
	static const char *const names[] = { "speed-up", "eff.",  "efficiency", "serial",
					     "expected", "off",   "start",      "memory",
					     "spread",   "sigma", "kappa",      "Amdahl's law",
					     "USL",      "truth", "verdict",    "evidence" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_known(names[i]);
}

Test(explain, does_not_care_how_a_word_is_spelled)
{
	const struct word *word = words_find("lock-bound");

	cr_assert_eq(words_find("LOCK_BOUND"), word);
	cr_assert_eq(words_find("Lock bound"), word);
	cr_assert_null(words_find(""));
	cr_assert_null(words_find("lock-boun"));
}

Test(explain, has_no_word_twice)
{
	const struct word *words;
	const char *title;

	for (size_t i = 0; (words = words_group(i, &title)); i++)
		for (; words->name; words++)
			cr_assert_eq(words_find(words->name), words, "%s is there twice",
				     words->name);
}

Test(explain, offers_the_nearest_words_for_an_unknown_one)
{
	const struct word *nearest[3];

	cr_assert_eq(words_nearest("lok-bound", nearest, 3), 3);
	cr_assert_str_eq(nearest[0]->name, "lock-bound");
	cr_assert_eq(words_nearest("satur", nearest, 3), 3);
	cr_assert_str_eq(nearest[0]->name, "cpu-saturated");
	cr_assert_eq(words_nearest("", nearest, 3), 3);
}

Test(explain, survives_a_word_without_end)
{
	const struct word *nearest[3];
	char endless[4000];

	memset(endless, 'x', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	cr_assert_null(words_find(endless));
	cr_assert_eq(words_nearest(endless, nearest, 3), 3);
}

/* As the verb prints it: four lines at most, and the command's. */
Test(explain, needs_no_more_than_five_lines_and_names_a_command)
{
	struct report_style style = { .columns = 80 };
	const struct word *words;
	const char *title;

	for (size_t i = 0; (words = words_group(i, &title)); i++)
		for (; words->name; words++) {
			_cleanup_free_ char *text =
				PRINTED(out, line_paragraph(out, &style, words->name, words->text));
			unsigned int lines = count_of(text, "\n");

			cr_assert_leq(lines, strcmp(words->name, "fail-on") ? 4 : 5, "%s: %u lines",
				      words->name, lines);
			cr_assert(strstr(words->command, "partrace "), "%s", words->name);
		}
}
