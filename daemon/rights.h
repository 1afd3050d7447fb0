/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon may do. It is started by root, and reads memory and files that targets have made:
 * what it does not need for that, nobody shall get by misleading it.
 */
#ifndef PARTRACE_RIGHTS_H
#define PARTRACE_RIGHTS_H

#include <stdint.h>

/*
 * Gives up all capabilities but those for probes and for looking at other processes, for good; none
 * is ever gained. Before other threads are started. `more`: 1 << CAP_… to keep besides. 0 or
 * -errno.
 */
int rights_drop(uint64_t more);

/* As many open files as the probes and what is read of targets take, where that is allowed. */
void rights_raise_files(void);

#endif
