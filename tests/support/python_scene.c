// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/python_scene.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/owned.h"

#define SCRIPT "tests/support/python_scenes.py"

static pid_t spawn(char *const arguments[], FILE **ret_out)
{
	int ends[2];
	pid_t pid;

	cr_assert_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execvp(arguments[0], arguments);
		_exit(127);
	}
	close(ends[1]);
	*ret_out = fdopen(ends[0], "re");
	return pid;
}

void scene_read_more(struct scene *scene)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, scene->out) > 0) {
		json_t *thread = json_loads(line, 0, NULL);

		cr_assert(thread, "%s", line);
		json_array_append_new(scene->threads, thread);
		if (json_is_true(json_object_get(thread, "last")))
			break;
	}
}

static struct scene start(char *const arguments[])
{
	struct scene scene = { .threads = json_array() };

	scene.pid = spawn(arguments, &scene.out);
	scene_read_more(&scene);
	return scene;
}

struct scene scene_start(const char *interpreter, const char *name)
{
	struct scene scene =
		start((char *[]){ (char *)interpreter, "-Wignore", SCRIPT, (char *)name, NULL });

	cr_assert(json_array_size(scene.threads), "%s %s %s", interpreter, SCRIPT, name);
	return scene;
}

struct scene scene_start_in_namespace(const char *interpreter, const char *name)
{
	return start((char *[]){ "unshare", "--pid", "--fork", "--kill-child", (char *)interpreter,
				 SCRIPT, (char *)name, NULL });
}

void scene_stop(struct scene *scene)
{
	kill(scene->pid, SIGKILL);
	waitpid(scene->pid, NULL, 0);
	fclose(scene->out);
	json_decref(scene->threads);
}

pid_t scene_tid(const json_t *thread)
{
	return (pid_t)json_integer_value(json_object_get(thread, "tid"));
}

pid_t scene_child(const struct scene *scene)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[64];
	int child = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", scene->pid, scene->pid);
	file = fopen(path, "re");
	return file && fscanf(file, "%d", &child) == 1 ? child : 0;
}

const char *scene_frame_text(const json_t *frame, size_t index)
{
	return json_string_value(json_array_get(frame, index));
}

const json_t *scene_thread_in(const struct scene *scene, const char *function)
{
	const json_t *thread, *frame;
	size_t i, j;

	json_array_foreach (scene->threads, i, thread)
		json_array_foreach (json_object_get(thread, "frames"), j, frame)
			if (strcmp(scene_frame_text(frame, 0), function) == 0)
				return thread;
	cr_assert_fail("no thread in %s", function);
	return NULL;
}

static unsigned int for_each(const char *pattern, void (*check)(const char *interpreter))
{
	const char *home = getenv("HOME");
	char path[256];
	glob_t found;
	unsigned int count = 0;

	snprintf(path, sizeof(path), "%s/.pyenv/versions/%s/bin/python3", home ? home : "/root",
		 pattern);
	if (glob(path, 0, NULL, &found) == 0) {
		for (; count < found.gl_pathc; count++)
			check(found.gl_pathv[count]);
		globfree(&found);
	}
	return count;
}

unsigned int for_each_interpreter(void (*check)(const char *interpreter))
{
	const char *more = getenv("PARTRACE_TEST_PYTHON");

	check(DEBIAN_PYTHON);
	if (more)
		check(more);
	return 1 + !!more + for_each("3.1[123].*[0-9]", check) + for_each("3.13*t", check);
}

unsigned int for_each_old_interpreter(void (*check)(const char *interpreter))
{
	return for_each("3.[789].*", check) + for_each("3.10.*", check);
}

pid_t scene_spawn_sleeper(const char *interpreter)
{
	_cleanup_fclose_ FILE *out = NULL;
	char line[16];
	pid_t pid = spawn((char *[]){ (char *)interpreter, "-c",
				      "import time; print('x', flush=True); time.sleep(60)", NULL },
			  &out);

	cr_assert(fgets(line, sizeof(line), out), "%s", interpreter);
	return pid;
}
