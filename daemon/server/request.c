// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/server/request.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/routes.h"
#include "base/owned.h"

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

static int parse_command(json_t *list, struct report_target *target, char *why, size_t why_size)
{
	size_t count = json_array_size(list);

	if (list && !json_is_array(list)) {
		snprintf(why, why_size, "target.command is not a list of texts");
		return -EINVAL;
	}
	target->command = calloc(count + 1, sizeof(*target->command));
	if (!target->command)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		target->command[i] = json_string_value(json_array_get(list, i));
		if (!target->command[i]) {
			snprintf(why, why_size, "target.command[%zu] is not a text", i);
			return -EINVAL;
		}
		target->command_count++;
	}
	return 0;
}

static int parse_target(json_t *object, struct report_target *target, char *why, size_t why_size)
{
	static const char *const known[] = {
		"kind", "workload", "mode", "workers", "command", NULL
	};
	json_t *workers = json_object_get(object, "workers");
	int r = check_keys(object, "target", known, why, why_size);

	if (r < 0)
		return r;
	target->kind = json_string_value(json_object_get(object, "kind"));
	if (!target->kind)
		target->kind = "attach";
	target->workload = json_string_value(json_object_get(object, "workload"));
	target->mode = json_string_value(json_object_get(object, "mode"));
	target->workers =
		json_is_integer(workers) ? (uint64_t)json_integer_value(workers) : NO_VALUE;
	return parse_command(json_object_get(object, "command"), target, why, why_size);
}

static int parse_document(struct request *request, char *why, size_t why_size)
{
	static const char *const known[] = { "targets", "options", "target", NULL };
	static const char *const known_targets[] = { "pids", "tids", NULL };
	static const char *const known_options[] = { "follow", NULL };
	json_t *targets = json_object_get(request->document, "targets");
	json_t *options = json_object_get(request->document, "options");
	struct session_request *session = &request->session;
	int r = check_keys(request->document, "the request", known, why, why_size);

	if (!r)
		r = check_keys(targets, "targets", known_targets, why, why_size);
	if (!r)
		r = check_keys(options, "options", known_options, why, why_size);
	if (!r)
		r = parse_ids(json_object_get(targets, "pids"), "pids", &request->pids,
			      &session->pids_count, why, why_size);
	if (!r)
		r = parse_ids(json_object_get(targets, "tids"), "tids", &request->tids,
			      &session->tids_count, why, why_size);
	if (!r)
		r = parse_target(json_object_get(request->document, "target"), &session->target,
				 why, why_size);
	session->pids = request->pids;
	session->tids = request->tids;
	session->follow = !json_is_false(json_object_get(options, "follow"));
	return r;
}

int request_parse(const char *body, size_t size, struct request *ret, char *why, size_t why_size)
{
	json_error_t error;
	int r;

	*ret = (struct request){ 0 };
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
	json_decref(request->document);
	*request = (struct request){ 0 };
}
