// SPDX-License-Identifier: BSD-2-Clause
/* A program that was blocked long before partrace came, and does not move while it is watched. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/owned.h"
#include "tests/support/command.h"
#include "tests/support/rows.h"

TestSuite(causes, .timeout = 60);

/* The cause's waits were all in this call, on this kind of file (NULL: none). */
static void assert_call(const json_t *wait, const char *how, const char *call, const char *file)
{
	const json_t *rows = json_at(wait, "syscalls"), *row = json_array_get(rows, 0);

	cr_assert_eq(json_array_size(rows), 1, "%s: %s", how, json_dumps(rows, 0));
	cr_assert_str_eq(json_string_value(json_at(row, "name")), call);
	cr_assert_eq(number_at(row, "time_ns"), number_at(wait, "time_ns"));
	if (file)
		cr_assert_str_eq(json_string_value(json_at(row, "file")), file);
	else
		cr_assert(json_is_null(json_at(row, "file")), "%s has a file", how);
}

/* All of a helper's half second under the one cause, nothing anywhere else. */
static void assert_cause_after(const char *happening, const char *how, const char *cause,
			       const char *call, const char *file)
{
	const char *key;
	json_t *report;
	json_t *wait;
	char script[256];
	struct command_result result;

	snprintf(script, sizeof(script),
		 "$PROGRAMS/%s & sleep 0.3; %s$P attach -q --json -d 500ms --no-follow $!; s=$?; "
		 "kill -KILL $!; exit $s",
		 how, happening);
	result = command_run(script);
	cr_assert_eq(result.status, 0, "%s: %s", how, result.err);
	report = json_loads(result.out, 0, NULL);
	cr_assert(report, "%s: %s", how, result.out);
	json_object_foreach ((json_t *)json_at(report, "totals.waits"), key, wait) {
		double time_ns = number_at(wait, "time_ns");
		double window_ns = number_at(report, "window.duration_ns");

		if (!strcmp(key, cause))
			cr_assert(time_ns > window_ns - 1e6 && time_ns <= window_ns,
				  "%s: %s has %.0f of %.0f ns", how, key, time_ns, window_ns);
		if (!strcmp(key, cause))
			assert_call(wait, how, call, file);
		else
			cr_assert_eq(time_ns, 0, "%s: %s has %.0f ns", how, key, time_ns);
	}
	assert_complete(report, how);
	json_decref(report);
	command_release(&result);
}

static void assert_cause_of(const char *how, const char *cause, const char *call, const char *file)
{
	assert_cause_after("", how, cause, call, file);
}

static void assert_cause(const char *how, const char *cause, const char *call, const char *file)
{
	char helper[64];

	snprintf(helper, sizeof(helper), "blocked %s", how);
	assert_cause_of(helper, cause, call, file);
}

Test(causes, a_read_from_a_pipe_waits_for_ipc)
{
	assert_cause("pipe", "ipc", "read", "pipe");
}

Test(causes, a_read_from_the_network_waits_for_io)
{
	assert_cause("socket", "io", "recvfrom", "socket");
}

Test(causes, the_kernels_own_files_are_told_apart)
{
	assert_cause("eventfd", "ipc", "read", "eventfd");
	assert_cause("signalfd", "ipc", "read", "signalfd");
	assert_cause("inotify", "ipc", "read", "inotify");
	assert_cause("fanotify", "ipc", "read", "anonymous");
}

/* Those above were found waiting; these begin to wait under the probes. */
Test(causes, of_waits_that_begin_later_are_told_apart_alike)
{
	static const char *const kinds[][2] = {
		{ "eventfd", "ipc" },
		{ "signalfd", "ipc" },
		{ "inotify", "ipc" },
		{ "timerfd", "sleep" },
	};
	char script[128], path[64];

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		json_t *report;

		snprintf(
			script, sizeof(script),
			"o=$(mktemp); $P exec -q --json -o $o -- timeout 0.2 $PROGRAMS/blocked %s; "
			"cat $o; rm $o",
			kinds[i][0]);
		snprintf(path, sizeof(path), "totals.waits.%s", kinds[i][1]);
		report = report_by(script);
		assert_call(json_at(report, path), kinds[i][0], "read", kinds[i][0]);
		json_decref(report);
	}
}

