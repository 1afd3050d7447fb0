/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files that make up struct python share; others include python.h. */
#ifndef PARTRACE_SYMBOL_PYTHON_PARTS_H
#define PARTRACE_SYMBOL_PYTHON_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/symbol/python.h"
#include "daemon/symbol/python_find.h"
#include "daemon/symbol/python_layout.h"
#include "daemon/symbol/python_memory.h"

/* Bounds for what a list that is torn, or was made to, could keep us busy with. */
#define PYTHON_INTERPRETERS_MAX 64
#define PYTHON_THREADS_MAX      (1 << 15)
#define PYTHON_GILS_MAX         16
/* How often something that changed while it was read is read anew. */
#define PYTHON_ATTEMPTS 8

struct python {
	pid_t pid;
	bool is_namespaced;            /* its TIDs are not ours */
	struct python_process process; /* whose memory it is, where it is not a test's */
	struct python_memory memory;
	struct python_place place;
	struct python_layout layout;
	char version[16];
	uint64_t gils[PYTHON_GILS_MAX]; /* addresses, each once */
	unsigned int gil_count;
	struct python_known *known; /* python_known.c; NULL: nothing yet */
};

/* One PyThreadState, as it was when its turn came. */
struct python_thread {
	uint64_t address;
	uint64_t interpreter;
	uint64_t frame; /* the innermost; 0: none */
	uint64_t held;  /* where that stands: the _PyCFrame on its C stack, where there is such */
	uint64_t native_id;
};

/* By the memory of a process, whosever it is; `memory` is copied, `pid` 0 if there is none. */
int python_open_memory(pid_t pid, const struct python_memory *memory,
		       const struct python_place *place, struct python **ret);

/* The GIL of each interpreter. -EAGAIN: there is none yet. */
int python_find_gils(struct python *python);

/*
 * Threads of all interpreters, the newest first, until `visit` returns something else than 0,
 * which is returned. -EAGAIN: the list changed meanwhile.
 */
int python_each_thread(struct python *python,
		       int (*visit)(const struct python_thread *thread, void *context),
		       void *context);

/*
 * The state at thread->address. -EAGAIN: it stands in another list, or behind another one, so it is
 * torn or gone.
 */
int python_read_thread(struct python *python, uint64_t interpreter, uint64_t previous,
		       struct python_thread *thread, uint64_t *ret_next);

/* A thread's innermost frame (0: none), and what holds it. -ESRCH: no such thread; -EAGAIN. */
int python_find_frame(struct python *python, uint64_t native_id, uint64_t *ret, uint64_t *ret_held);

/* Between our PID namespace and the target's innermost; -ESRCH. */
int python_tid_inside(const struct python *python, pid_t tid, uint64_t *ret);
int python_tid_outside(const struct python *python, uint64_t inside, pid_t *ret);

#endif
