// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/interpreter.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "cli/verb.h"
#include "cli/verbs/child.h"
#include "cli/verbs/lookup.h"

#define DEFAULT "python3"

int interpreter_find(struct workload_plan *plan, char *path, size_t size)
{
	int r;

	/* Its own children are found in there as well. */
	child_use_callers_path();
	r = lookup_program(plan->python ? plan->python : DEFAULT, getenv("PATH"), path, size);
	if (r == -EACCES) {
		log_line("%s cannot be executed: it is no program, or not marked as one; name a "
			 "Python with --python PATH",
			 path);
	} else if (r < 0 && plan->python) {
		log_line("--python %s: there is no such program; give the path of a Python 3.8 or "
			 "later",
			 plan->python);
	} else if (r < 0) {
		log_line("--runtime python needs an interpreter, and there is no " DEFAULT
			 " in PATH; install Python 3.8 or later, or name one with --python PATH");
	}
	if (r < 0)
		return plan->python ? STATUS_USAGE : STATUS_CANNOT;
	plan->python = path;
	return STATUS_DONE;
}
