// SPDX-License-Identifier: BSD-2-Clause
/* No watcher: only what is decided before one is asked. */
#include "daemon/server/routes.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "api/routes.h"

static struct answer ask(const char *method, const char *path, const char *body)
{
	struct question question = {
		.method = method, .path = path, .body = body, .body_size = strlen(body)
	};
	struct answer answer;

	routes_answer(NULL, &question, &answer);
	return answer;
}

Test(routes, tell_that_the_daemon_lives)
{
	struct answer answer = ask("GET", ROUTE_HEALTH, "");

	cr_assert_eq(answer.status, 200);
	cr_assert(strstr(answer.body.text, "\"ok\""));
	writer_release(&answer.body);
}

Test(routes, answer_head_as_get)
{
	struct answer get = ask("GET", ROUTE_HEALTH, ""), head = ask("HEAD", ROUTE_HEALTH, "");

	cr_assert_eq(head.status, 200);
	/* Its length is told, though the body is not sent. */
	cr_assert_str_eq(head.body.text, get.body.text);
	writer_release(&get.body);
	writer_release(&head.body);
}

Test(routes, do_not_answer_head_where_they_do_not_know_get)
{
	struct answer answer = ask("HEAD", "/v1/nothing", "");

	cr_assert_eq(answer.status, 404);
	writer_release(&answer.body);
}

Test(routes, refuse_a_client_whose_pids_are_not_the_daemons)
{
	struct question question = {
		.method = "POST", .path = ROUTE_SESSIONS, .body = "{}", .is_foreign = true
	};
	struct answer answer;

	routes_answer(NULL, &question, &answer);
	cr_assert_eq(answer.status, 403);
	cr_assert(strstr(answer.body.text, "in another PID namespace"), "%s", answer.body.text);
	writer_release(&answer.body);
}

Test(routes, do_not_know_other_paths)
{
	static const char *const paths[] = {
		"/",
		"/v1/",
		"/v1/health/",
		"/v1/sessions/",
		"/v1/sessions/0123456789abcdef0/report",
		"/v1/sessions/0123456789abcdef/nothing",
		"/v1/sessions//report",
	};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct answer answer = ask("GET", paths[i], "");

		cr_assert_eq(answer.status, 404, "%s: %u", paths[i], answer.status);
		writer_release(&answer.body);
	}
}

Test(routes, name_the_methods_that_a_path_knows)
{
	struct answer answer = ask("PUT", ROUTE_SESSIONS "/0123456789abcdef", "");

	cr_assert_eq(answer.status, 405);
	cr_assert_str_eq(answer.allow, "GET, HEAD, DELETE");
	writer_release(&answer.body);
}

Test(routes, refuse_a_bad_request_with_a_problem_document)
{
	struct answer answer = ask("POST", ROUTE_SESSIONS, "{\"\\u0001\\\"\":1}");
	json_t *problem = json_loads(answer.body.text, 0, NULL);

	cr_assert_eq(answer.status, 400);
	cr_assert(problem, "%s", answer.body.text);
	cr_assert_str_eq(json_string_value(json_object_get(problem, "type")), "about:blank");
	cr_assert_str_eq(json_string_value(json_object_get(problem, "title")), "Bad request");
	cr_assert_eq(json_integer_value(json_object_get(problem, "status")), 400);
	cr_assert(json_is_string(json_object_get(problem, "detail")));
	json_decref(problem);
	writer_release(&answer.body);
}

Test(routes, refuse_a_stream_without_a_sensible_interval)
{
	struct question question = { .method = "GET",
				     .path = ROUTE_SESSIONS "/0123456789abcdef/stream",
				     .interval = "5" };
	struct answer answer;

	routes_answer(NULL, &question, &answer);
	cr_assert_eq(answer.status, 400);
	cr_assert_eq(answer.stream_interval_us, 0);
	writer_release(&answer.body);
}
