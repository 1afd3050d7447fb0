// SPDX-License-Identifier: BSD-2-Clause
/* What the interpreter says, line by line; it may be anything. Pure. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "cli/workload/python.h"

#define SHOWN 60 /* bytes of what is no JSON */

/* The beginning of a text that nobody expected, as one line of plain characters. */
static int refuse_text(const char *text, size_t length, const char *instead, char *why, size_t size)
{
	char shown[SHOWN + 1];
	size_t kept = length < SHOWN ? length : SHOWN;

	for (size_t i = 0; i < kept; i++)
		shown[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	shown[kept] = '\0';
	snprintf(why, size, "it said '%s%s' instead of %s", shown, length > kept ? "..." : "",
		 instead);
	return -EBADMSG;
}

static bool is_count(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) >= 0;
}

static int copy_targets(const json_t *list, pid_t **ret, size_t *ret_count)
{
	size_t count = json_array_size(list);
	_cleanup_free_ pid_t *targets = NULL;
	const json_t *target;
	size_t i;

	if (!count || count > WORKLOAD_WORKERS_MAX)
		return -EBADMSG;
	targets = calloc(count, sizeof(*targets));
	if (!targets)
		return -ENOMEM;
	json_array_foreach (list, i, target) {
		json_int_t id = json_integer_value(target);

		if (id < 1 || id > INT32_MAX)
			return -EBADMSG;
		targets[i] = (pid_t)id;
	}
	*ret = TAKE_PTR(targets);
	*ret_count = count;
	return 0;
}

int python_parse_ready(const char *text, size_t length, pid_t **ret, size_t *ret_count, char *why,
		       size_t size)
{
	_cleanup_(json_decrefp) json_t *said =
		json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	int r = -EBADMSG;

	if (json_is_true(json_object_get(said, "ready")))
		r = copy_targets(json_object_get(said, "targets"), ret, ret_count);
	if (r == -EBADMSG)
		return refuse_text(text, length, "which workers are ready", why, size);
	if (r < 0)
		snprintf(why, size, "%s", strerror(-r));
	return r;
}

/* The last line; a line feed ends it. */
static const char *last_line(const char *text, size_t *length)
{
	const char *before;

	while (*length && text[*length - 1] == '\n')
		--*length;
	before = memrchr(text, '\n', *length);
	if (!before)
		return text;
	*length -= (size_t)(before + 1 - text);
	return before + 1;
}

static bool is_truth(const json_t *said, const char *workload)
{
	const char *name = json_string_value(json_object_get(said, "workload"));

	return name && !strcmp(name, workload) && is_count(json_object_get(said, "tasks")) &&
	       is_count(json_object_get(said, "elapsed_ns")) &&
	       json_is_object(json_object_get(said, "truth")) &&
	       json_is_array(json_object_get(json_object_get(said, "truth"), "workers"));
}

int python_parse_truth(const char *text, size_t length, const char *workload, json_t **ret,
		       char *why, size_t size)
{
	const char *line = last_line(text, &length);
	_cleanup_(json_decrefp) json_t *said =
		json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
	json_t *document;

	if (!is_truth(said, workload))
		return refuse_text(line, length, "what the workload knows of itself", why, size);
	document = json_pack("{s:O,s:O,s:O}", "tasks", json_object_get(said, "tasks"), "elapsed_ns",
			     json_object_get(said, "elapsed_ns"), "truth",
			     json_object_get(said, "truth"));
	if (!document) {
		snprintf(why, size, "out of memory");
		return -ENOMEM;
	}
	*ret = document;
	return 0;
}
