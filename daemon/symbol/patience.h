/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions about a process's memory, which the process can leave unanswered for ever: the kernel
 * answers them under the lock of its mappings, and who has that may itself be waiting, for a file
 * system that is dead (NFS, FUSE). They are asked by threads that can be left behind, so that
 * whoever watches others does not stand still with one of them.
 */
#ifndef PARTRACE_SYMBOL_PATIENCE_H
#define PARTRACE_SYMBOL_PATIENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Questions that are left unanswered at once; beyond that no memory of any process is asked for. */
#define PATIENCE_HELPERS_MAX 16u
/* So long a thread that asks has to sleep, not to be kept off a CPU, before it is left behind. */
#define PATIENCE_NS 200000000ull

typedef void (*patient_question)(pid_t pid, void *data);

/*
 * Has `question` asked by another thread, with a copy of the `size` bytes at `data`, which take
 * what it made of them when it returns. 0; -EBUSY: the memory of this process is locked, and *data
 * is what it was. Until that question is answered, there is no waiting for another one.
 */
int patience_ask(pid_t pid, patient_question question, void *data, size_t size);

/*
 * Can the memory of this process be asked for at all? Also true of who is gone. For many short
 * questions, each of which would cost less than to have it asked: who answered this thread less
 * than `believed_ns` ago is not asked again, and may have been locked since.
 */
bool patience_answers(pid_t pid, uint64_t believed_ns);

/* The running time of this thread, and of others while it waited for them; for bounds of work. */
uint64_t patience_spent_ns(void);

#endif
