/* SPDX-License-Identifier: BSD-2-Clause */
/* What a scene told of its threads beside what is read out of its memory. */
#ifndef PARTRACE_TESTS_PYTHON_TOLD_H
#define PARTRACE_TESTS_PYTHON_TOLD_H

#include "daemon/symbol/python.h"
#include "tests/support/python_scene.h"

#define PYTHON_ROOM 512

/* Of the stack that was read last. */
extern struct python_frame python_frames[PYTHON_ROOM];

/* Its interpreter, which must be found; the caller closes it. */
struct python *scene_python(const struct scene *scene);

/*
 * Reads the thread's stack until it is as `told`: it said so a moment before it blocked. The
 * number of frames, which are in python_frames; fails the test after 2 s.
 */
int assert_told(struct python *python, pid_t tid, const json_t *told);

#endif
