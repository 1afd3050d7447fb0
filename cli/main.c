// SPDX-License-Identifier: BSD-2-Clause
/* partrace: why is a threaded or multi-process program not faster? */
#include <argp.h>
#include <locale.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/version.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/owned.h"
#include "base/standard_streams.h"
#include "cli/verb.h"

static const struct verb {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "run", "run a built-in workload and report on it", verb_run },
	{ "exec", "run a command and report on it and its children", verb_exec },
	{ "attach", "watch processes, threads or cgroups that are running already", verb_attach },
	{ "sweep", "measure how work scales with its workers, and why", verb_sweep },
	{ "locks", "which locks are waited for, and who holds them", verb_locks },
	{ "snapshot", "what every thread does now, with its stack; deadlocks first",
	  verb_snapshot },
	{ "report", "print a report again", verb_report },
	{ "export", "write a report in the form of another tool", verb_export },
	{ "schema", "print the JSON Schema of a report or a sweep", verb_schema },
	{ "workloads", "list and explain the built-in workloads", verb_workloads },
	{ "explain", "what a word, a finding or a column means", verb_explain },
	{ "diff", "what changed from one report to another", verb_diff },
	{ "doctor", "check what this machine and user can do", verb_doctor },
};

static void print_help(FILE *out)
{
	fprintf(out, "Usage: partrace VERB [OPTION...]\n"
		     "Says why a threaded or multi-process program is not faster.\n\n");
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].summary);
	fprintf(out,
		"\nExamples:\n"
		"  sudo partrace run cpu --threads 8\n"
		"  sudo partrace exec -- ./server --port 80\n"
		"  sudo partrace attach -p 4242 -d 10s\n"
		"  sudo partrace sweep cpu\n"
		"  sudo partrace locks -p 4242\n"
		"  sudo partrace snapshot -p 4242\n"
		"  partrace explain lock-bound\n"
		"  partrace VERB --help\n"
		"  partrace --version\n\n"
		"Exit status: 0 done, 1 failed, 2 wrong usage, 3 this machine or user cannot,\n"
		"4 --fail-on matched, or diff found a new problem; for exec, the command's own.\n");
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static int help_on(const char *name)
{
	const struct verb *verb = find_verb(name);
	char *arguments[] = { (char *)name, "--help", NULL };

	if (verb)
		return verb->run(2, arguments);
	log_line("there is no verb %s; `partrace --help` lists them", name);
	return STATUS_USAGE;
}

/*
 * What was printed may still be on its way, to a disk that is full. Asked at the exit, for argp
 * prints a verb's help and leaves.
 */
static void check_printed(int status, void *unused)
{
	(void)unused;
	if ((!fflush(stdout) && !ferror(stdout)) || status != STATUS_DONE)
		return;
	log_error(-errno, "cannot write to standard output");
	_exit(STATUS_FAILED);
}

int main(int argc, char **argv)
{
	const struct verb *verb;
	char text[200];

	keep_standard_streams();
	limits_outlive_file_size();
	on_exit(check_printed, NULL);
	setlocale(LC_ALL, "");
	argp_err_exit_status = STATUS_USAGE;
	if (argc < 2) {
		print_help(stderr);
		return STATUS_USAGE;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("partrace " PARTRACE_VERSION);
		return STATUS_DONE;
	}
	if (!strcmp(argv[1], "--help") || (!strcmp(argv[1], "help") && argc == 2)) {
		print_help(stdout);
		return STATUS_DONE;
	}
	if (!strcmp(argv[1], "help"))
		return help_on(argv[2]);
	if (limit_problem(&limit_of_stack, text, sizeof(text))) {
		log_line("%s", text);
		return STATUS_FAILED;
	}
	verb = find_verb(argv[1]);
	if (verb)
		return verb->run(argc - 1, argv + 1);
	log_line("there is no verb %s; `partrace --help` lists them", argv[1]);
	return STATUS_USAGE;
}
