// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/input.h"

#include <errno.h>

#include <string.h>

#include "base/log.h"
#include "cli/saved/load.h"
#include "cli/saved/store.h"

const char *input_name(const char *path)
{
	if (!path)
		return "the last report";
	return strcmp(path, "-") ? path : "the standard input";
}

static int input(const char *path, bool sweeps, json_t **ret)
{
	char why[512] = "";
	int r = path ? load_report(path, sweeps, ret, why, sizeof(why))
		     : saved_read_last(sweeps, ret, why, sizeof(why));

	if (!path && r == -ENOENT)
		log_line("no report has been saved yet; `sudo partrace run cpu` makes one, "
			 "`partrace report FILE` prints a file");
	else if (r < 0)
		log_line("%s", why);
	return r;
}

int input_report(const char *path, json_t **ret)
{
	return input(path, false, ret);
}

int input_report_or_sweep(const char *path, json_t **ret)
{
	return input(path, true, ret);
}

int input_report_of_locks(const char *path, json_t **ret)
{
	const char *name = input_name(path);
	json_t *document = NULL;
	int r = input_report(path, &document);

	if (r < 0)
		return r;
	if (!load_is_probed(document))
		log_line("%s is of a run with --no-probe, which knows nothing of locks", name);
	else if (!json_is_array(json_object_get(document, "locks")))
		log_line("%s has no locks in it: an older partrace made it; watch the program "
			 "again, with `sudo partrace locks -p PID`",
			 name);
	else
		*ret = json_incref(document);
	r = json_is_array(json_object_get(document, "locks")) ? 0 : -ENODATA;
	json_decref(document);
	return r;
}
