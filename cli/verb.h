/* SPDX-License-Identifier: BSD-2-Clause */
/* A verb is a row in main's table and a file under cli/verbs. */
#ifndef PARTRACE_VERB_H
#define PARTRACE_VERB_H

/* Exit statuses; `exec` returns the command's own. */
enum {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_CANNOT = 3,
	STATUS_MATCHED = 4, /* --fail-on */
};

int verb_run(int argc, char **argv);
int verb_exec(int argc, char **argv);
int verb_sweep(int argc, char **argv);
int verb_attach(int argc, char **argv);
int verb_locks(int argc, char **argv);
int verb_snapshot(int argc, char **argv);
int verb_export(int argc, char **argv);
int verb_report(int argc, char **argv);
int verb_schema(int argc, char **argv);
int verb_workloads(int argc, char **argv);
int verb_explain(int argc, char **argv);
int verb_diff(int argc, char **argv);
int verb_doctor(int argc, char **argv);

#endif
