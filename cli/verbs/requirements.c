// SPDX-License-Identifier: BSD-2-Clause
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/own_proc.h"
#include "base/owned.h"
#include "cli/verb.h"
#include "cli/verbs/common.h"

#define BTF_PATH "/sys/kernel/btf/vmlinux"

const char *check_kernel(void)
{
	struct utsname name;
	unsigned int major = 0, minor = 0;

	uname(&name);
	sscanf(name.release, "%u.%u", &major, &minor);
	if (major > 5 || (major == 5 && minor >= 15))
		return NULL;
	return "this kernel is too old: partrace needs Linux 5.15 or newer";
}

const char *check_btf(void)
{
	_cleanup_fclose_ FILE *file = fopen(BTF_PATH, "re");

	if (file && fgetc(file) != EOF)
		return NULL;
	return BTF_PATH
		" is missing or empty: partrace needs a kernel with BTF; boot one built with "
		"CONFIG_DEBUG_INFO_BTF=y, as the distributions' kernels are";
}

const char *check_proc(void)
{
	return own_proc_problem();
}

static unsigned long long effective_capabilities(void)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/status", "re");
	unsigned long long set = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "CapEff: %llx", &set) == 1)
			break;
	return set;
}

/* Root for now: the daemon asks who is calling. */
const char *check_rights(void)
{
	unsigned long long set = effective_capabilities();
	bool bpf = (set >> CAP_SYS_ADMIN & 1) || ((set >> CAP_BPF & 1) && (set >> CAP_PERFMON & 1));

	if (bpf && geteuid() == 0)
		return NULL;
	return "loading eBPF probes needs root (CAP_BPF and CAP_PERFMON): run it with sudo";
}

const char *check_lockdown(void)
{
	_cleanup_fclose_ FILE *file = fopen("/sys/kernel/security/lockdown", "re");
	char line[128] = "";

	if (file && fgets(line, sizeof(line), file) && strstr(line, "[confidentiality]"))
		return "kernel lockdown is in confidentiality mode, which forbids reading kernel "
		       "memory "
		       "from eBPF: boot with lockdown=integrity or none";
	return NULL;
}

static const char *(*const checks[])(void) = { check_kernel, check_proc, check_rights, check_btf,
					       check_lockdown };

int require_machine(const char *instead)
{
	char text[200];

	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		const char *problem = checks[i]();

		if (!problem)
			continue;
		log_line("%s%s", problem, instead);
		return STATUS_CANNOT;
	}
	if (!limits_problem(text, sizeof(text)))
		return STATUS_DONE;
	log_line("%s%s", text, instead);
	return STATUS_FAILED;
}
