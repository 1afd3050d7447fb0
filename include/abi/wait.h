/* SPDX-License-Identifier: BSD-2-Clause */
/* The ten causes of waiting (DESIGN section 2), and their names. */
#ifndef PARTRACE_ABI_WAIT_H
#define PARTRACE_ABI_WAIT_H

enum wait_cause {
	WAIT_LOCK,
	WAIT_CONDITION,
	WAIT_IO,
	WAIT_IPC,
	WAIT_POLL,
	WAIT_SLEEP,
	WAIT_CHILD,
	WAIT_FAULT,
	WAIT_STOPPED,
	WAIT_OTHER,
	WAIT_COUNT,
};

#ifndef __bpf__
static const char *const wait_names[] = {
	[WAIT_LOCK] = "lock",   [WAIT_CONDITION] = "condition", [WAIT_IO] = "io",
	[WAIT_IPC] = "ipc",     [WAIT_POLL] = "poll",           [WAIT_SLEEP] = "sleep",
	[WAIT_CHILD] = "child", [WAIT_FAULT] = "fault",         [WAIT_STOPPED] = "stopped",
	[WAIT_OTHER] = "other",
};
_Static_assert(sizeof(wait_names) / sizeof(wait_names[0]) == WAIT_COUNT, "name every wait");
#endif

#endif
