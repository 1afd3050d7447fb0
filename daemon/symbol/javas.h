/* SPDX-License-Identifier: BSD-2-Clause */
/* JVMs that are remembered: where each keeps what its parked threads wait for. */
#ifndef PARTRACE_SYMBOL_JAVAS_H
#define PARTRACE_SYMBOL_JAVAS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct javas;
struct symbolizer;

#define JAVAS_MAX 32u

/* 0 or -ENOMEM. */
int javas_new(struct javas **ret);
void javas_free(struct javas *javas);
/* It has ended: the next one of this PID is another. */
void javas_forget(struct javas *javas, pid_t pid);

/* See symbolizer_java_park(). */
const char *javas_park(struct symbolizer *symbolizer, pid_t pid, uint64_t word);

#endif
