/* SPDX-License-Identifier: BSD-2-Clause */
/* What threads wait for with a time limit. */
#ifndef PARTRACE_SYMBOL_CONDITION_H
#define PARTRACE_SYMBOL_CONDITION_H

#include <pthread.h>

/* Limits are CLOCK_MONOTONIC: a clock that is set does not hold them up. */
void condition_init(pthread_cond_t *condition);

#endif
