/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: the waits-for graph, and the cycles in it that are deadlocks.
 *
 * An edge says: this waiter goes on only when that holder does something first. What must hold for
 * every edge given, or there will be false alarms:
 *
 *   lock   the lock's own memory names the holder (evidence `owner`); who was only seen to release
 *          it last, and a semaphore's posters, are no holders, as anybody may be the next one to
 *          post. A lock held by several readers has holder 0.
 *   join   the thread that is joined.
 *   child  a process ends, or lets its parent know, through any of its threads: an edge to each
 *          living thread of each child that this call could be waiting for. All of them; if they
 *          cannot all be listed, one with holder 0.
 *   A wait that a timeout, a signal handler or something else can end is not to be given at all.
 *
 * A waiter with several edges goes on as soon as one of its holders does (this is what makes child
 * edges right). So a waiter is stuck when every edge of it leads to one that is stuck; a holder
 * that is 0, or waits for nothing that is known here, may go on at any time, and whoever waits for
 * it, however indirectly, is not stuck. What is left and forms a cycle is a deadlock.
 *
 * Two looks, because the threads run on while they are looked at: only waiters whose edges are the
 * very same in both (`moves` and `since_ns` included) are stuck. Then each edge has held all the
 * time between the looks, so all of them at one instant.
 */
#ifndef PARTRACE_MODEL_WAITS_FOR_H
#define PARTRACE_MODEL_WAITS_FOR_H

#include <stddef.h>
#include <stdint.h>

#define WAITS_FOR_EDGES_MAX (1u << 20) /* in a look; memory is at most about 200 bytes an edge */

enum waits_for_what {
	WAITS_FOR_LOCK,
	WAITS_FOR_JOIN,
	WAITS_FOR_CHILD,
	WAITS_FOR_COUNT,
};

static const char *const waits_for_names[] = {
	[WAITS_FOR_LOCK] = "lock",
	[WAITS_FOR_JOIN] = "join",
	[WAITS_FOR_CHILD] = "child",
};
_Static_assert(sizeof(waits_for_names) / sizeof(waits_for_names[0]) == WAITS_FOR_COUNT,
	       "name every edge");

struct waits_for_edge {
	uint32_t waiter; /* TID */
	uint32_t holder; /* TID; 0: not known */
	enum waits_for_what what;
	uint32_t lock; /* the caller's index of the lock; the same for join and child */
	int64_t since_ns;
	uint64_t moves; /* changes whenever the waiter moves: its switches, say */
};

/* One cycle: each edge's holder is the next one's waiter, the last one's the first's. */
struct waits_for_cycle {
	const struct waits_for_edge *edges;
	size_t edges_count;
};

struct waits_for_cycles {
	struct waits_for_cycle *cycles;
	size_t count;
	struct waits_for_edge *edges; /* of all cycles */
};

/*
 * Each deadlock once, beginning with its lowest TID, in the order of those; threads that merely
 * wait for a deadlocked one are not in it. Where cycles share threads (a child with several) it is
 * one deadlock, shown by one cycle. The looks need no order and may hold an edge twice. Takes
 * n log n for sorting and is linear otherwise.
 *
 * -E2BIG: more than WAITS_FOR_EDGES_MAX edges; -ENOMEM.
 */
int waits_for_cycles(const struct waits_for_edge *first, size_t first_count,
		     const struct waits_for_edge *second, size_t second_count,
		     struct waits_for_cycles **ret);

void waits_for_free(struct waits_for_cycles *cycles);

static inline void waits_for_freep(struct waits_for_cycles **cycles)
{
	waits_for_free(*cycles);
}

#endif
