// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/waits_graph.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"

void waits_graph_clear(struct waits_graph *graph)
{
	free(graph->edges);
	free(graph->to);
	free(graph->nodes);
	free(graph->stack);
	free(graph->path);
}

#define ORDER(field)                                                                               \
	if (a->field != b->field)                                                                  \
	return a->field < b->field ? -1 : 1

static int by_waiter(const void *one, const void *other)
{
	const struct waits_for_edge *a = one, *b = other;

	ORDER(waiter);
	/* Locks before others, as what holds up a child is best shown by them. */
	ORDER(what);
	ORDER(holder);
	ORDER(lock);
	ORDER(since_ns);
	ORDER(moves);
	return 0;
}

static size_t sort_unique(struct waits_for_edge *edges, size_t count)
{
	size_t kept = 0;

	if (count)
		qsort(edges, count, sizeof(*edges), by_waiter);
	for (size_t i = 0; i < count; i++)
		if (!kept || by_waiter(&edges[kept - 1], &edges[i]) != 0)
			edges[kept++] = edges[i];
	return kept;
}

static struct waits_for_edge *sorted_copy(const struct waits_for_edge *edges, size_t count,
					  size_t *ret_count)
{
	struct waits_for_edge *copy = malloc((count + 1) * sizeof(*copy));

	if (!copy)
		return NULL;
	if (count)
		memcpy(copy, edges, count * sizeof(*copy));
	*ret_count = sort_unique(copy, count);
	return copy;
}

static uint32_t node_of(const struct waits_graph *graph, uint32_t tid)
{
	size_t low = 0, high = graph->nodes_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (graph->nodes[middle].tid < tid)
			low = middle + 1;
		else
			high = middle;
	}
	return tid && low < graph->nodes_count && graph->nodes[low].tid == tid ? (uint32_t)low
									       : WAITS_NOBODY;
}

/* Whether the node's edges are the very same in the first look, from `*at` on; moves `*at` on. */
static bool same_in(const struct waits_graph *graph, const struct waits_node *node,
		    const struct waits_for_edge *first, size_t count, size_t *at)
{
	size_t edges = node->edges_end - node->edge, same = 0;
	bool is_same = true;

	while (*at < count && first[*at].waiter < node->tid)
		(*at)++;
	for (; *at < count && first[*at].waiter == node->tid; (*at)++, same++)
		if (same >= edges || by_waiter(&first[*at], &graph->edges[node->edge + same]) != 0)
			is_same = false;
	return is_same && same == edges;
}

static void fill_nodes(struct waits_graph *graph, const struct waits_for_edge *first,
		       size_t first_count)
{
	size_t at = 0;

	for (uint32_t i = 0; i < graph->edges_count;) {
		struct waits_node *node = &graph->nodes[graph->nodes_count++];

		*node = (struct waits_node){ .tid = graph->edges[i].waiter, .edge = i, .next = i };
		while (i < graph->edges_count && graph->edges[i].waiter == node->tid)
			i++;
		node->edges_end = i;
		node->may_go_on = !same_in(graph, node, first, first_count, &at);
	}
	for (size_t i = 0; i < graph->edges_count; i++)
		graph->to[i] = node_of(graph, graph->edges[i].holder);
}

int waits_graph_init(struct waits_graph *graph, const struct waits_for_edge *first,
		     size_t first_count, const struct waits_for_edge *second, size_t second_count)
{
	_cleanup_free_ struct waits_for_edge *before =
		sorted_copy(first, first_count, &first_count);
	size_t room;

	graph->edges = sorted_copy(second, second_count, &graph->edges_count);
	room = graph->edges_count + 1;
	graph->to = calloc(room, sizeof(*graph->to));
	graph->nodes = calloc(room, sizeof(*graph->nodes));
	graph->stack = calloc(room, sizeof(*graph->stack));
	graph->path = calloc(room, sizeof(*graph->path));
	if (!before || !graph->edges || !graph->to || !graph->nodes || !graph->stack ||
	    !graph->path)
		return -ENOMEM;
	fill_nodes(graph, before, first_count);
	return 0;
}
