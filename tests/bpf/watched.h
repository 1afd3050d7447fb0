/* SPDX-License-Identifier: BSD-2-Clause */
/* The probes themselves, without server or client; each fails the test on any error. */
#ifndef PARTRACE_TESTS_BPF_WATCHED_H
#define PARTRACE_TESTS_BPF_WATCHED_H

#include <sys/types.h>

#include "daemon/probe/probe.h"

/* For probe_close(). */
struct probe *open_probe(struct probe_options options);
/* Its threads become targets of the set; how many there were. */
uint64_t watch_process(struct probe *probe, uint32_t set, pid_t pid);

#endif
