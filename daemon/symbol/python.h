/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Python stack of a thread of a running CPython, read from outside: the process is neither
 * stopped nor traced, and needs no debug symbols. 3.11, 3.12 and 3.13 (with a GIL or
 * free-threaded) on 64-bit machines; statically linked or libpython.
 *
 * Every TID in here is one of this program's own PID namespace; what CPython keeps
 * (native_thread_id) is gettid() of the target's own namespace, and is translated through NSpid.
 */
#ifndef PARTRACE_SYMBOL_PYTHON_H
#define PARTRACE_SYMBOL_PYTHON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* UTF-8, cut at the end of a character where longer. */
struct python_frame {
	char function[128]; /* co_name: as in a traceback */
	char file[256];     /* co_filename, as the code was compiled with */
	uint64_t line;      /* from 1; 0: this code has no line */
	bool is_entry;      /* the outermost of those that one _PyEval_EvalFrameDefault runs */
};

/* What is known of one process: version, where _PyRuntime is, layout. Good until it execs. */
struct python;

/*
 * -ENOENT: not CPython; -EOPNOTSUPP: CPython of a version or build whose layout is not known;
 * -EAGAIN: CPython that has only begun to start; -ESRCH: gone; -EPERM: not ours to read.
 */
int python_open(pid_t pid, struct python **ret);
void python_close(struct python *python);
void python_closep(struct python **python);

/* "3.11.2" */
const char *python_version(const struct python *python);

/*
 * Frames of a thread, innermost first: how many were written, at most `room` (the rest is left
 * out, and never more than PYTHON_FRAMES_MAX are given); 0 is a thread that runs no Python now.
 * -ESRCH: no Python thread of that TID, or the process is gone. -EAGAIN: it changed while it was
 * read, several times over; a thread that waits never gives that for its own sake.
 */
#define PYTHON_FRAMES_MAX 4096
int python_stack(struct python *python, pid_t tid, struct python_frame *frames, size_t room);

/*
 * The same of a thread that may have gone on since the top of its C stack was copied. -ESTALE: it
 * has, for another frame was its innermost then. Told of 3.11 and 3.12, which note it there; and a
 * call that came to stand where that one stood is not told from it.
 */
struct python_copy {
	uint64_t from; /* the address of the first byte */
	const uint8_t *bytes;
	size_t size; /* 0: there is none */
};

int python_stack_then(struct python *python, pid_t tid, const struct python_copy *copy,
		      struct python_frame *frames, size_t room);

/*
 * Who has the main interpreter's GIL, by its own memory; 0: nobody. -EAGAIN: it was just handed
 * over; -ESRCH: gone.
 */
int python_gil_holder(struct python *python, pid_t *ret_tid);

/* Is it a word of the GIL of an interpreter that was there at python_open? Reads nothing. */
bool python_is_gil(const struct python *python, uint64_t address);

#endif
