// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/host.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cpu_model.h"
#include "base/owned.h"

void host_read(struct report_host *ret)
{
	static struct utsname name;
	static char model[128];

	uname(&name);
	*ret = (struct report_host){
		.kernel = name.release,
		.cpus = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN),
		.cpu_model = cpu_model(model, sizeof(model)),
		.memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE),
	};
}

bool host_cpu_online(unsigned int cpu)
{
	char path[64], state = '1';
	_cleanup_fclose_ FILE *file = NULL;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
	file = fopen(path, "re");
	/* A CPU that cannot be taken offline has no such file. */
	if (file && fread(&state, 1, 1, file) != 1)
		state = '1';
	return state == '1' && (file || cpu == 0 || access("/sys/devices/system/cpu", F_OK) == 0);
}
