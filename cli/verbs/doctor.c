// SPDX-License-Identifier: BSD-2-Clause
#include <argp.h>
#include <ctype.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/routes.h"
#include "base/log.h"
#include "base/owned.h"
#include "base/units.h"
#include "cli/verb.h"
#include "cli/verbs/common.h"
#include "cli/verbs/usage.h"
#include "cli/workload/workload.h"

struct machine {
	struct utsname system;
	char model[256];
	bool smt;
	bool bpf_stats; /* on for the whole machine */
	long cpus;
	unsigned int usable_cpus;
	uint64_t memory_bytes;
};

struct finding {
	const char *name;
	char detail[256]; /* what to do when not met; else a fact, or empty */
	bool met;
	bool optional; /* without it there is less to see, and that is all */
};

static const struct check {
	const char *name;
	const char *(*problem)(void);
} checks[] = {
	{ "kernel 5.15 or newer", check_kernel },
	{ "own /proc", check_proc },
	{ "BTF", check_btf },
	{ "rights", check_rights },
	{ "lockdown", check_lockdown },
};

/* The checks, and then the probes themselves, and their samples of code. */
#define FINDINGS_MAX (ARRAY_LEN(checks) + 2)

/* ---- looking ---- */

static void read_line(const char *path, const char *key, char *ret, size_t size)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char line[512];

	snprintf(ret, size, "unknown");
	while (file && fgets(line, sizeof(line), file)) {
		const char *value = line;

		line[strcspn(line, "\n")] = '\0';
		if (key && strncmp(line, key, strlen(key)))
			continue;
		if (key)
			value = strchr(line, ':') ? strchr(line, ':') + 1 : "";
		while (isspace((unsigned char)*value))
			value++;
		snprintf(ret, size, "%.*s", (int)size - 1, value);
		return;
	}
}

static bool says_one(const char *path)
{
	char text[32];

	read_line(path, NULL, text, sizeof(text));
	return !strcmp(text, "1");
}

