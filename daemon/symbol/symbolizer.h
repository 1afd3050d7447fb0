/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From raw copies of other processes' stacks, and addresses in their data, to names.
 *
 * One thread uses a symbolizer at a time. What it reads comes from /proc/PID (maps, map_files,
 * root, NSpid), the ELF files that are mapped there, their debug files below /usr/lib/debug (here,
 * and in the process's root), and perf-PID.map; never from the network. The processes are not
 * stopped. Maps are up to a second old, so after an exec say symbolizer_forget(). The first
 * question about a process opens what is mapped as code there, so that it has names after it has
 * ended.
 *
 * Everything is bounded; beyond its bound the one used longest ago is dropped, and read again when
 * it is wanted:
 *   processes   1,024, and 1,048,576 mappings of all of them (process.h)
 *   modules     256 ELF files, each with at most 2,000,000 symbols, and 4,000,000 DWARF entries
 *               looked at for variables, 1,000,000 ranges of code (module.h, symbols.h, globals.h,
 *               units.h)
 *               .gnu_debugdata up to 64 MiB unpacked, else the file has no names (mini_debug.h)
 *   code        131,072 places in code that were met (code.h); then it begins anew
 *   texts       64 MiB; once that is full, new names are NULL and old ones stay, because texts live
 *               as long as the symbolizer (texts.h)
 *   JIT code    perf-PID.map up to 32 MiB, 262,144 entries (perf_map.h)
 *   a stack     `room` frames; 256 KiB read beyond the copy
 */
#ifndef PARTRACE_SYMBOL_SYMBOLIZER_H
#define PARTRACE_SYMBOL_SYMBOLIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/stack.h"

#define SYMBOL_FRAMES_MAX 256u /* as many as a stack usually is given room for */
#define SYMBOL_TEXTS_MAX  (64u * 1024u * 1024u)

enum frame_kind {
	FRAME_NATIVE,
	FRAME_JIT,    /* named by perf-PID.map */
	FRAME_PYTHON, /* of CPython's own account of what it runs */
	FRAME_UNKNOWN,
	FRAME_KINDS,
};

static const char *const frame_kind_names[] = {
	[FRAME_NATIVE] = "native",
	[FRAME_JIT] = "jit",
	[FRAME_PYTHON] = "python",
	[FRAME_UNKNOWN] = "unknown",
};
_Static_assert(sizeof(frame_kind_names) / sizeof(frame_kind_names[0]) == FRAME_KINDS,
	       "name every kind");

/*
 * The innermost comes first. CPython's loop over its own frames is the native function
 * _PyEval_EvalFrameDefault, which stripped builds name, too (Debian's python3.11: a dynamic
 * symbol). Texts are valid UTF-8 and live as long as the symbolizer.
 */
struct symbol_frame {
	const char *function; /* demangled, without parameters; NULL: no symbol */
	uint64_t offset;      /* into the function; else into the module, as addr2line takes it (an
				 address in the ELF file), or into the mapping when it is no ELF file */
	const char *module;   /* path as /proc/PID/maps tells it, or [vdso]; NULL: none */
	const char *file;     /* source, of the call; NULL: not known */
	uint64_t line;        /* UINT64_MAX: not known */
	enum frame_kind kind;
	uint64_t address; /* of the next instruction: the return address, or where it stopped */
};

struct raw_stack {
	uint64_t registers[STACK_REGISTERS];
	const uint8_t *bytes; /* what lay from the stack pointer upwards */
	size_t size;          /* may be 0 */
	pid_t tid;            /* whose Python frames are wanted; 0: none */
	bool is_sample;       /* of a thread that runs: its Python frames may be a moment younger */
	bool may_read_on; /* the thread is still blocked there: the process's memory may be read */
};

struct symbol_place {
	const char *module;  /* path of the mapped file, or [heap]…; NULL: none */
	const char *symbol;  /* NULL: none */
	uint64_t offset;     /* into the symbol, else into the module or mapping */
	const char *mapping; /* file, heap, stack, anonymous, shared, unknown */
	const char *file;    /* where the symbol is declared; NULL: not known */
	uint64_t line;       /* UINT64_MAX: not known */
	/* Of a mapped file, and of memory that is shared between processes; else 0. */
	uint64_t device_major, device_minor, inode, file_offset;
	bool is_shared;
};

/* Why names of code that a runtime made up are missing. */
enum jit_loss_kind {
	JIT_NOTHING_LOST,
	JIT_FOREIGN,    /* its perf-PID.map belongs to another user */
	JIT_TOO_LARGE,  /* that file is larger than is read */
	JIT_UNREADABLE, /* it cannot be opened or read, or is no regular file */
	JIT_MALFORMED,  /* lines of it are no entries */
	JIT_TOO_MANY,   /* it has more entries than are kept */
};

struct jit_loss {
	enum jit_loss_kind kind;
	uint32_t lines; /* of the last two */
};

struct symbolizer_stats {
	size_t processes;
	size_t modules;
	size_t code_points;
	size_t text_bytes;
	uint64_t unnamed;  /* texts that were dropped because there is no room for them any more */
	uint64_t unopened; /* files that could not be opened because too many are (files_refused())
			    */
};

struct symbolizer;

/* Takes the variable DEBUGINFOD_URLS out of the environment, and handles SIGBUS (sigbus.h). */
int symbolizer_new(struct symbolizer **ret);
void symbolizer_free(struct symbolizer *symbolizer);

/*
 * How many frames there are, at most `room`; *ret_whole: they go down to the thread's start. What
 * cannot be followed ends the stack. -ESRCH: the process is gone and was never seen.
 */
int symbolizer_stack(struct symbolizer *symbolizer, pid_t pid, const struct raw_stack *stack,
		     struct symbol_frame *frames, size_t room, bool *ret_whole);

/* As its perf-PID.map was when it was asked for last, if code was met that it did not name. */
struct jit_loss symbolizer_jit_loss(struct symbolizer *symbolizer, pid_t pid);

/* -ESRCH as above; an address where nothing is mapped is a place of mapping "unknown". */
int symbolizer_place(struct symbolizer *symbolizer, pid_t pid, uint64_t address,
		     struct symbol_place *ret);

/* Is this one of the words of CPython's GIL? `place` is that of the address. */
bool symbolizer_is_gil(struct symbolizer *symbolizer, pid_t pid, const struct symbol_place *place,
		       uint64_t address);

/*
 * What the thread of Java is parked for whose word this is: LockSupport.park(CLASS). NULL: it is
 * not known, or not parked. It lives as long as the symbolizer.
 */
const char *symbolizer_java_park(struct symbolizer *symbolizer, pid_t pid, uint64_t word);

/*
 * Gives back the memory of what was read of ELF files; it is read again when it is asked for.
 * False: there was none.
 */
bool symbolizer_rest(struct symbolizer *symbolizer);

/* After its exec or exit: drops its maps; modules and texts stay. */
void symbolizer_forget(struct symbolizer *symbolizer, pid_t pid);

void symbolizer_stats(const struct symbolizer *symbolizer, struct symbolizer_stats *ret);

#endif
