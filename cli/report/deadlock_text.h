/* SPDX-License-Identifier: BSD-2-Clause */
/* A cycle of threads in words. Pure. */
#ifndef PARTRACE_REPORT_DEADLOCK_TEXT_H
#define PARTRACE_REPORT_DEADLOCK_TEXT_H

#include <stdio.h>

#include "api/report.h"

/* "a (123) waits for m1, held by b (124), which waits for m2, held by a." */
void deadlock_sentence(FILE *out, const struct report_deadlock *deadlock);

/* What thread `index` of it waits for: "m1, held by b (124)". */
void deadlock_wait(FILE *out, const struct report_deadlock *deadlock, size_t index);

#endif
