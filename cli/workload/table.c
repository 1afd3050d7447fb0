// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>

#include "base/owned.h"
#include "cli/workload/run.h"

/* In the order in which they are listed: from what is well to what hangs. */
static const struct workload *const table[] = {
	&workload_cpu,      &workload_io,       &workload_mixed,      &workload_lock,
	&workload_rwlock,   &workload_queue,    &workload_barrier,    &workload_gil,
	&workload_ipc,      &workload_spawn,    &workload_race,       &workload_starvation,
	&workload_deadlock, &workload_livelock, &workload_responsive,
};

const struct workload *workload_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (!strcmp(table[i]->name, name))
			return table[i];
	return NULL;
}

const struct workload *workload_at(size_t index)
{
	return index < ARRAY_LEN(table) ? table[index] : NULL;
}

const char *workload_name(const struct workload *workload)
{
	return workload->name;
}

bool workload_knows(const struct workload *workload, enum workload_option option)
{
	return workload->knows & option;
}

const char *workload_runtime_name(enum workload_runtime runtime)
{
	return runtime == RUNTIME_PYTHON ? "python" : "native";
}

bool workload_has_python_twin(const struct workload *workload)
{
	return workload->has_python_twin;
}

const char *workload_summary(const struct workload *workload)
{
	return workload->summary;
}

const char *workload_details(const struct workload *workload)
{
	return workload->details;
}
