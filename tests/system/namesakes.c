// SPDX-License-Identifier: BSD-2-Clause
/* Threads that all bear one name are told apart by what they were started for. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

TestSuite(namesakes, .timeout = 60);

#define THREADS 4

struct scene {
	char path[64]; /* of what it says: a line for each thread, START TID */
	pid_t pid;
	struct {
		char start[32];
		int tid;
	} threads[THREADS];
};

static size_t read_threads(struct scene *scene)
{
	FILE *file = fopen(scene->path, "re");
	size_t count = 0;

	cr_assert(file);
	while (count < THREADS && fscanf(file, "%31s %d", scene->threads[count].start,
					 &scene->threads[count].tid) == 2)
		count++;
	fclose(file);
	return count;
}

static struct scene play(const char *command)
{
	struct scene scene = { .path = "/tmp/partrace-namesakes.XXXXXX" };
	int fd = mkstemp(scene.path);

	cr_assert(fd >= 0);
	scene.pid = fork();
	if (!scene.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd, STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	close(fd);
	for (int i = 0; i < 400 && read_threads(&scene) < THREADS; i++)
		usleep(50000);
	cr_assert_eq(read_threads(&scene), THREADS, "%s says who its threads are", command);
	return scene;
}

static void end(struct scene *scene)
{
	kill(scene->pid, SIGKILL);
	waitpid(scene->pid, NULL, 0);
	unlink(scene->path);
}

static json_t *watch(const struct scene *scene, const char *duration)
{
	char arguments[64];

	snprintf(arguments, sizeof(arguments), "attach -p %d -d %s --json", scene->pid, duration);
	return report_of(arguments);
}

/* One that runs now and then can't be asked at any moment: `but` it. NULL: all. */
static void assert_starts(const json_t *report, const struct scene *scene, const char *but)
{
	for (size_t i = 0; i < THREADS; i++) {
		const char *start = text_at(thread_of(report, scene->threads[i].tid), "start");

		if (but && !strcmp(scene->threads[i].start, but))
			continue;
		cr_assert_str_eq(start ? start : "not known", scene->threads[i].start);
	}
}

static void assert_told_apart(const char *command, const char *duration, const char *but)
{
	struct scene scene = play(command);
	json_t *report = watch(&scene, duration);

	assert_starts(report, &scene, but);
	end(&scene);
	json_decref(report);
}

Test(namesakes, of_a_c_program_are_told_apart_by_their_start_routines)
{
	assert_told_apart("exec $PARTRACE_BUILD/tests/programs/namesakes", "2s", NULL);
}

Test(namesakes, that_sleep_all_the_time_are_told_apart_in_a_short_window_too)
{
	assert_told_apart("exec $PARTRACE_BUILD/tests/programs/namesakes", "500ms", "producer");
}

Test(namesakes, of_a_python_program_are_told_apart_by_their_python_functions)
{
	assert_told_apart("exec /usr/bin/python3 -c '\n"
			  "import threading, time\n"
			  "def say(start):\n"
			  "    print(start, threading.get_native_id(), flush=True)\n"
			  "def producer():\n"
			  "    say(\"producer\")\n"
			  "    while True:\n"
			  "        sum(range(100000)); time.sleep(0.01)\n"
			  "def consumer():\n"
			  "    say(\"consumer\")\n"
			  "    time.sleep(1000)\n"
			  "say(\"<module>\")\n"
			  "for start in producer, consumer, consumer:\n"
			  "    threading.Thread(target=start).start(); time.sleep(0.1)\n"
			  "time.sleep(1000)'",
			  "2s", NULL);
}

Test(namesakes, are_shown_with_their_starts)
{
	struct scene scene = play("exec $PARTRACE_BUILD/tests/programs/namesakes");
	struct command_result result;
	char script[64];

	snprintf(script, sizeof(script), "$P attach -p %d -d 1s", scene.pid);
	result = command_run(script);
	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert(strstr(result.out, "namesakes/producer "), "%s", result.out);
	cr_assert(strstr(result.out, "namesakes/consumer #2 "), "%s", result.out);
	command_release(&result);
	end(&scene);
}
