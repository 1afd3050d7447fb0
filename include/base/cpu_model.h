/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARTRACE_BASE_CPU_MODEL_H
#define PARTRACE_BASE_CPU_MODEL_H

#include <stdio.h>
#include <string.h>

#include "base/owned.h"

/* The first CPU's name, as in "AMD EPYC"; NULL where /proc/cpuinfo has none (not x86). */
static inline const char *cpu_model(char *room, size_t size)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/cpuinfo", "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		const char *value = strchr(line, ':');

		if (strncmp(line, "model name", 10) || !value)
			continue;
		snprintf(room, size, "%s", value + 2);
		room[strcspn(room, "\n")] = '\0';
		return room;
	}
	return NULL;
}

#endif
