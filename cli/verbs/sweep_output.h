/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a sweep goes, whether it has just been made or is printed again. */
#ifndef PARTRACE_VERBS_SWEEP_OUTPUT_H
#define PARTRACE_VERBS_SWEEP_OUTPUT_H

#include <argp.h>
#include <jansson.h>

#include "cli/sweep/curve.h"
#include "cli/verbs/common.h"

struct sweep_output {
	const struct common_options *common;
	const char *svg; /* a file; NULL: no picture */
	bool csv;
};

/* --csv and --svg; the verb sets `common` and state->child_inputs. */
extern const struct argp sweep_output_argp;

/* Refuses a file that could not be written, before anything runs. A status of cli/verb.h. */
int sweep_output_check(const struct sweep_output *output);

/*
 * Page, picture, and then the tables, the CSV or `document`, which is that of `result`. A status of
 * cli/verb.h; what went wrong has been said.
 */
int sweep_output_write(const struct sweep_output *output, const struct sweep_result *result,
		       const json_t *document);

#endif
