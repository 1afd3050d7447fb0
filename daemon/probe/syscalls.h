/* SPDX-License-Identifier: BSD-2-Clause */
/* Which cause of waiting stands behind which system call of this architecture. */
#ifndef PARTRACE_PROBE_SYSCALLS_H
#define PARTRACE_PROBE_SYSCALLS_H

#include "abi/settings.h"

/* Fills wait_of_syscall[] with enum wait_cause or syscall_wait; WAIT_OTHER: nothing is known. */
void syscalls_fill(__u8 wait_of_syscall[SYSCALLS_MAX]);

#endif
