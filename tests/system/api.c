// SPDX-License-Identifier: BSD-2-Clause
/* The daemon by itself, as any HTTP client meets it. */
#include "tests/support/api.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"
#include "tests/support/command.h"

TestSuite(api, .timeout = 60);

/* A process that computes until it is killed. */
static pid_t start_spinner(void)
{
	pid_t pid = fork();

	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pid == 0)
		for (volatile unsigned long i = 0;; i++)
			;
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static struct api_answer ask_of(const struct api_daemon *daemon, const char *method, const char *id,
				const char *rest)
{
	char path[304];

	snprintf(path, sizeof(path), "/v1/sessions/%.32s%.255s", id, rest);
	return api_ask(daemon, method, path, NULL);
}

Test(api, a_session_lives_from_its_post_to_its_delete)
{
	struct api_daemon daemon = api_start();
	pid_t spinner = start_spinner();
	struct api_answer answer;
	char id[32];

	api_open(&daemon, &spinner, 1, id);
	answer = api_ask(&daemon, "GET", "/v1/sessions", NULL);
	cr_assert_eq(json_array_size(json_at(answer.document, "sessions")), 1);
	api_release(&answer);
	usleep(300000);
	answer = ask_of(&daemon, "DELETE", id, "");
	cr_assert_eq(answer.status, 200);
	cr_assert_geq(number_at(answer.document, "totals.running_ns") +
			      number_at(answer.document, "totals.ready_ns"),
		      2.9e8);
	api_release(&answer);
	answer = ask_of(&daemon, "GET", id, "");
	cr_assert_eq(answer.status, 404);
	api_release(&answer);
	stop(spinner);
	cr_assert_eq(api_stop(&daemon), 0);
	cr_assert_eq(leftovers(), 0);
}

/* The exit status of a child in a PID namespace of its own: 0 when it is refused. */
static int ask_from_a_namespace(const struct api_daemon *daemon)
{
	struct api_answer answer;
	int status = -1;
	pid_t pid;

	if (unshare(CLONE_NEWPID) < 0)
		return 2;
	pid = fork();
	if (pid == 0) {
		answer = api_ask(daemon, "POST", "/v1/sessions", "{\"targets\":{\"pids\":[1]}}");
		_exit(answer.status != 403 || !strstr(answer.text, "another PID namespace"));
	}
	waitpid(pid, &status, 0);
	return status;
}

Test(api, a_client_in_another_pid_namespace_is_refused)
{
	struct api_daemon daemon = api_start();
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(ask_from_a_namespace(&daemon) != 0);
	waitpid(pid, &status, 0);
	cr_assert_eq(status, 0);
	cr_assert_eq(api_stop(&daemon), 0);
}

Test(api, the_timeline_has_the_columns_of_each_threads_life)
{
	struct api_daemon daemon = api_start();
	pid_t spinner = start_spinner();
	struct api_answer answer;
	const json_t *life, *thread;
	char id[32];

	api_open(&daemon, &spinner, 1, id);
	usleep(1050000);
	answer = ask_of(&daemon, "GET", id, "/timeline");
	cr_assert_eq(answer.status, 200, "%s", answer.text);
	cr_assert_geq(number_at(answer.document, "timeline.columns"), 8);
	thread = json_array_get(json_at(answer.document, "threads"), 0);
	cr_assert_eq(number_at(thread, "tid"), spinner);
	life = json_at(thread, "life");
	for (size_t i = 0; i < 8; i++) {
		json_int_t sum = json_integer_value(json_array_get(json_at(life, "running"), i)) +
				 json_integer_value(json_array_get(json_at(life, "ready"), i)) +
				 json_integer_value(json_array_get(json_at(life, "waiting"), i));

		cr_assert(sum >= 98 && sum <= 102, "column %zu sums to %lld %%", i, sum);
	}
	api_release(&answer);
	stop(spinner);
	cr_assert_eq(api_stop(&daemon), 0);
}

Test(api, a_stream_sends_a_report_each_interval_until_the_client_goes)
{
	struct api_daemon daemon = api_start();
	pid_t spinner = start_spinner();
	char id[32], path[96], *text;
	unsigned int reports = 0;

	api_open(&daemon, &spinner, 1, id);
	snprintf(path, sizeof(path), "/v1/sessions/%s/stream?interval=200ms", id);
	text = api_listen(&daemon, path, 1300);
	for (const char *at = text; (at = strstr(at, "{\"schema\"")); at++)
		reports++;
	cr_assert(reports >= 5 && reports <= 7, "%u reports in 1.3 s", reports);
	free(text);
	stop(spinner);
	cr_assert_eq(api_stop(&daemon), 0);
	cr_assert_eq(leftovers(), 0);
}

