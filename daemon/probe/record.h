/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: what came through the ring buffers, believed as far as it is whole and names what is known.
 */
#ifndef PARTRACE_PROBE_RECORD_H
#define PARTRACE_PROBE_RECORD_H

#include <stddef.h>

#include "abi/lock.h"
#include "abi/totals.h"

/* NULL: it is no such record. Both point into `data`; what comes after a record is padding. */
const struct event *record_event(const void *data, size_t size);
/* `bytes` of stack memory follow it. */
const struct stack_head *record_stack(const void *data, size_t size);

#endif
