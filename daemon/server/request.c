// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/server/request.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/routes.h"
#include "base/owned.h"
#include "base/units.h"

/* Every key must be one of `known` (NULL-terminated), so that a misspelt option is not ignored. */
static int check_keys(json_t *object, const char *name, const char *const *known, char *why,
		      size_t why_size)
{
	const char *key;
	json_t *value;

	if (object && !json_is_object(object)) {
		snprintf(why, why_size, "%s is not an object", name);
		return -EINVAL;
	}
	json_object_foreach (object, key, value) {
		size_t i = 0;

		while (known[i] && strcmp(known[i], key))
			i++;
		if (known[i])
			continue;
		snprintf(why, why_size, "%s has an unknown key: %.64s", name, key);
		return -EINVAL;
	}
	return 0;
}

static int parse_ids(json_t *list, const char *name, pid_t **ret, size_t *ret_count, char *why,
		     size_t why_size)
{
	size_t count = json_array_size(list);
	_cleanup_free_ pid_t *ids = calloc(count + 1, sizeof(*ids));

	if (!ids)
		return -ENOMEM;
	if (list && !json_is_array(list)) {
		snprintf(why, why_size, "targets.%s is not a list of numbers", name);
		return -EINVAL;
	}
	if (count > SESSION_TARGETS_MAX) {
		snprintf(why, why_size, "targets.%s names %zu tasks; at most %u are possible", name,
			 count, SESSION_TARGETS_MAX);
		return -EINVAL;
	}
	for (size_t i = 0; i < count; i++) {
		json_t *id = json_array_get(list, i);

		if (!json_is_integer(id) || json_integer_value(id) <= 0 ||
		    json_integer_value(id) > INT_MAX) {
			snprintf(why, why_size, "targets.%s[%zu] is not a process or thread ID",
				 name, i);
			return -EINVAL;
		}
		ids[i] = (pid_t)json_integer_value(id);
	}
	*ret = TAKE_PTR(ids);
	*ret_count = count;
	return 0;
}

/* A list of texts, which stay the document's; *ret is malloc'ed. */
static int parse_texts(json_t *list, const char *name, const char ***ret, size_t *ret_count,
		       char *why, size_t why_size)
{
	size_t count = json_array_size(list);
	_cleanup_free_ const char **texts = calloc(count + 1, sizeof(*texts));

	if (!texts)
		return -ENOMEM;
	if (list && !json_is_array(list)) {
		snprintf(why, why_size, "%s is not a list of texts", name);
		return -EINVAL;
	}
	for (size_t i = 0; i < count; i++) {
		texts[i] = json_string_value(json_array_get(list, i));
		if (!texts[i] || !*texts[i]) {
			snprintf(why, why_size, "%s[%zu] is not a text", name, i);
			return -EINVAL;
		}
	}
	*ret = TAKE_PTR(texts);
	*ret_count = count;
	return 0;
}

/* Absent and null are NULL; `allowed`, where given, ends with NULL. */
static int parse_text(json_t *object, const char *key, const char *const *allowed, const char **ret,
		      char *why, size_t why_size)
{
	json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);

	*ret = text;
	if (!value || json_is_null(value))
		return 0;
	if (!text) {
		snprintf(why, why_size, "target.%s is not a text", key);
		return -EINVAL;
	}
	for (size_t i = 0; allowed && (i == 0 || allowed[i - 1]); i++) {
		if (allowed[i] && !strcmp(allowed[i], text))
			return 0;
		if (allowed[i])
			continue;
		snprintf(why, why_size, "target.%s is none that is known: %.64s", key, text);
		return -EINVAL;
	}
	return 0;
}

static int parse_workers(json_t *value, uint64_t *ret, char *why, size_t why_size)
{
	*ret = NO_VALUE;
	if (!value || json_is_null(value))
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) <= 0) {
		snprintf(why, why_size, "target.workers is not a positive whole number");
		return -EINVAL;
	}
	*ret = (uint64_t)json_integer_value(value);
	return 0;
}

/* Absent leaves *ret what it is. */
static int parse_flag(json_t *object, const char *key, const char *name, bool *ret, char *why,
		      size_t why_size)
{
	json_t *value = json_object_get(object, key);

	if (value && !json_is_boolean(value)) {
		snprintf(why, why_size, "%s is neither true nor false", name);
		return -EINVAL;
	}
	if (value)
		*ret = json_is_true(value);
	return 0;
}

static int parse_target(json_t *object, struct report_target *target, char *why, size_t why_size)
{
	static const char *const kinds[] = { "run", "exec", "attach", NULL };
	static const char *const modes[] = { "threads", "processes", NULL };
	static const char *const known[] = { "kind", "what",    "workload", "runtime",
					     "mode", "workers", "command",  NULL };
	int r = check_keys(object, "target", known, why, why_size);

	if (!r)
		r = parse_text(object, "kind", kinds, &target->kind, why, why_size);
	if (!r && !target->kind)
		target->kind = "attach";
	if (!r)
		r = parse_text(object, "what", NULL, &target->what, why, why_size);
	if (!r)
		r = parse_text(object, "workload", NULL, &target->workload, why, why_size);
	if (!r)
		r = parse_text(object, "runtime", NULL, &target->runtime, why, why_size);
	if (!r)
		r = parse_text(object, "mode", modes, &target->mode, why, why_size);
	if (!r)
		r = parse_workers(json_object_get(object, "workers"), &target->workers, why,
				  why_size);
	if (!r)
		r = parse_texts(json_object_get(object, "command"), "target.command",
				&target->command, &target->command_count, why, why_size);
	return r;
}

