// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/waits_for.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/owned.h"
#include "daemon/model/waits_graph.h"

/* ---- what is found: one cycle a group ---- */

static bool leads_within(const struct waits_graph *graph, uint32_t edge, uint32_t group)
{
	return graph->to[edge] != WAITS_NOBODY && graph->nodes[graph->to[edge]].group == group;
}

/* The edge by which the cycle goes on; preferably to one that waits for a lock. */
static uint32_t way_on(const struct waits_graph *graph, const struct waits_node *node)
{
	uint32_t way = WAITS_NOBODY;

	for (uint32_t i = node->edge; i < node->edges_end; i++) {
		const struct waits_node *to;

		if (!leads_within(graph, i, node->group))
			continue;
		to = &graph->nodes[graph->to[i]];
		if (graph->edges[to->edge].what == WAITS_FOR_LOCK)
			return i;
		if (way == WAITS_NOBODY)
			way = i;
	}
	return way;
}

/* Walks within the group until it comes round, then keeps the round, from its lowest TID on. */
static size_t walk(struct waits_graph *graph, uint32_t from, struct waits_for_edge *ret)
{
	size_t length = 0;
	uint32_t at = from, way, lowest;

	/* Whichever was there before: after as many steps as there are nodes, it goes round. */
	do {
		graph->nodes[at].walked = true;
		at = graph->to[way_on(graph, &graph->nodes[at])];
	} while (!graph->nodes[at].walked);
	lowest = at;
	for (uint32_t i = graph->to[way_on(graph, &graph->nodes[at])]; i != at;
	     i = graph->to[way_on(graph, &graph->nodes[i])])
		if (i < lowest)
			lowest = i;
	at = lowest;
	do {
		way = way_on(graph, &graph->nodes[at]);
		ret[length++] = graph->edges[way];
		at = graph->to[way];
	} while (at != lowest);
	return length;
}

static void add_cycle(struct waits_graph *graph, uint32_t in, struct waits_for_cycles *cycles)
{
	struct waits_for_cycle *cycle = &cycles->cycles[cycles->count];
	const struct waits_for_cycle *previous = cycles->count ? cycle - 1 : NULL;
	struct waits_for_edge *room =
		cycles->edges +
		(previous ? previous->edges - cycles->edges + previous->edges_count : 0);

	cycle->edges = room;
	cycle->edges_count = walk(graph, in, room);
	cycles->count++;
}

/* ---- the search: strongly connected groups, those that are waited for first (Tarjan) ---- */

/* Takes the group that ends at `root` off the stack; it may go on if one in it may. */
static void close_group(struct waits_graph *graph, uint32_t root, size_t *depth,
			struct waits_for_cycles *cycles)
{
	size_t begin = *depth;
	uint32_t group = ++graph->groups;
	bool may_go_on = false, is_cycle;

	do {
		struct waits_node *node = &graph->nodes[graph->stack[--begin]];

		node->on_stack = false;
		node->group = group;
		may_go_on |= node->may_go_on;
	} while (graph->stack[begin] != root);
	is_cycle = *depth - begin > 1;
	for (uint32_t i = graph->nodes[root].edge; i < graph->nodes[root].edges_end; i++)
		is_cycle |= graph->to[i] == root;
	for (size_t i = begin; i < *depth; i++)
		graph->nodes[graph->stack[i]].may_go_on = may_go_on;
	*depth = begin;
	if (is_cycle && !may_go_on)
		add_cycle(graph, root, cycles);
}

/* Follows one edge of `at`; the node to go down to, or WAITS_NOBODY. */
static uint32_t follow(struct waits_graph *graph, struct waits_node *at)
{
	uint32_t to = graph->to[at->next++];
	struct waits_node *node;

	if (to == WAITS_NOBODY) {
		at->may_go_on = true;
		return WAITS_NOBODY;
	}
	node = &graph->nodes[to];
	if (!node->seen)
		return to;
	if (node->on_stack)
		at->low = node->seen < at->low ? node->seen : at->low;
	else
		at->may_go_on |= node->may_go_on;
	return WAITS_NOBODY;
}

static void reach(struct waits_graph *graph, uint32_t index, size_t *depth, size_t *length)
{
	struct waits_node *node = &graph->nodes[index];

	node->seen = node->low = ++graph->seen;
	node->on_stack = true;
	graph->stack[(*depth)++] = index;
	graph->path[(*length)++] = index;
}

static void search_from(struct waits_graph *graph, uint32_t start, struct waits_for_cycles *cycles)
{
	size_t depth = 0, length = 0;

	reach(graph, start, &depth, &length);
	while (length) {
		uint32_t index = graph->path[length - 1];
		struct waits_node *node = &graph->nodes[index], *back;
		uint32_t down = WAITS_NOBODY;

		while (node->next < node->edges_end && down == WAITS_NOBODY)
			down = follow(graph, node);
		if (down != WAITS_NOBODY) {
			reach(graph, down, &depth, &length);
			continue;
		}
		if (node->low == node->seen)
			close_group(graph, index, &depth, cycles);
		if (!--length)
			break;
		back = &graph->nodes[graph->path[length - 1]];
		back->low = node->low < back->low ? node->low : back->low;
		back->may_go_on |= node->may_go_on;
	}
}

static int by_first_waiter(const void *one, const void *other)
{
	const struct waits_for_cycle *a = one, *b = other;

	return a->edges->waiter < b->edges->waiter ? -1 : a->edges->waiter > b->edges->waiter;
}

void waits_for_free(struct waits_for_cycles *cycles)
{
	if (!cycles)
		return;
	free(cycles->cycles);
	free(cycles->edges);
	free(cycles);
}

int waits_for_cycles(const struct waits_for_edge *first, size_t first_count,
		     const struct waits_for_edge *second, size_t second_count,
		     struct waits_for_cycles **ret)
{
	_cleanup_(waits_for_freep) struct waits_for_cycles *cycles = calloc(1, sizeof(*cycles));
	_cleanup_(waits_graph_clear) struct waits_graph graph = { 0 };
	int r;

	if (first_count > WAITS_FOR_EDGES_MAX || second_count > WAITS_FOR_EDGES_MAX)
		return -E2BIG;
	r = waits_graph_init(&graph, first, first_count, second, second_count);
	if (r < 0)
		return r;
	if (cycles) {
		cycles->cycles = calloc(graph.nodes_count + 1, sizeof(*cycles->cycles));
		cycles->edges = calloc(graph.nodes_count + 1, sizeof(*cycles->edges));
	}
	if (!cycles || !cycles->cycles || !cycles->edges)
		return -ENOMEM;
	for (uint32_t i = 0; i < graph.nodes_count; i++)
		if (!graph.nodes[i].seen)
			search_from(&graph, i, cycles);
	if (cycles->count)
		qsort(cycles->cycles, cycles->count, sizeof(*cycles->cycles), by_first_waiter);
	*ret = TAKE_PTR(cycles);
	return 0;
}
