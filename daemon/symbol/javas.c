// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/javas.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/symbol/java.h"
#include "daemon/symbol/module.h"
#include "daemon/symbol/sigbus.h"
#include "daemon/symbol/symbolizer_parts.h"

/* A JVM that has only begun to start has not filled its tables. */
#define ASK_AGAIN_NS   1000000000ull
#define CLASS_NAME_MAX 160

struct known {
	pid_t pid; /* 0: a free place */
	bool is_found;
	struct java_layout layout;
	uint64_t asked_ns, used;
};

struct javas {
	struct known list[JAVAS_MAX];
	struct target_memory memory;
	uint64_t uses;
};

int javas_new(struct javas **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void javas_free(struct javas *javas)
{
	if (javas)
		target_memory_close(&javas->memory);
	free(javas);
}

void javas_forget(struct javas *javas, pid_t pid)
{
	for (size_t i = 0; i < JAVAS_MAX; i++)
		if (javas->list[i].pid == pid)
			javas->list[i] = (struct known){ 0 };
}

/* Its place, or the one used longest ago. */
static struct known *place_of(struct javas *javas, pid_t pid)
{
	struct known *oldest = &javas->list[0];

	for (size_t i = 0; i < JAVAS_MAX; i++) {
		if (javas->list[i].pid == pid)
			return &javas->list[i];
		if (javas->list[i].used < oldest->used)
			oldest = &javas->list[i];
	}
	*oldest = (struct known){ .pid = pid };
	return oldest;
}

struct library {
	struct module *module;
	uint64_t bias;
};

static uint64_t variable_of(void *context, const char *name)
{
	const struct library *library = context;
	uint64_t address = module_variable(library->module, name);

	return address ? address + library->bias : 0;
}

static bool is_libjvm(const struct mapping *mapping)
{
	const char *slash = strrchr(mapping->path, '/');

	return mapping->inode && slash && !strcmp(slash, "/libjvm.so");
}

static int find(struct symbolizer *symbolizer, pid_t pid, struct java_layout *ret)
{
	struct library library = { 0 };
	struct mapping *mapping = NULL;
	struct process *process;
	int r = symbolizer_process(symbolizer, pid, monotonic_ns(), &process);

	for (size_t i = 0; r == 0 && !mapping && i < process->maps.count; i++)
		if (is_libjvm(&process->maps.list[i]))
			mapping = &process->maps.list[i];
	if (!mapping)
		return -ENOENT;
	modules_use(symbolizer->modules);
	sigbus_begin();
	library.module = modules_get(symbolizer->modules, pid, mapping);
	r = library.module ? module_bias(library.module, mapping, &library.bias) : -ENOENT;
	if (r == 0)
		r = java_find(&symbolizer->javas->memory, pid, variable_of, &library, ret);
	sigbus_end();
	return r;
}

const char *javas_park(struct symbolizer *symbolizer, pid_t pid, uint64_t word)
{
	struct javas *javas = symbolizer->javas;
	struct known *known = place_of(javas, pid);
	char name[CLASS_NAME_MAX], text[CLASS_NAME_MAX + sizeof("LockSupport.park()")];
	uint64_t now_ns = monotonic_ns();

	known->used = ++javas->uses;
	if (!known->is_found && now_ns - known->asked_ns > ASK_AGAIN_NS) {
		known->asked_ns = now_ns;
		known->is_found = find(symbolizer, pid, &known->layout) == 0;
	}
	if (!known->is_found ||
	    java_blocker(&javas->memory, pid, &known->layout, word, name, sizeof(name)) < 0)
		return NULL;
	snprintf(text, sizeof(text), "LockSupport.park(%s)", name);
	return symbolizer_text(symbolizer, text);
}