/* The same target in 32 sessions, and each has all of it. */
Test(api, many_sessions_watch_the_same_target_and_one_too_many_is_refused)
{
	struct api_daemon daemon = api_start();
	pid_t spinner = start_spinner();
	struct api_answer answer;
	char ids[32][32], body[96];

	for (size_t i = 0; i < 32; i++)
		api_open(&daemon, &spinner, 1, ids[i]);
	snprintf(body, sizeof(body), "{\"targets\":{\"pids\":[%d]}}", spinner);
	answer = api_ask(&daemon, "POST", "/v1/sessions", body);
	cr_assert_eq(answer.status, 503, "%s", answer.text);
	api_release(&answer);
	usleep(500000);
	for (size_t i = 0; i < 32; i++) {
		double window_ns;

		answer = ask_of(&daemon, "DELETE", ids[i], "");
		window_ns = number_at(answer.document, "window.duration_ns");
		cr_assert_float_eq(number_at(answer.document, "totals.running_ns") +
					   number_at(answer.document, "totals.ready_ns"),
				   window_ns, 1e6, "session %zu", i);
		api_release(&answer);
	}
	stop(spinner);
	cr_assert_eq(api_stop(&daemon), 0);
}

Test(api, overlapping_sessions_have_each_its_own_targets_only)
{
	struct api_daemon daemon = api_start();
	pid_t spinners[] = { start_spinner(), start_spinner() };
	struct api_answer answer;
	char both[32], second[32];

	api_open(&daemon, spinners, 2, both);
	api_open(&daemon, &spinners[1], 1, second);
	usleep(400000);
	answer = ask_of(&daemon, "DELETE", second, "");
	cr_assert_eq(number_at(answer.document, "totals.threads"), 1);
	cr_assert_eq(number_at(answer.document, "parallelism.max"), 1);
	api_release(&answer);
	answer = ask_of(&daemon, "DELETE", both, "");
	cr_assert_eq(number_at(answer.document, "totals.threads"), 2);
	api_release(&answer);
	stop(spinners[0]);
	stop(spinners[1]);
	cr_assert_eq(api_stop(&daemon), 0);
}

/* The client is killed in the middle of its watch; nobody closes the session for it. */
Test(api, a_client_that_disappears_frees_its_session)
{
	struct command_result result = command_run(
		"$(dirname $P)/partraced --quiet & d=$!; sleep 0.5; "
		"sleep 100 & s=$!; $P attach -q -d 50s $s & c=$!; sleep 0.7; "
		"kill -KILL $c; sleep 0.5; $P attach -q --json -d 200ms $s >/dev/null; r=$?; "
		"kill $s $d; wait $d; exit $r");

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert_eq(leftovers(), 0);
	command_release(&result);
}

Test(api, eight_different_targets_are_possible_and_a_ninth_is_refused)
{
	struct api_daemon daemon = api_start();
	pid_t spinners[9];
	struct api_answer answer;
	char id[32], body[96];

	for (size_t i = 0; i < 9; i++)
		spinners[i] = start_spinner();
	for (size_t i = 0; i < 8; i++)
		api_open(&daemon, &spinners[i], 1, id);
	snprintf(body, sizeof(body), "{\"targets\":{\"pids\":[%d]}}", spinners[8]);
	answer = api_ask(&daemon, "POST", "/v1/sessions", body);
	cr_assert_eq(answer.status, 503, "%s", answer.text);
	api_release(&answer);
	for (size_t i = 0; i < 9; i++)
		stop(spinners[i]);
	cr_assert_eq(api_stop(&daemon), 0);
}

/* The later of two sessions on the same process must not have a child born before it began. */
Test(api, a_later_session_does_not_inherit_what_an_earlier_one_has_followed)
{
	struct command_result result =
		command_run("$(dirname $P)/partraced --quiet & d=$!; sleep 0.5; "
			    "sh -c 'sleep 0.6; sleep 5 & wait' & s=$!; "
			    "$P attach -q --json -d 2500ms $s > /dev/null & c=$!; sleep 1.2; "
			    "$P attach -q --json -d 300ms $s; wait $c; kill $d; wait $d");
	json_t *report = json_loads(result.out, 0, NULL);

	cr_assert(report, "%s", result.err);
	cr_assert_eq(number_at(report, "totals.processes"), 1);
	json_decref(report);
	command_release(&result);
}
