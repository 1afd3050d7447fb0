/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON documents with values in the wrong place: missing, of other kinds, at their limits. */
#ifndef PARTRACE_TESTS_FUZZ_CHANGE_H
#define PARTRACE_TESTS_FUZZ_CHANGE_H

#include <jansson.h>

#include "tests/fuzz/mutate.h"

/* A copy with 1 to 8 changes. */
json_t *document_change(struct mutation *mutation, const json_t *document);

#endif
