// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/rights.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(capability) (UINT64_C(1) << (capability))

/* Some 60 of the probes, 256 files with symbols and their debug files, a few for each client. */
#define FILES_WANTED 1024u

#define KEPT                                                                                       \
	(BIT(CAP_BPF) | BIT(CAP_PERFMON) |                                                         \
	 BIT(CAP_SYS_ADMIN) | /* bpf_stats: what the probes cost */                                \
	 BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_CHECKPOINT_RESTORE) |            \
	 BIT(CAP_SYS_NICE) | /* hurry.h */                                                         \
	 BIT(CAP_SYS_RESOURCE) /* RLIMIT_MEMLOCK, where maps still count for it */)

/* Not even by a program that it would start. */
static void drop_bounds(uint64_t kept)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
		if (!(kept & BIT(capability)))
			prctl(PR_CAPBSET_DROP, capability);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int rights_drop(uint64_t more)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];
	uint64_t kept = KEPT | more;

	if (syscall(SYS_capget, &header, words) < 0)
		return -errno;
	drop_bounds(kept);
	for (unsigned int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		words[i].permitted &= (uint32_t)(kept >> 32 * i);
		words[i].effective = words[i].permitted;
		words[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, words) < 0 ? -errno : 0;
}

void rights_raise_files(void)
{
	struct rlimit limit, all;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= FILES_WANTED)
		return;
	all = limit;
	limit.rlim_cur = FILES_WANTED;
	if (limit.rlim_max < FILES_WANTED)
		limit.rlim_max = FILES_WANTED;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return;
	/* Without CAP_SYS_RESOURCE. */
	all.rlim_cur = all.rlim_max;
	setrlimit(RLIMIT_NOFILE, &all);
}
