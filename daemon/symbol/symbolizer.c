// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/symbolizer.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/symbol/files.h"
#include "daemon/symbol/javas.h"
#include "daemon/symbol/names.h"
#include "daemon/symbol/python.h"
#include "daemon/symbol/sigbus.h"
#include "daemon/symbol/symbolizer_parts.h"

/* Opened ahead for one process: half of the room, the rest when it is met in a stack. */
#define CODE_FILES_MAX (MODULES_MAX / 2)

static void symbolizer_freep(struct symbolizer **symbolizer)
{
	symbolizer_free(*symbolizer);
}

int symbolizer_new(struct symbolizer **ret)
{
	_cleanup_(symbolizer_freep) struct symbolizer *symbolizer = calloc(1, sizeof(*symbolizer));
	int r;

	if (!symbolizer)
		return -ENOMEM;
	r = texts_new(SYMBOL_TEXTS_MAX, &symbolizer->texts);
	if (!r)
		r = processes_new(&symbolizer->processes);
	if (!r)
		r = modules_new(&symbolizer->modules);
	if (!r)
		r = code_new(symbolizer->texts, &symbolizer->code);
	if (!r)
		r = interpreters_new(&symbolizer->interpreters);
	if (!r)
		r = javas_new(&symbolizer->javas);
	if (r < 0)
		return r;
	/* libdw asks a server for debug files where this is set. */
	unsetenv("DEBUGINFOD_URLS");
	sigbus_install();
	*ret = TAKE_PTR(symbolizer);
	return 0;
}

void symbolizer_free(struct symbolizer *symbolizer)
{
	if (!symbolizer)
		return;
	stack_memory_release(&symbolizer->memory);
	code_free(symbolizer->code);
	interpreters_free(symbolizer->interpreters);
	javas_free(symbolizer->javas);
	modules_free(symbolizer->modules);
	processes_free(symbolizer->processes);
	texts_free(symbolizer->texts);
	free(symbolizer);
}

const char *symbolizer_text(struct symbolizer *symbolizer, const char *text)
{
	return names_keep_text(symbolizer->texts, text);
}

const char *symbolizer_path(struct symbolizer *symbolizer, struct mapping *mapping)
{
	if (!mapping->kept_path && *mapping->path)
		mapping->kept_path = symbolizer_text(symbolizer, mapping->path);
	return mapping->kept_path;
}

/* A file in a process's own root, or deleted, can be opened only while the process lives. */
static void open_code(struct symbolizer *symbolizer, struct process *process)
{
	size_t opened = 0;

	modules_use(symbolizer->modules);
	sigbus_begin();
	for (size_t i = 0; i < process->maps.count && opened < CODE_FILES_MAX; i++) {
		struct mapping *mapping = &process->maps.list[i];

		if (!mapping->is_executable)
			continue;
		modules_get(symbolizer->modules, process->pid, mapping);
		opened += mapping->inode != 0;
	}
	sigbus_end();
	process->is_code_open = true;
}

int symbolizer_process(struct symbolizer *symbolizer, pid_t pid, uint64_t now_ns,
		       struct process **ret)
{
	int r = processes_get(symbolizer->processes, pid, now_ns, ret);

	if (!r && !(*ret)->is_code_open)
		open_code(symbolizer, *ret);
	return r;
}

void symbolizer_forget(struct symbolizer *symbolizer, pid_t pid)
{
	processes_forget(symbolizer->processes, pid);
	interpreters_forget(symbolizer->interpreters, pid);
	javas_forget(symbolizer->javas, pid);
}

bool symbolizer_is_gil(struct symbolizer *symbolizer, pid_t pid, const struct symbol_place *place,
		       uint64_t address)
{
	struct python *python;

	if (!place->symbol || strcmp(place->symbol, "_PyRuntime") != 0)
		return false;
	python = interpreters_get(symbolizer->interpreters, pid);
	return python && python_is_gil(python, address);
}

const char *symbolizer_java_park(struct symbolizer *symbolizer, pid_t pid, uint64_t word)
{
	return javas_park(symbolizer, pid, word);
}

bool symbolizer_rest(struct symbolizer *symbolizer)
{
	bool rested;

	sigbus_begin();
	code_rest(symbolizer->code);
	rested = modules_rest(symbolizer->modules);
	sigbus_end();
	if (rested)
		malloc_trim(0);
	return rested;
}

void symbolizer_stats(const struct symbolizer *symbolizer, struct symbolizer_stats *ret)
{
	*ret = (struct symbolizer_stats){
		.processes = processes_count(symbolizer->processes),
		.modules = modules_count(symbolizer->modules),
		.code_points = code_points(symbolizer->code),
		.text_bytes = texts_bytes(symbolizer->texts),
		.unnamed = texts_refused(symbolizer->texts),
		.unopened = files_refused(),
	};
}

struct jit_loss symbolizer_jit_loss(struct symbolizer *symbolizer, pid_t pid)
{
	return processes_jit_loss(symbolizer->processes, pid);
}
