// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/stack_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/owned.h"

void stack_scene_open(struct stack_scene *scene)
{
	cr_assert_eq(symbolizer_new(&scene->symbolizer), 0);
}

void stack_scene_close(struct stack_scene *scene)
{
	frozen_kill(&scene->frozen);
	symbolizer_free(scene->symbolizer);
}

void stack_scene_start(struct stack_scene *scene, const char *program, const char *how,
		       const char *depth)
{
	const char *arguments[] = { how, depth, NULL };

	frozen_start(&scene->frozen, program, arguments);
	frozen_copy(&scene->frozen, FROZEN_STACK_MAX);
}

void stack_scene_make(struct stack_scene *scene, const char *script)
{
	char text[4096], folder[] = "/tmp/partrace-symbol-XXXXXX";

	cr_assert(mkdtemp(folder));
	snprintf(text, sizeof(text),
		 "set -e; D=%s; P=${PARTRACE_BUILD:-build}/tests/programs; cd $D; %s", folder,
		 script);
	cr_assert_eq(system(text), 0);
	snprintf(text, sizeof(text), "%s/program", folder);
	stack_scene_start(scene, text, "main", NULL);
	snprintf(text, sizeof(text), "rm -rf %s", folder);
	cr_assert_eq(system(text), 0);
}

void stack_scene_unwind(struct stack_scene *scene)
{
	scene->count = symbolizer_stack(scene->symbolizer, scene->frozen.pid, &scene->frozen.stack,
					scene->frames, ARRAY_LEN(scene->frames), &scene->whole);
	for (int i = 0; i < scene->count && getenv("VERBOSE"); i++) {
		const struct symbol_frame *frame = &scene->frames[i];

		fprintf(stderr, "  %d %#lx %s+%#lx (%s) %s:%ld %s\n", i, frame->address,
			frame->function ? frame->function : "-", frame->offset,
			frame->module ? frame->module : "-", frame->file ? frame->file : "-",
			(long)frame->line, frame_kind_names[frame->kind]);
	}
}

int stack_scene_frame(const struct stack_scene *scene, const char *function, int from)
{
	for (int i = from; i < scene->count; i++)
		if (scene->frames[i].function && !strcmp(scene->frames[i].function, function))
			return i;
	return -1;
}
