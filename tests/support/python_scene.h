/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/support/python_scenes.py, run by each CPython that is there. Tests run from the root. */
#ifndef PARTRACE_TESTS_PYTHON_SCENE_H
#define PARTRACE_TESTS_PYTHON_SCENE_H

#include <jansson.h>
#include <stdio.h>
#include <sys/types.h>

/* Debian's own; another may be first in PATH. */
#define DEBIAN_PYTHON "/usr/bin/python3"

struct scene {
	pid_t pid;
	FILE *out;
	json_t *threads; /* what each told: pid, tid, frames[[function, file, line]] */
};

/* Until the last of its threads has said where it will block. It dies with the test. */
struct scene scene_start(const char *interpreter, const char *name);
/* As PID 1 of a namespace, a child of scene.pid; threads is empty where that is refused. */
struct scene scene_start_in_namespace(const char *interpreter, const char *name);
/* What its threads say after they were told something, added to scene->threads. */
void scene_read_more(struct scene *scene);
void scene_stop(struct scene *scene);

pid_t scene_tid(const json_t *thread);
pid_t scene_child(const struct scene *scene);
/* The thread that has a frame of this function. */
const json_t *scene_thread_in(const struct scene *scene, const char *function);
/* 0: its function, 1: its file */
const char *scene_frame_text(const json_t *frame, size_t index);

/*
 * 3.11 to 3.13, free-threaded or not: Debian's, pyenv's where there is one, and the one whose path
 * PARTRACE_TEST_PYTHON has. How many there were.
 */
unsigned int for_each_interpreter(void (*check)(const char *interpreter));
/* 3.7 to 3.10, pyenv's. */
unsigned int for_each_old_interpreter(void (*check)(const char *interpreter));
/* One that sleeps, and has begun to. */
pid_t scene_spawn_sleeper(const char *interpreter);

#endif
