// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/syscall_names.h"

#include <sys/syscall.h>

#include "abi/settings.h"
#include "base/owned.h"

static const char *const names[SYSCALLS_MAX] = {
#include "daemon/model/syscall_names.inc"
};

const char *syscall_name(uint32_t number, uint32_t cause)
{
	if (number < SYSCALLS_MAX)
		return names[number] ? names[number] : "a newer system call";
	switch (cause) {
	case WAIT_FAULT:
		return "page fault";
	case WAIT_STOPPED:
		return "stop";
	default:
		return "kernel";
	}
}