Test(causes, a_read_of_a_timer_sleeps)
{
	assert_cause("timerfd", "sleep", "read", "timerfd");
}

Test(causes, a_nanosleep_sleeps)
{
	assert_cause("sleep", "sleep", "clock_nanosleep", NULL);
}

Test(causes, an_epoll_wait_polls)
{
	assert_cause("epoll", "poll", "epoll_wait", NULL);
}

Test(causes, a_wait_for_a_signal_is_one_for_an_event)
{
	assert_cause("sigwait", "poll", "rt_sigtimedwait", NULL);
	assert_cause("sigsuspend", "poll", "rt_sigsuspend", NULL);
	assert_cause("pause", "poll", "pause", NULL);
}

Test(causes, a_waitpid_waits_for_a_child)
{
	assert_cause("waitpid", "child", "wait4", NULL);
}

Test(causes, the_parent_of_a_vfork_waits_for_its_child_uninterruptibly)
{
	assert_cause("vfork", "child", "vfork", NULL);
}

/* As on a dead NFS server. The kernel says itself that this is I/O, so no file is looked up. */
Test(causes, one_that_hangs_in_uninterruptible_sleep_waits_for_io)
{
	struct command_result state;

	if (access("/dev/fuse", R_OK | W_OK) < 0)
		cr_skip_test("no FUSE on this machine");
	state = command_run("$PROGRAMS/hung & sleep 0.3; cut -d' ' -f3 /proc/$!/stat; "
			    "kill -KILL $!");
	cr_assert_str_eq(state.out, "D\n", "%s", state.err);
	command_release(&state);
	assert_cause_of("hung", "io", "read", NULL);
}

Test(causes, a_second_lock_of_a_mutex_waits_for_the_lock)
{
	assert_cause("mutex", "lock", "futex", NULL);
}

Test(causes, a_lock_of_a_file_is_one)
{
	assert_cause("flock", "lock", "flock", NULL);
	assert_cause("record-lock", "lock", "fcntl", NULL);
}

Test(causes, a_condition_variable_is_no_contention)
{
	assert_cause("condition", "condition", "futex", NULL);
}

Test(causes, a_stopped_program_is_stopped)
{
	assert_cause("stopped", "stopped", "stop", NULL);
}

/* The kernel has them go on as restart_syscall, whatever it was that was stopped. */
#define STOPPED_ONCE "kill -STOP $!; sleep 0.1; kill -CONT $!; sleep 0.1; "

Test(causes, are_known_still_of_one_that_was_stopped_in_between)
{
	assert_cause_after(STOPPED_ONCE, "blocked sleep", "sleep", "clock_nanosleep", NULL);
	assert_cause_after(STOPPED_ONCE, "blocked poll", "poll", "poll", NULL);
	assert_cause_after(STOPPED_ONCE, "blocked timed-condition", "condition", "futex", NULL);
	assert_cause_after(STOPPED_ONCE, "blocked mutex", "lock", "futex", NULL);
}

Test(causes, one_that_only_computes_runs_for_the_whole_window)
{
	struct command_result result =
		command_run("taskset -c 0 $PROGRAMS/blocked spinning & sleep 0.3; "
			    "$P attach -q --json -d 1s $!; kill -KILL $!");
	json_t *report = json_loads(result.out, 0, NULL);

	cr_assert(report, "%s", result.err);
	cr_assert_eq(number_at(report, "totals.waiting_ns"), 0);
	cr_assert_float_eq(number_at(report, "totals.running_ns") +
				   number_at(report, "totals.ready_ns"),
			   number_at(report, "window.duration_ns"), 1e6);
	json_decref(report);
	command_release(&result);
}
