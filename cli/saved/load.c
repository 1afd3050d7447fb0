// SPDX-License-Identifier: BSD-2-Clause
#include "cli/saved/load.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "api/version.h"
#include "base/owned.h"
#include "cli/client/document.h"

/* What no report is without; of what else is missing a view says less. */
static const char *const always[] = { "host", "target", "window" };
static const char *const when_probed[] = { "totals",    "parallelism", "run_queue",   "cpus",
					   "processes", "threads",     "completeness" };

bool load_is_probed(const json_t *document)
{
	return !json_is_null(json_object_get(document, "probes"));
}

static const char *missing_key(const json_t *document, const char *const *keys, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_object_get(document, keys[i]);

		if (!value || json_is_null(value))
			return keys[i];
	}
	return NULL;
}

static int check_keys(const json_t *document, const char *name, char *why, size_t why_size)
{
	const char *missing = missing_key(document, always, ARRAY_LEN(always));

	if (!json_object_get(document, "probes"))
		missing = "probes";
	if (!missing && load_is_probed(document))
		missing = missing_key(document, when_probed, ARRAY_LEN(when_probed));
	if (!missing)
		return 0;
	snprintf(why, why_size, "%s is damaged: the report has no %s", name, missing);
	return -EBADMSG;
}

bool load_is_sweep(const json_t *document)
{
	const char *schema = json_string_value(json_object_get(document, "schema"));

	return schema && !strcmp(schema, SWEEP_SCHEMA);
}

static int check_schema(const json_t *document, const char *name, char *why, size_t why_size)
{
	const char *schema = json_string_value(json_object_get(document, "schema"));
	const char *family = strchr(REPORT_SCHEMA, '/');
	size_t length = (size_t)(family - REPORT_SCHEMA) + 1;

	if (schema && !strcmp(schema, REPORT_SCHEMA))
		return 0;
	if (schema && !strncmp(schema, REPORT_SCHEMA, length))
		snprintf(why, why_size,
			 "%s is a report of another version; this partrace reads " REPORT_SCHEMA,
			 name);
	else
		snprintf(why, why_size,
			 load_is_sweep(document)
				 ? "%s is a sweep; `partrace report` prints it, and each of its "
				   "points holds a report"
				 : "%s is JSON, but no report of partrace: its schema is "
				   "not " REPORT_SCHEMA,
			 name);
	return -EBADMSG;
}

/* Decoded for the sake of what is wrong with it: the printing of it will not fail. */
static int check_fields(const json_t *document, const char *name, char *why, size_t why_size)
{
	struct report report;
	char what[300];
	int r = report_decode(document, &report, what, sizeof(what));

	if (r < 0)
		snprintf(why, why_size, "%s is damaged: %s", name, what);
	else
		report_release(&report);
	return r;
}

static int say_unreadable(FILE *file, const char *name, const json_error_t *error, char *why,
			  size_t why_size)
{
	int reason = errno;

	if (ferror(file)) {
		snprintf(why, why_size, "cannot read %s: %s", name, strerror(reason));
		return reason ? -reason : -EIO;
	}
	if (error->position == 0 && feof(file))
		snprintf(why, why_size, "%s is empty", name);
	else
		snprintf(why, why_size, "%s is not JSON: line %d, column %d", name, error->line,
			 error->column);
	return -EBADMSG;
}

int load_report_from(FILE *file, const char *name, bool sweeps, json_t **ret, char *why,
		     size_t why_size)
{
	json_error_t error;
	json_t *document;
	int r;

	errno = 0;
	document = json_loadf(file, 0, &error);
	if (!document)
		return say_unreadable(file, name, &error, why, why_size);
	if (sweeps && load_is_sweep(document)) {
		*ret = document;
		return 0;
	}
	r = check_schema(document, name, why, why_size);
	if (!r)
		r = check_keys(document, name, why, why_size);
	if (!r)
		r = check_fields(document, name, why, why_size);
	if (r < 0)
		json_decref(document);
	else
		*ret = document;
	return r;
}

int load_report(const char *path, bool sweeps, json_t **ret, char *why, size_t why_size)
{
	_cleanup_fclose_ FILE *file = NULL;
	struct stat status;

	if (!strcmp(path, "-"))
		return load_report_from(stdin, "the standard input", sweeps, ret, why, why_size);
	file = fopen(path, "re");
	if (!file) {
		int r = -errno;

		snprintf(why, why_size, "cannot read %s: %s", path, strerror(-r));
		return r;
	}
	if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
		snprintf(why, why_size, "%s is a folder; name a report in it", path);
		return -EISDIR;
	}
	return load_report_from(file, path, sweeps, ret, why, why_size);
}
