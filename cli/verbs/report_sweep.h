/* SPDX-License-Identifier: BSD-2-Clause */
/* `partrace report` of a sweep's document. */
#ifndef PARTRACE_VERBS_REPORT_SWEEP_H
#define PARTRACE_VERBS_REPORT_SWEEP_H

#include <jansson.h>

#include "cli/verbs/sweep_output.h"

/*
 * An exit status. `name` is what the document is called in messages. A sweep has no views and no
 * findings to fail on: that is said.
 */
int report_sweep(const struct sweep_output *output, const char *name, const json_t *document,
		 bool has_view);

#endif
