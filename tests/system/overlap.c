// SPDX-License-Identifier: BSD-2-Clause
/* Sessions of one daemon that overlap: each has its own window, and none changes another's. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"
#include "tests/support/api.h"
#include "tests/support/command.h"
#include "tests/support/rows.h"

TestSuite(overlap, .timeout = 60);

static pid_t start_sleeper(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		usleep(10000);
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static struct api_answer end_session(const struct api_daemon *daemon, const char *id)
{
	char path[64];

	snprintf(path, sizeof(path), "/v1/sessions/%.32s", id);
	return api_ask(daemon, "DELETE", path, NULL);
}

/* A new cgroup in whichever hierarchy this machine has; its folder is in `path`. */
static void make_cgroup(char path[256])
{
	struct command_result made = command_run(
		"g=$(awk '$3 ~ /^cgroup/ && $4 ~ /rw/ {print $2}' /proc/mounts | head -1)/pt-$$; "
		"mkdir $g && printf %s $g");

	cr_assert_eq(made.status, 0, "%s", made.err);
	snprintf(path, 256, "%s", made.out);
	command_release(&made);
}

static void move(pid_t pid, const char *cgroup)
{
	char file[300];
	FILE *members;

	snprintf(file, sizeof(file), "%s/cgroup.procs", cgroup);
	members = fopen(file, "we");
	cr_assert(members && fprintf(members, "%d", pid) > 0 && fclose(members) == 0, "%s", file);
}

static void open_by(const struct api_daemon *daemon, const char *body, char id[32])
{
	struct api_answer answer = api_ask(daemon, "POST", "/v1/sessions", body);

	cr_assert_eq(answer.status, 201, "%s", answer.text);
	snprintf(id, 32, "%s", json_string_value(json_at(answer.document, "id")));
	api_release(&answer);
}

static void open_on_cgroup(const struct api_daemon *daemon, const char *cgroup, char id[32])
{
	char body[400];

	snprintf(body, sizeof(body), "{\"targets\":{\"cgroups\":[\"%s\"]}}", cgroup);
	open_by(daemon, body, id);
}

Test(overlap, who_joins_later_leaves_behind_what_another_session_has_seen)
{
	struct api_daemon daemon = api_start();
	char by_pid[32], by_cgroup[32], cgroup[256];
	pid_t sleeper = start_sleeper();
	struct api_answer answer;

	make_cgroup(cgroup);
	api_open(&daemon, &sleeper, 1, by_pid);
	usleep(600000);
	open_on_cgroup(&daemon, cgroup, by_cgroup);
	move(sleeper, cgroup);
	usleep(300000);
	answer = end_session(&daemon, by_cgroup);
	stop(sleeper);
	rmdir(cgroup);
	cr_assert_eq(number_at(answer.document, "totals.threads"), 1);
	cr_assert_gt(number_at(answer.document, "totals.waits.sleep.count"), 10);
	cr_assert_leq(number_at(answer.document, "totals.waiting_ns"),
		      number_at(answer.document, "window.duration_ns"), "%s", answer.text);
	api_release(&answer);
	cr_assert_eq(api_stop(&daemon), 0);
}

static void *wait_for_ever(void *nothing)
{
	pause();
	return nothing;
}

static unsigned int count_threads(pid_t pid)
{
	char path[32];
	unsigned int count = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	for (struct dirent *entry; tasks && (entry = readdir(tasks));)
		count += *entry->d_name != '.';
	if (tasks)
		closedir(tasks);
	return count;
}

static void await_threads(pid_t pid, unsigned int count)
{
	for (int i = 0; count_threads(pid) != count; i++) {
		cr_assert_lt(i, 1000, "%u threads instead of %u", count_threads(pid), count);
		usleep(10000);
	}
}

/* A process that makes one thread more when it gets a signal. */
static pid_t start_growing(void)
{
	sigset_t wanted;
	pthread_t thread;
	pid_t pid;
	int got;

	/* Before there is a child: no signal comes too early for it. */
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGUSR1);
	sigprocmask(SIG_BLOCK, &wanted, NULL);
	pid = fork();
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigwait(&wanted, &got);
	pthread_create(&thread, NULL, wait_for_ever, NULL);
	for (;;)
		pause();
}

static void open_unfollowed(const struct api_daemon *daemon, pid_t pid, char id[32])
{
	char body[128];

	snprintf(body, sizeof(body), "{\"targets\":{\"pids\":[%d]},\"options\":{\"follow\":false}}",
		 pid);
	open_by(daemon, body, id);
}

/* Who is not followed is watched as it is at the beginning: that of each session, not the first. */
Test(overlap, a_later_session_without_following_has_the_threads_that_came_in_between)
{
	struct api_daemon daemon = api_start();
	pid_t growing = start_growing();
	struct api_answer first, later;
	char ids[2][32];

	open_unfollowed(&daemon, growing, ids[0]);
	kill(growing, SIGUSR1);
	await_threads(growing, 2);
	open_unfollowed(&daemon, growing, ids[1]);
	first = end_session(&daemon, ids[0]);
	later = end_session(&daemon, ids[1]);
	stop(growing);
	cr_assert_eq(number_at(first.document, "totals.threads"), 1);
	cr_assert_eq(number_at(later.document, "totals.threads"), 2);
	api_release(&first);
	api_release(&later);
	cr_assert_eq(api_stop(&daemon), 0);
}

/* It watched the two of them, and one has ended since. */
Test(overlap, a_target_that_has_ended_is_refused_though_another_session_watched_it)
{
	struct api_daemon daemon = api_start();
	pid_t sleepers[2] = { start_sleeper(), start_sleeper() };
	struct api_answer answer;
	char id[32], body[128];

	api_open(&daemon, sleepers, 2, id);
	stop(sleepers[1]);
	usleep(50000);
	snprintf(body, sizeof(body), "{\"targets\":{\"pids\":[%d,%d]}}", sleepers[0], sleepers[1]);
	answer = api_ask(&daemon, "POST", "/v1/sessions", body);
	stop(sleepers[0]);
	cr_assert_eq(answer.status, 404, "%s", answer.text);
	cr_assert(strstr(answer.text, "there is no process"), "%s", answer.text);
	api_release(&answer);
	cr_assert_eq(api_stop(&daemon), 0);
}

#define THREADS 20

/* A process of so many threads, which wait. */
static pid_t start_crowd(void)
{
	pid_t pid = fork();
	pthread_t thread;

	if (pid) {
		await_threads(pid, THREADS);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 1; i < THREADS; i++)
		pthread_create(&thread, NULL, wait_for_ever, NULL);
	for (;;)
		pause();
}

/* The slots of the first session are free again as soon as it has ended. */
Test(overlap, a_session_after_another_has_room_for_as_many_threads)
{
	struct api_daemon daemon = api_start_for(THREADS + 4);
	pid_t crowd = start_crowd();
	struct api_answer answer;
	char id[32];

	for (int i = 0; i < 4; i++) {
		api_open(&daemon, &crowd, 1, id);
		answer = end_session(&daemon, id);
		cr_assert_eq(number_at(answer.document, "totals.threads"), THREADS, "%d", i);
		assert_complete(answer.document, "it");
		api_release(&answer);
	}
	stop(crowd);
	cr_assert_eq(api_stop(&daemon), 0);
}
