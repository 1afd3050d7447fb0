/* SPDX-License-Identifier: BSD-2-Clause */
/* Where in a process CPython's exported data is: its executable, or a libpython it has mapped. */
#ifndef PARTRACE_SYMBOL_PYTHON_FIND_H
#define PARTRACE_SYMBOL_PYTHON_FIND_H

#include <stdint.h>
#include <sys/types.h>

/* Addresses in the process. */
struct python_place {
	uint64_t runtime;      /* _PyRuntime */
	uint64_t version;      /* Py_Version, a word; 0: none, it is older than 3.11 */
	uint64_t code_type;    /* PyCode_Type */
	uint64_t unicode_type; /* PyUnicode_Type */
	uint64_t bytes_type;   /* PyBytes_Type */
};

/*
 * -ENOENT: not CPython, of 3.7 or later; -ESRCH: no such process; -EOPNOTSUPP: CPython that hides
 * what has to be known.
 */
int python_find(pid_t pid, struct python_place *ret);

#endif
