/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: the graph in which waits_for.c searches: each waiter once, its edges beside each other, and
 * whether they are the same in both looks.
 */
#ifndef PARTRACE_MODEL_WAITS_GRAPH_H
#define PARTRACE_MODEL_WAITS_GRAPH_H

#include <stdbool.h>

#include "daemon/model/waits_for.h"

#define WAITS_NOBODY UINT32_MAX

/* A waiter, with its edges of the second look; the rest is the search's (waits_for.c). */
struct waits_node {
	uint32_t tid;
	uint32_t edge, edges_end;
	bool may_go_on;
	bool on_stack;
	bool walked;    /* when its group's cycle was looked for */
	uint32_t seen;  /* order in which it was reached; 0: not yet */
	uint32_t low;   /* the earliest one still on the stack that it leads to */
	uint32_t next;  /* edge to be followed next */
	uint32_t group; /* strongly connected; 0: not known yet */
};

struct waits_graph {
	struct waits_for_edge *edges; /* sorted, none twice */
	uint32_t *to;                 /* of each edge: its holder's node, or WAITS_NOBODY */
	size_t edges_count;
	struct waits_node *nodes; /* sorted by TID */
	size_t nodes_count;
	uint32_t *stack; /* reached, but not yet in a group */
	uint32_t *path;  /* from where the search began to where it is */
	uint32_t seen, groups;
};

/* To be cleared even where it fails. -ENOMEM. */
int waits_graph_init(struct waits_graph *graph, const struct waits_for_edge *first,
		     size_t first_count, const struct waits_for_edge *second, size_t second_count);
void waits_graph_clear(struct waits_graph *graph);

#endif
