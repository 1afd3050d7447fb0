/* SPDX-License-Identifier: BSD-2-Clause */
/* For scripts about reports that partrace keeps. */
#ifndef PARTRACE_TESTS_SUPPORT_SAVED_H
#define PARTRACE_TESTS_SUPPORT_SAVED_H

/* Short and without probes, for what is not about them. */
#define QUICK_RUN "$P run cpu --no-probe --tasks 2 --task-time 1ms -q"

/* A state folder of the test's own, removed at the end whatever happens. */
#define WITH_STATE                                                                                 \
	"d=$(mktemp -d); trap 'rm -rf $d' EXIT; chmod 755 $d; export XDG_STATE_HOME=$d/state; "

#endif
