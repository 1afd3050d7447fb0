// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/log.h"
#include "base/owned.h"
#include "base/units.h"
#include "cli/verb.h"
#include "cli/verbs/common.h"
#include "cli/workload/workload.h"

#define THREADS_DEFAULT 16384u

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

static void print_machine(void)
{
	struct utsname name;
	char model[512], smt[32], bpf_stats[32];

	uname(&name);
	read_line("/proc/cpuinfo", "model name", model, sizeof(model));
	read_line("/sys/devices/system/cpu/smt/active", NULL, smt, sizeof(smt));
	read_line("/proc/sys/kernel/bpf_stats_enabled", NULL, bpf_stats, sizeof(bpf_stats));
	printf("Machine\n");
	printf("  architecture  %s\n", name.machine);
	printf("  CPU           %s\n", model);
	printf("  CPUs          %ld online, SMT %s, %u usable here (affinity and quota)\n",
	       sysconf(_SC_NPROCESSORS_ONLN), !strcmp(smt, "1") ? "on" : "off",
	       workload_usable_cpus());
	printf("  memory        %.1f GiB\n",
	       (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / (1 << 30));
	printf("  kernel        %s %s\n", name.sysname, name.release);
	printf("  bpf_stats     %s (partrace measures its own cost with it, 100 ms in 10 s)\n\n",
	       !strcmp(bpf_stats, "1") ? "on for the whole machine" : "off");
}

static const struct check {
	const char *name;
	const char *(*problem)(void);
} checks[] = {
	{ "kernel 5.15 or newer", check_kernel },
	{ "BTF", check_btf },
	{ "rights", check_rights },
	{ "lockdown", check_lockdown },
};

/* Loads the probes for real, which is the proof of all the rest. */
static int check_probes(void)
{
	_cleanup_(daemon_closep) struct daemon *daemon = NULL;
	uint64_t from_ns = monotonic_ns();
	char why[256] = "";
	int status = STATUS_FAILED;
	int r = daemon_open(THREADS_DEFAULT, &daemon, &status, why, sizeof(why));

	if (r < 0) {
		printf("  no   %-22s %s\n", "probes",
		       r == -ECHILD ? "partraced could not start" : why);
		return STATUS_CANNOT;
	}
	printf("  ok   %-22s %s partraced answered after %.0f ms\n", "probes",
	       daemon_fd(daemon) < 0 ? "the system's" : "a private",
	       (double)(monotonic_ns() - from_ns) / 1e6);
	return STATUS_DONE;
}

int verb_doctor(int argc, char **argv)
{
	int status = STATUS_DONE;

	if (argc > 1) {
		bool help = !strcmp(argv[1], "--help");

		if (help)
			puts("Usage: partrace doctor\nSays what this machine and user can do, and "
			     "what to do "
			     "about the rest.\n\nExample:\n  sudo partrace doctor");
		else
			log_line("doctor takes no arguments: %s", argv[1]);
		return help ? STATUS_DONE : STATUS_USAGE;
	}
	print_machine();
	printf("Requirements\n");
	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		const char *problem = checks[i].problem();

		printf("  %-4s %-22s %s\n", problem ? "no" : "ok", checks[i].name,
		       problem ? problem : "");
		if (problem)
			status = STATUS_CANNOT;
	}
	return status == STATUS_DONE ? check_probes() : status;
}
