/* SPDX-License-Identifier: BSD-2-Clause */
/* Many names in a few words: worker-1…8, 3 × pool, "a, b and 5 more". Pure. */
#ifndef PARTRACE_REPORT_FOLD_NAMES_H
#define PARTRACE_REPORT_FOLD_NAMES_H

#include <stddef.h>

/*
 * Names that differ by their number alone become a range, in as many pieces as it has, up to 3.
 * `size` is at least 2.
 */
void fold_names(const char *const *names, size_t count, char *ret, size_t size);

#endif
