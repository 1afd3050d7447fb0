/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs programs and looks at what they print and leave behind. */
#ifndef PARTRACE_TESTS_COMMAND_H
#define PARTRACE_TESTS_COMMAND_H

#include <jansson.h>
#include <stdio.h>
#include <sys/types.h>

struct command_result {
	int status; /* as a shell's $? */
	char *out;
	char *err;
};

/* `script` is for /bin/sh, with $P the partrace that was built and $PROGRAMS the helpers' folder.
 */
struct command_result command_run(const char *script);

/* The same of several at once: each is started, then each is waited for. */
struct command {
	pid_t pid;
	FILE *out;
	FILE *err;
};
struct command command_start(const char *script);
struct command_result command_finish(struct command *command);

void command_release(struct command_result *result);
/* It ended with this status, and said one sentence on stderr, with these words in it. */
void assert_sentence(const struct command_result *result, const char *script, int status,
		     const char *says);

/* The same of a script, which prints nothing on stdout. */
void assert_refuses(const char *script, int status, const char *says);

/*
 * It ends with this status (0 where none is named), and what it prints has these words in it:
 * assert_runs("$P attach $$", .status = 1, .err = { "not", "itself" }, .out = { "Where" }).
 */
#define assert_runs(script, ...) assert_runs_as(script, (struct command_words){ __VA_ARGS__ })
struct command_words {
	int status;
	const char *out[4]; /* up to the first NULL */
	const char *err[4];
};
void assert_runs_as(const char *script, struct command_words expected);

/*
 * For scripts in which something shall happen while `$P attach … 2>$e` watches, however long it
 * takes to begin: WHEN_WATCHING first, then `{ when; SOMETHING; } &`.
 */
#define WHEN_WATCHING                                                                              \
	"e=$(mktemp); when() { until grep -q watching $e; do sleep 0.05; done; rm $e; sleep 0.2; " \
	"}; "

/* It printed exactly this. */
void assert_prints(const char *script, const char *expected);

/* For scripts: `as_nobody ARGUMENT...` is partrace as a user without rights runs it. */
#define AS_NOBODY                                                                                  \
	"as_nobody() { n=$(mktemp -d); cp $P $n; chmod 755 $n $n/*; setpriv --reuid 65534 "        \
	"--regid 65534 --clear-groups $n/partrace \"$@\"; s=$?; rm -r $n; return $s; }; "

/* "a.b.c" in a document; fails the test when it is not there. */
const json_t *json_at(const json_t *document, const char *path);
double number_at(const json_t *document, const char *path);

/* Fails the test unless the text is a report as `partrace schema` describes it. */
void assert_valid(const char *report);
/* The same for what `partrace schema NAME` describes. */
void assert_valid_as(const char *name, const char *document);

/*
 * Runs `partrace ARGUMENTS`, which hold --json, and parses what it prints; fails the test on any
 * error, and where the report is not as its schema says.
 */
json_t *report_of(const char *arguments);
/* The same of a whole script that prints a report on stdout, whatever else it does. */
json_t *report_by(const char *script);

/* BPF programs, maps and processes of partrace's on this machine, after a moment for their end. */
unsigned int leftovers(void);

#endif
