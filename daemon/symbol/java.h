/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a parked thread of a running HotSpot waits for, read from outside: LockSupport.park() leaves
 * the object there (Thread.parkBlocker), also where Java's frames have no names. By the tables that
 * the JVM has for its own debugger (gHotSpotVMStructs) and its symbols; JDK 17 and newer, where a
 * thread's parker lies within the thread. It goes on meanwhile: one look may be wrong.
 */
#ifndef PARTRACE_SYMBOL_JAVA_H
#define PARTRACE_SYMBOL_JAVA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/symbol/target_memory.h"

/* Where things are: of the process (`*_at`), or within an object of that kind. */
struct java_layout {
	uint64_t threads_at; /* a pointer to the list */
	uint64_t list_length, list_threads;
	uint64_t thread_object, object_class, class_name;
	uint64_t name_length, name_text;
	uint64_t oop_base, class_base;
	uint32_t oop_shift, class_shift;
	int32_t blocker; /* in java.lang.Thread */
	bool short_oops, short_classes;
};

/* An exported or local variable of libjvm's, by its name as in the file; 0: there is none. */
typedef uint64_t (*java_symbol_fn)(void *context, const char *name);

/* -EOPNOTSUPP: something is not where it is known to be. */
int java_find(struct target_memory *memory, pid_t pid, java_symbol_fn symbol, void *context,
	      struct java_layout *ret);

/*
 * The class of what the thread waits for whose parker the word lies in, as java.util.Name;
 * -ENODATA: of nothing, or no thread's. `size` of at least 2.
 */
int java_blocker(struct target_memory *memory, pid_t pid, const struct java_layout *layout,
		 uint64_t word, char *ret, size_t size);

#endif
