// SPDX-License-Identifier: BSD-2-Clause
/* How long the daemon's event loop lets others wait: by the CPU time of its longest turn, to which
 * neighbours on the CPU add nothing. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/api.h"
#include "tests/support/command.h"
#include "tests/support/rows.h"

#define STACKS 4000
#ifdef __SANITIZE_ADDRESS__
#define TURN_MS 250.0 /* each access to memory is checked */
#else
#define TURN_MS 50.0
#endif
#define LET_GO_US 2000000
#define SESSIONS  6

TestSuite(turns, .timeout = 120);

/* So many threads of it, each waiting at the end of a call path of its own. */
static pid_t start_paths(unsigned int count)
{
	char path[256], number[16], ready[16] = "";
	int out[2];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/tests/programs/many_paths", getenv("PARTRACE_BUILD"));
	snprintf(number, sizeof(number), "%u", count);
	cr_assert_eq(pipe(out), 0);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out[1], STDOUT_FILENO);
		execl(path, path, number, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	cr_assert_gt(read(out[0], ready, sizeof(ready) - 1), 0, "%s does not start", path);
	close(out[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A session on the process whose reports tell where each thread waits; its path. */
static void open_session(const struct api_daemon *daemon, pid_t pid, char path[64])
{
	struct api_answer answer;
	char body[128];

	snprintf(body, sizeof(body), "{\"targets\":{\"pids\":[%d]},\"options\":{\"stacks\":true}}",
		 pid);
	answer = api_ask(daemon, "POST", "/v1/sessions", body);
	cr_assert_eq(answer.status, 201, "%s", answer.text);
	snprintf(path, 64, "/v1/sessions/%s", text_at(answer.document, "id"));
	api_release(&answer);
}

static double longest_turn_ms(const struct api_daemon *daemon)
{
	struct api_answer answer = api_ask(daemon, "GET", "/v1/health", NULL);
	double ms = number_at(answer.document, "turns.longest_cpu_ns") / 1e6;

	api_release(&answer);
	cr_assert_gt(ms, 0);
	return ms;
}

static size_t count_stacks(const json_t *report)
{
	size_t i, count = 0;
	json_t *thread;

	json_array_foreach (json_at(report, "threads"), i, thread)
		count += json_array_size(json_object_get(thread, "frames")) > 0;
	return count;
}

static void ask_report(const struct api_daemon *daemon, const char *method, const char *path,
		       size_t least_stacks)
{
	struct api_answer answer = api_ask(daemon, method, path, NULL);

	cr_assert_eq(answer.status, 200, "%s", answer.text);
	cr_assert_geq(count_stacks(answer.document), least_stacks);
	api_release(&answer);
}

Test(turns, nobody_waits_for_reports_on_thousands_of_stacks_nor_for_the_end_of_their_session)
{
	struct api_daemon daemon = api_start();
	pid_t target = start_paths(STACKS);
	char path[64], report[80];

	open_session(&daemon, target, path);
	cr_assert_lt(longest_turn_ms(&daemon), TURN_MS, "to open the session");
	snprintf(report, sizeof(report), "%s/report", path);
	ask_report(&daemon, "GET", report, STACKS);
	cr_assert_lt(longest_turn_ms(&daemon), TURN_MS, "for the first report");
	kill(target, SIGUSR1);
	usleep(LET_GO_US);
	ask_report(&daemon, "DELETE", path, STACKS / 4);
	cr_assert_lt(longest_turn_ms(&daemon), TURN_MS, "for the last report");
	end(target);
	cr_assert_eq(api_stop(&daemon), 0);
}

/* All at once: their connections are ready in one turn of the loop. */
Test(turns, several_that_end_their_sessions_together_have_a_turn_each)
{
	struct api_daemon daemon = api_start();
	pid_t target = start_paths(STACKS), clients[SESSIONS];
	char paths[SESSIONS][64];

	for (int i = 0; i < SESSIONS; i++)
		open_session(&daemon, target, paths[i]);
	for (int i = 0; i < SESSIONS; i++) {
		clients[i] = fork();
		if (clients[i])
			continue;
		ask_report(&daemon, "DELETE", paths[i], STACKS);
		_exit(0);
	}
	for (int i = 0; i < SESSIONS; i++) {
		int status;

		cr_assert_eq(waitpid(clients[i], &status, 0), clients[i]);
		cr_assert_eq(status, 0, "the answer to %d is not whole", i);
	}
	cr_assert_lt(longest_turn_ms(&daemon), TURN_MS);
	end(target);
	cr_assert_eq(api_stop(&daemon), 0);
}
