/* SPDX-License-Identifier: BSD-2-Clause */
/* A sweep out of its document: what was measured is read, the rest is worked out of it again. */
#ifndef PARTRACE_SWEEP_READ_H
#define PARTRACE_SWEEP_READ_H

#include <jansson.h>

#include "cli/sweep/curve.h"

/* Holds a reference to the document, whose texts it uses. */
struct sweep_kept {
	struct sweep_axes axes;
	struct sweep_result result;
	json_t *document;
};

/*
 * Fills *ret, which stays where it is until sweep_kept_release(), also after an error. -EBADMSG
 * with one clause in `why`, such as "curve 1 has no points"; -ENOMEM.
 */
int sweep_read(const json_t *document, struct sweep_kept *ret, char *why, size_t why_size);
void sweep_kept_release(struct sweep_kept *kept);

#endif
