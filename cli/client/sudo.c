// SPDX-License-Identifier: BSD-2-Clause
#include "cli/client/sudo.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/owned.h"

#define ANCESTORS_MAX 16

static bool read_id(const char *variable, uint32_t *ret)
{
	const char *text = getenv(variable);
	unsigned long id;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	id = strtoul(text, &end, 10);
	if (errno || *end || id >= UINT32_MAX)
		return false;
	*ret = (uint32_t)id;
	return true;
}

bool sudo_user(uid_t *ret_uid, gid_t *ret_gid)
{
	return geteuid() == 0 && read_id("SUDO_UID", ret_uid) && read_id("SUDO_GID", ret_gid);
}

static int read_proc(pid_t pid, const char *name, char *buffer, size_t size)
{
	char path[64];
	_cleanup_fclose_ FILE *file = NULL;
	size_t got;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	got = fread(buffer, 1, size - 1, file);
	buffer[got] = '\0';
	return (int)got;
}

static pid_t parent_of(pid_t pid)
{
	char text[1024];
	const char *after;
	pid_t parent = 0;

	if (read_proc(pid, "stat", text, sizeof(text)) <= 0)
		return 0;
	after = strrchr(text, ')');
	if (after && sscanf(after + 1, " %*c %d", &parent) != 1)
		return 0;
	return parent;
}

static pid_t find_sudo(void)
{
	pid_t pid = getppid();
	char name[64];

	for (int i = 0; i < ANCESTORS_MAX && pid > 1; i++, pid = parent_of(pid))
		if (read_proc(pid, "comm", name, sizeof(name)) > 0 && !strcmp(name, "sudo\n"))
			return pid;
	return 0;
}

char *sudo_variable(const char *name)
{
	enum { ENVIRONMENT_MAX = 1 << 20 };
	_cleanup_free_ char *text = malloc(ENVIRONMENT_MAX);
	size_t length = strlen(name);
	pid_t sudo = getenv("SUDO_USER") ? find_sudo() : 0;
	int got = text && sudo ? read_proc(sudo, "environ", text, ENVIRONMENT_MAX) : 0;

	for (int at = 0; at < got; at += (int)strlen(text + at) + 1)
		if (!strncmp(text + at, name, length) && text[at + (int)length] == '=')
			return strdup(text + at + length + 1);
	return NULL;
}
