// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/command.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/owned.h"

static char *read_back(FILE *file)
{
	long size;
	char *text;

	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	text = calloc(1, (size_t)size + 1);
	cr_assert(fread(text, 1, (size_t)size, file) == (size_t)size);
	return text;
}

/* Reports that tests make are not to push out those of whoever runs the tests. */
static void set_environment(const char *build)
{
	char variable[4096];

	snprintf(variable, sizeof(variable), "%s/partrace", build);
	setenv("P", variable, 1);
	snprintf(variable, sizeof(variable), "%s/tests/programs", build);
	setenv("PROGRAMS", variable, 1);
	snprintf(variable, sizeof(variable), "%s/tests/state", build);
	mkdir(variable, 0700);
	setenv("XDG_STATE_HOME", variable, 1);
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
}

struct command command_start(const char *script)
{
	const char *build = getenv("PARTRACE_BUILD");
	struct command command = { .out = tmpfile(), .err = tmpfile() };

	cr_assert(build, "PARTRACE_BUILD names the build folder: run the tests by make");
	cr_assert(command.out && command.err);
	command.pid = fork();
	if (command.pid == 0) {
		set_environment(build);
		dup2(fileno(command.out), STDOUT_FILENO);
		dup2(fileno(command.err), STDERR_FILENO);
		execl("/bin/sh", "sh", "-c", script, NULL);
		_exit(127);
	}
	return command;
}

struct command_result command_finish(struct command *command)
{
	struct command_result result = { 0 };
	int status;

	cr_assert(waitpid(command->pid, &status, 0) == command->pid);
	result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	result.out = read_back(command->out);
	result.err = read_back(command->err);
	fclose(command->out);
	fclose(command->err);
	return result;
}

struct command_result command_run(const char *script)
{
	struct command command = command_start(script);

	return command_finish(&command);
}

void command_release(struct command_result *result)
{
	free(result->out);
	free(result->err);
}

void assert_sentence(const struct command_result *result, const char *script, int status,
		     const char *says)
{
	const char *end = strchr(result->err, '\n');

	cr_assert_eq(result->status, status, "%s: exit status %d: %s", script, result->status,
		     result->err);
	cr_assert(strstr(result->err, says), "%s said: %s", script, result->err);
	cr_assert(!strncmp(result->err, "partrace", 8) && end && end[1] == '\0',
		  "%s: not one sentence: %s", script, result->err);
	cr_assert_null(strpbrk(result->err, "\033\a\r"), "%s: a control character", script);
}

void assert_refuses(const char *script, int status, const char *says)
{
	struct command_result result = command_run(script);

	assert_sentence(&result, script, status, says);
	cr_assert_str_eq(result.out, "", "%s printed: %s", script, result.out);
	command_release(&result);
}

void assert_runs_as(const char *script, struct command_words expected)
{
	struct command_result result = command_run(script);

	cr_assert_eq(result.status, expected.status, "%s: exit status %d: %s", script,
		     result.status, result.err);
	for (size_t i = 0; i < ARRAY_LEN(expected.out) && expected.out[i]; i++)
		cr_assert(strstr(result.out, expected.out[i]),
			  "%s: no \"%s\" in what it printed: %s", script, expected.out[i],
			  result.out);
	for (size_t i = 0; i < ARRAY_LEN(expected.err) && expected.err[i]; i++)
		cr_assert(strstr(result.err, expected.err[i]), "%s: no \"%s\" in what it said: %s",
			  script, expected.err[i], result.err);
	command_release(&result);
}

void assert_prints(const char *script, const char *expected)
{
	struct command_result result = command_run(script);

	cr_assert_str_eq(result.out, expected, "%s printed: %s\nand said: %s", script, result.out,
			 result.err);
	command_release(&result);
}

const json_t *json_at(const json_t *document, const char *path)
{
	char copy[128], *rest = copy, *key;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((key = strsep(&rest, "."))) {
		document = json_object_get(document, key);
		cr_assert(document, "the report has no %s", path);
	}
	return document;
}

double number_at(const json_t *document, const char *path)
{
	const json_t *value = json_at(document, path);

	cr_assert(json_is_number(value), "%s is not a number", path);
	return json_number_value(value);
}

/*
 * Debian's python3, which has Debian's modules; another may be first in PATH. Of many rows the
 * first are looked at: a thousand more of the same kind would take seconds and show nothing new.
 */
#define VALIDATE                                                                                   \
	"$P schema $2 > $1.schema && /usr/bin/python3 -c '\n"                                      \
	"import json, sys\n"                                                                       \
	"from jsonschema import Draft202012Validator\n"                                            \
	"schema, report = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))\n"            \
	"for rows in (report.get(\"threads\") or [], report.get(\"processes\") or []): "           \
	"del rows[100:]\n"                                                                         \
	"for error in Draft202012Validator(schema).iter_errors(report):\n"                         \
	"    sys.exit(error.json_path + \": \" + error.message[:300])\n"                           \
	"' $1.schema $1; s=$?; rm -f $1.schema; exit $s"

void assert_valid_as(const char *name, const char *document)
{
	char path[] = "/tmp/partrace-test-XXXXXX", script[sizeof(VALIDATE) + 64];
	int fd = mkstemp(path);
	struct command_result result;

	cr_assert(fd >= 0 && write(fd, document, strlen(document)) == (ssize_t)strlen(document));
	close(fd);
	snprintf(script, sizeof(script), "set -- %s %s; %s", path, name, VALIDATE);
	result = command_run(script);
	unlink(path);
	cr_assert_eq(result.status, 0, "not as the schema says: %s", result.err);
	command_release(&result);
}

void assert_valid(const char *report)
{
	assert_valid_as("report", report);
}

json_t *report_of(const char *arguments)
{
	struct command_result result;
	json_error_t error;
	char script[512];
	json_t *document;

	snprintf(script, sizeof(script), "exec $P %s", arguments);
	result = command_run(script);
	cr_assert(result.status == 0, "%s: exit status %d: %s", arguments, result.status,
		  result.err);
	document = json_loads(result.out, 0, &error);
	cr_assert(document, "%s: %s", arguments, error.text);
	assert_valid(result.out);
	command_release(&result);
	return document;
}

json_t *report_by(const char *script)
{
	struct command_result result = command_run(script);
	json_t *report = json_loads(result.out, 0, NULL);

	cr_assert(report, "%s: exit status %d: %s", script, result.status, result.err);
	assert_valid(result.out);
	command_release(&result);
	return report;
}

static unsigned int count_leftovers(void)
{
	struct command_result result =
		command_run("B=$(command -v bpftool || echo /usr/sbin/bpftool); "
			    "{ $B prog show | grep -c ' name partrace_'; $B map show | grep -cE "
			    "'name (threads|free_slots|targets|partrace)'; pgrep -xc partraced; "
			    "pgrep -xc leader; "
			    "pgrep -xc responder; } | paste -sd+ | bc");
	unsigned int count = (unsigned int)atoi(result.out);

	command_release(&result);
	return count;
}

unsigned int leftovers(void)
{
	unsigned int count = count_leftovers();

	/* The kernel frees BPF objects a grace period after the last reference. */
	for (int i = 0; count && i < 30; i++) {
		usleep(100000);
		count = count_leftovers();
	}
	return count;
}