static int parse_targets(json_t *object, struct request *request, char *why, size_t why_size)
{
	static const char *const known[] = {
		"pids", "tids", "names", "cgroups", "all", "tree", NULL
	};
	struct target_request *targets = &request->session.targets;
	int r = check_keys(object, "targets", known, why, why_size);

	if (!r)
		r = parse_ids(json_object_get(object, "pids"), "pids", &request->pids,
			      &targets->pids_count, why, why_size);
	if (!r)
		r = parse_ids(json_object_get(object, "tids"), "tids", &request->tids,
			      &targets->tids_count, why, why_size);
	if (!r)
		r = parse_texts(json_object_get(object, "names"), "targets.names", &request->names,
				&targets->names_count, why, why_size);
	if (!r)
		r = parse_texts(json_object_get(object, "cgroups"), "targets.cgroups",
				&request->cgroups, &targets->cgroups_count, why, why_size);
	if (!r)
		r = parse_flag(object, "all", "targets.all", &targets->all, why, why_size);
	if (!r)
		r = parse_flag(object, "tree", "targets.tree", &targets->tree, why, why_size);
	targets->pids = request->pids;
	targets->tids = request->tids;
	targets->names = request->names;
	targets->cgroups = request->cgroups;
	return r;
}

static int parse_options(json_t *object, struct session_request *session, char *why,
			 size_t why_size)
{
	static const char *const known[] = { "follow", "ends_with_client", "stacks", NULL };
	int r = check_keys(object, "options", known, why, why_size);

	session->targets.follow = true;
	if (!r)
		r = parse_flag(object, "follow", "options.follow", &session->targets.follow, why,
			       why_size);
	if (!r)
		r = parse_flag(object, "ends_with_client", "options.ends_with_client",
			       &session->ends_with_client, why, why_size);
	return r ? r
		 : parse_flag(object, "stacks", "options.stacks", &session->stacks, why, why_size);
}

static int parse_document(struct request *request, char *why, size_t why_size)
{
	static const char *const known[] = { "targets", "options", "target", NULL };
	json_t *document = request->document;
	int r = check_keys(document, "the request", known, why, why_size);

	if (!r)
		r = parse_targets(json_object_get(document, "targets"), request, why, why_size);
	if (!r)
		r = parse_target(json_object_get(document, "target"), &request->session.target, why,
				 why_size);
	return r ? r
		 : parse_options(json_object_get(document, "options"), &request->session, why,
				 why_size);
}

int request_parse(const char *body, size_t size, struct request *ret, char *why, size_t why_size)
{
	json_error_t error;
	int r;

	*ret = (struct request){ 0 };
	if (!size) {
		snprintf(why, why_size, "the request has no body; a JSON object is expected");
		return -EINVAL;
	}
	ret->document = json_loadb(body, size, JSON_REJECT_DUPLICATES, &error);
	if (!ret->document || !json_is_object(ret->document)) {
		snprintf(why, why_size, "the request is not a JSON object: %s",
			 ret->document ? "another type" : error.text);
		r = -EINVAL;
	} else {
		r = parse_document(ret, why, why_size);
	}
	if (r < 0)
		request_release(ret);
	return r;
}

void request_release(struct request *request)
{
	free(request->session.target.command);
	free(request->pids);
	free(request->tids);
	free(request->names);
	free(request->cgroups);
	json_decref(request->document);
	*request = (struct request){ 0 };
}

int request_parse_interval(const char *text, uint64_t *ret_us, char *why, size_t why_size)
{
	static const struct {
		const char *name;
		uint64_t us;
	} units[] = { { "ms", 1000 }, { "s", USEC_PER_SEC }, { "m", 60 * USEC_PER_SEC } };
	size_t digits = text ? strspn(text, "0123456789") : 0;
	uint64_t us = 0;

	if (!text) {
		*ret_us = USEC_PER_SEC;
		return 0;
	}
	/* More than nine digits is out of bounds in any unit, and would overflow. */
	for (size_t i = 0; digits && digits <= 9 && i < ARRAY_LEN(units); i++)
		if (!strcmp(text + digits, units[i].name))
			us = strtoull(text, NULL, 10) * units[i].us;
	if (us < INTERVAL_MIN_US || us > INTERVAL_MAX_US) {
		snprintf(why, why_size,
			 "interval=%.32s is no time from 100ms to 60m; write 500ms, 2s or 1m",
			 text);
		return -EINVAL;
	}
	*ret_us = us;
	return 0;
}
