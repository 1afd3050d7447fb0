// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/report_sweep.h"

#include "base/log.h"
#include "cli/sweep/read.h"
#include "cli/verb.h"

int report_sweep(const struct sweep_output *output, const char *name, const json_t *document,
		 bool has_view)
{
	struct sweep_kept kept;
	char why[256] = "out of memory";
	int status = STATUS_FAILED;
	int r;

	if (has_view || output->common->fail_on.count) {
		log_line("%s is a sweep, which has no %s; each of its points holds a report", name,
			 has_view ? "views" : "findings of its own to fail on");
		return STATUS_FAILED;
	}
	r = sweep_read(document, &kept, why, sizeof(why));
	if (r < 0)
		log_line("%s is damaged: %s", name, why);
	else
		status = sweep_output_write(output, &kept.result, document);
	sweep_kept_release(&kept);
	return status;
}
