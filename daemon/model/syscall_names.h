/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: what a system call is called, out of the headers that this was built with. */
#ifndef PARTRACE_MODEL_SYSCALL_NAMES_H
#define PARTRACE_MODEL_SYSCALL_NAMES_H

#include <stdint.h>

/* Never NULL. `cause` names a wait that was in no system call (WAIT_NO_SYSCALL). */
const char *syscall_name(uint32_t number, uint32_t cause);

#endif
