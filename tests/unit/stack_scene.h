/* SPDX-License-Identifier: BSD-2-Clause */
/* A real process that blocks in a place that is known, and its stack as it is unwound. */
#ifndef PARTRACE_TESTS_STACK_SCENE_H
#define PARTRACE_TESTS_STACK_SCENE_H

#include <stdbool.h>

#include "daemon/symbol/symbolizer.h"
#include "tests/support/frozen.h"

struct stack_scene {
	struct symbolizer *symbolizer;
	struct frozen frozen;
	struct symbol_frame frames[SYMBOL_FRAMES_MAX];
	int count;
	bool whole;
};

void stack_scene_open(struct stack_scene *scene);
void stack_scene_close(struct stack_scene *scene);

/* One of the test programs. */
void stack_scene_start(struct stack_scene *scene, const char *program, const char *how,
		       const char *depth);
/* What a shell script made as `program`; that file and all else in $D is gone once it runs. */
void stack_scene_make(struct stack_scene *scene, const char *script);

/* From its copy on; VERBOSE in the environment shows the frames. */
void stack_scene_unwind(struct stack_scene *scene);
/* Its index; -1 when it is not there from `from` on. */
int stack_scene_frame(const struct stack_scene *scene, const char *function, int from);

#endif
