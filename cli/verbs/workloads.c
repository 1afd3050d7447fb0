// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/verb.h"
#include "cli/workload/workload.h"

static void list(void)
{
	const struct workload *workload;

	for (size_t i = 0; (workload = workload_at(i)); i++)
		printf("  %-10s  %s\n", workload_name(workload), workload_summary(workload));
	printf("\n`partrace workloads NAME` explains one; `sudo partrace run NAME` runs it.\n");
}

int verb_workloads(int argc, char **argv)
{
	const struct workload *workload;

	if (argc == 1) {
		list();
		return STATUS_DONE;
	}
	if (!strcmp(argv[1], "--help")) {
		puts("Usage: partrace workloads [NAME]\nLists the built-in workloads, or explains "
		     "one.\n\n"
		     "Examples:\n  partrace workloads\n  partrace workloads lock");
		return STATUS_DONE;
	}
	workload = workload_find(argv[1]);
	if (!workload) {
		log_line("there is no workload %s; `partrace workloads` lists them", argv[1]);
		return STATUS_USAGE;
	}
	printf("%s: %s\n\n%s\n", workload_name(workload), workload_summary(workload),
	       workload_details(workload));
	return STATUS_DONE;
}
