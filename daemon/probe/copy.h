/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of what the probes may be writing at this moment. */
#ifndef PARTRACE_PROBE_COPY_H
#define PARTRACE_PROBE_COPY_H

#include "abi/thread.h"
#include "abi/totals.h"

/* Only what it has done and where it is, up to `criticality`: a tenth of it. */
void slot_copy_times(const struct thread_slot *shared, struct thread_slot *ret);
/* All but its sums by cause, call and length of wait: a third of it. */
void slot_copy_wait(const struct thread_slot *shared, struct thread_slot *ret);
/* Whole; after many tries the last one, which is off by one switch. */
void slot_copy(const struct thread_slot *shared, struct thread_slot *ret);
void set_copy(const struct set_totals *shared, struct set_totals *ret);

#endif
