/* SPDX-License-Identifier: BSD-2-Clause */
/* partraced's command line. */
#ifndef PARTRACE_SETTINGS_H
#define PARTRACE_SETTINGS_H

#include "daemon/watcher.h"

struct settings {
	const char *socket;
	struct watcher_settings watcher;
	int leash; /* of whom it ends with; -1: nobody */
	bool quiet;
};

/* Does not return from --help, --version, and what is not understood. */
void settings_parse(int argc, char **argv, struct settings *ret);

#endif
