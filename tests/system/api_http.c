// SPDX-License-Identifier: BSD-2-Clause
/* Methods, statuses and problem documents. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/api.h"
#include "tests/support/command.h"

TestSuite(api_http, .timeout = 60);

/* Each of them would be a look at every process, while the daemon does nothing else. */
#define NAMES_8    "\"sleep\",\"sleep\",\"sleep\",\"sleep\",\"sleep\",\"sleep\",\"sleep\",\"sleep\","
#define NAMES_64   NAMES_8 NAMES_8 NAMES_8 NAMES_8 NAMES_8 NAMES_8 NAMES_8 NAMES_8
#define MANY_NAMES "{\"targets\":{\"names\":[" NAMES_64 "\"sleep\"]}}"

Test(api_http, what_a_client_gets_wrong_is_a_problem_document)
{
	static const struct {
		const char *method, *path, *body;
		int status;
		const char *says;
	} wrong[] = {
		{ "POST", "/v1/sessions", "{\"targets\":{\"pids\":[999999999]}}", 404,
		  "there is no process 999999999" },
		{ "POST", "/v1/sessions", "{\"targets\":{}}", 400, "at least one target" },
		{ "POST", "/v1/sessions", MANY_NAMES, 400, "65 names, at most 64" },
		{ "POST", "/v1/sessions", "{", 400, "not a JSON object" },
		{ "PUT", "/v1/health", "", 405, "does not know this method" },
		{ "GET", "/v2", "", 404, "nothing here" },
	};
	struct api_daemon daemon = api_start();

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct api_answer answer =
			api_ask(&daemon, wrong[i].method, wrong[i].path, wrong[i].body);
		const char *detail = json_string_value(json_at(answer.document, "detail"));

		cr_assert_eq(answer.status, wrong[i].status, "%s: %s", wrong[i].body, answer.text);
		cr_assert_eq(number_at(answer.document, "status"), wrong[i].status);
		cr_assert(strstr(detail, wrong[i].says), "%s", detail);
		api_release(&answer);
	}
	cr_assert_eq(api_stop(&daemon), 0);
}

Test(api_http, every_path_that_knows_get_answers_head_without_a_body)
{
	static const char *const of_daemon[] = { "/v1/health", "/v1/host", "/v1/sessions" };
	static const char *const of_session[] = { "", "/report", "/timeline", "/totals",
						  "/stream?interval=200ms" };
	struct api_daemon daemon = api_start();
	pid_t child = fork();
	struct api_answer answer;
	char id[32], path[96];

	if (child == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (child == 0)
		pause();
	api_open(&daemon, &child, 1, id);
	for (size_t i = 0; i < sizeof(of_daemon) / sizeof(of_daemon[0]); i++) {
		answer = api_ask(&daemon, "HEAD", of_daemon[i], NULL);
		cr_assert_eq(answer.status, 200, "%s: %d", of_daemon[i], answer.status);
		cr_assert_str_eq(answer.text, "", "%s", of_daemon[i]);
		api_release(&answer);
	}
	for (size_t i = 0; i < sizeof(of_session) / sizeof(of_session[0]); i++) {
		snprintf(path, sizeof(path), "/v1/sessions/%s%s", id, of_session[i]);
		answer = api_ask(&daemon, "HEAD", path, NULL);
		cr_assert_eq(answer.status, 200, "%s: %d", of_session[i], answer.status);
		cr_assert_str_eq(answer.text, "", "%s", of_session[i]);
		api_release(&answer);
	}
	answer = api_ask(&daemon, "HEAD", "/v1/sessions/0123456789abcdef/report", NULL);
	cr_assert_eq(answer.status, 404);
	cr_assert_str_eq(answer.text, "");
	api_release(&answer);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	cr_assert_eq(api_stop(&daemon), 0);
}