static void look_at_machine(struct machine *ret)
{
	uname(&ret->system);
	read_line("/proc/cpuinfo", "model name", ret->model, sizeof(ret->model));
	ret->smt = says_one("/sys/devices/system/cpu/smt/active");
	ret->bpf_stats = says_one("/proc/sys/kernel/bpf_stats_enabled");
	ret->cpus = sysconf(_SC_NPROCESSORS_ONLN);
	ret->usable_cpus = workload_usable_cpus();
	ret->memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The report of a session for a moment, on a process that does nothing; NULL with `why`. */
static json_t *moment_report(struct daemon *daemon, pid_t pid, char *why, size_t why_size)
{
	json_t *request = json_pack("{s:{s:[i]}}", "targets", "pids", (int)pid);
	json_t *answer = NULL, *report = NULL;
	char path[96];
	int r;

	r = daemon_request(daemon, "POST", ROUTE_SESSIONS, request, &answer, why, why_size);
	if (!r) {
		snprintf(path, sizeof(path), ROUTE_SESSIONS "/%.40s",
			 json_string_value(json_object_get(answer, "id")));
		r = daemon_request(daemon, "DELETE", path, NULL, &report, why, why_size);
	}
	json_decref(answer);
	json_decref(request);
	return r < 0 ? NULL : report;
}

static json_t *report_on_child(struct daemon *daemon, char *why, size_t why_size)
{
	json_t *report = NULL;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (pid < 0) {
		snprintf(why, why_size, "no process could be made to try it on");
		return NULL;
	}
	report = moment_report(daemon, pid, why, why_size);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return report;
}

static void try_samples(struct daemon *daemon, struct finding *ret)
{
	char why[256] = "";
	json_t *report = report_on_child(daemon, why, sizeof(why));
	json_t *sampling = json_object_get(report, "sampling");
	const char *note = json_string_value(json_object_get(sampling, "note"));
	double period_ns = json_number_value(json_object_get(sampling, "period_ns"));

	*ret = (struct finding){ .name = "samples of code",
				 .met = period_ns > 0,
				 .optional = true };
	if (ret->met)
		snprintf(ret->detail, sizeof(ret->detail), "%.0f a second on each CPU",
			 1e9 / period_ns);
	else
		snprintf(ret->detail, sizeof(ret->detail), "%.200s (all the rest works without)",
			 note ? note : why);
	json_decref(report);
}

/* Loads the probes for real, which is the proof of all the rest; how many findings that makes. */
static size_t try_probes(struct finding *ret)
{
	_cleanup_(daemon_closep) struct daemon *daemon = NULL;
	uint64_t from_ns = monotonic_ns();
	char why[256] = "";
	int status = STATUS_FAILED;
	struct daemon_wish wish = { .max_threads = MAX_THREADS_DEFAULT };
	int r = daemon_open(&wish, &daemon, &status, why, sizeof(why));

	*ret = (struct finding){ .name = "probes", .met = r == 0 };
	if (r < 0) {
		snprintf(ret->detail, sizeof(ret->detail), "%s",
			 r == -ECHILD ? "partraced could not start" : why);
		return 1;
	}
	snprintf(ret->detail, sizeof(ret->detail), "%s partraced answered after %.0f ms",
		 daemon_fd(daemon) < 0 ? "the system's" : "a private",
		 (double)(monotonic_ns() - from_ns) / 1e6);
	try_samples(daemon, ret + 1);
	return 2;
}

/* How many findings there are; the probes are tried only where all the rest is met. */
static size_t look_for_requirements(struct finding findings[])
{
	size_t count = 0;
	bool met = true;

	for (; count < ARRAY_LEN(checks); count++) {
		const char *problem = checks[count].problem();

		findings[count] = (struct finding){ .name = checks[count].name, .met = !problem };
		snprintf(findings[count].detail, sizeof(findings[count].detail), "%s",
			 problem ? problem : "");
		met &= !problem;
	}
	return met ? count + try_probes(&findings[count]) : count;
}

/* ---- saying ---- */

static void print_machine(const struct machine *machine)
{
	printf("Machine\n");
	printf("  architecture  %s\n", machine->system.machine);
	printf("  CPU           %s\n", machine->model);
	printf("  CPUs          %ld online, SMT %s, %u usable here (affinity and quota)\n",
	       machine->cpus, machine->smt ? "on" : "off", machine->usable_cpus);
	printf("  memory        %.1f GiB\n", (double)machine->memory_bytes / (1 << 30));
	printf("  kernel        %s %s\n", machine->system.sysname, machine->system.release);
	printf("  bpf_stats     %s (partrace measures its own cost with it, 100 ms in 10 s)\n\n",
	       machine->bpf_stats ? "on for the whole machine" : "off");
}

static void print_requirements(const struct finding *findings, size_t count)
{
	printf("Requirements\n");
	for (size_t i = 0; i < count; i++)
		printf("  %-4s %-*s%s%s\n", findings[i].met ? "ok" : "no",
		       *findings[i].detail ? 22 : 0, findings[i].name,
		       *findings[i].detail ? " " : "", findings[i].detail);
}

static int print_json(const struct machine *machine, const struct finding *findings, size_t count)
{
	json_t *rows = json_array(), *document;
	int r;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(rows, json_pack("{s:s,s:b,s:b,s:s}", "name", findings[i].name,
						      "met", findings[i].met, "optional",
						      findings[i].optional, "detail",
						      findings[i].detail));
	document =
		json_pack("{s:s,s:{s:s,s:s,s:i,s:b,s:i,s:I,s:s,s:b},s:o}", "schema",
			  "partrace.doctor/1", "machine", "architecture", machine->system.machine,
			  "cpu_model", machine->model, "cpus", (int)machine->cpus, "smt",
			  machine->smt, "usable_cpus", (int)machine->usable_cpus, "memory_bytes",
			  (json_int_t)machine->memory_bytes, "kernel", machine->system.release,
			  "bpf_stats", machine->bpf_stats, "requirements", rows);
	r = document ? json_dumpf(document, stdout, JSON_INDENT(2)) : -1;
	json_decref(document);
	puts("");
	return r;
}

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print a JSON document", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	bool *json = state->input;

	switch (key) {
	case 'j':
		*json = true;
		return 0;
	case ARGP_KEY_ARG:
		usage_error(state, "doctor takes no arguments: %s", argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int verb_doctor(int argc, char **argv)
{
	static const struct argp argp = {
		options,
		parse_option,
		NULL,
		"Says what this machine and user can do, and what to do about the rest.\v"
		"Exit status: 0 all is well, 3 this machine or user cannot.\n"
		"Example:\n"
		"  sudo partrace doctor",
		NULL,
		NULL,
		NULL
	};
	struct finding findings[FINDINGS_MAX];
	struct machine machine;
	bool json = false;
	size_t count;

	argv[0] = "partrace doctor";
	argp_parse(&argp, argc, argv, 0, NULL, &json);
	look_at_machine(&machine);
	if (!json)
		print_machine(&machine);
	count = look_for_requirements(findings);
	if (!json)
		print_requirements(findings, count);
	else if (print_json(&machine, findings, count) < 0)
		return STATUS_FAILED;
	for (size_t i = 0; i < count; i++)
		if (!findings[i].met && !findings[i].optional)
			return STATUS_CANNOT;
	return STATUS_DONE;
}
