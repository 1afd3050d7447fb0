/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files under tests/golden: report documents, and what is printed of them. Tests run from the
 * top folder. UPDATE_GOLDEN=1 writes the texts anew; look at them before they are committed.
 */
#ifndef PARTRACE_TESTS_GOLDEN_H
#define PARTRACE_TESTS_GOLDEN_H

#include <jansson.h>

json_t *golden_document(const char *name);
/* Fails with the first line that differs. */
void golden_assert(const char *name, const char *text);

#endif
