// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/waits_for.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"

#define NOBODY UINT32_MAX

/* A waiter, with its edges of the second look. */
struct node {
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

struct graph {
	struct waits_for_edge *edges; /* sorted, none twice */
	uint32_t *to;                 /* of each edge: its holder's node, or NOBODY */
	size_t edges_count;
	struct node *nodes; /* sorted by TID */
	size_t nodes_count;
	uint32_t *stack; /* reached, but not yet in a group */
	uint32_t *path;  /* from where the search began to where it is */
	uint32_t seen, groups;
};

static void graph_clear(struct graph *graph)
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

static uint32_t node_of(const struct graph *graph, uint32_t tid)
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
									       : NOBODY;
}

/* Whether the node's edges are the very same in the first look, from `*at` on; moves `*at` on. */
static bool same_in(const struct graph *graph, const struct node *node,
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

static void fill_nodes(struct graph *graph, const struct waits_for_edge *first, size_t first_count)
{
	size_t at = 0;

	for (uint32_t i = 0; i < graph->edges_count;) {
		struct node *node = &graph->nodes[graph->nodes_count++];

		*node = (struct node){ .tid = graph->edges[i].waiter, .edge = i, .next = i };
		while (i < graph->edges_count && graph->edges[i].waiter == node->tid)
			i++;
		node->edges_end = i;
		node->may_go_on = !same_in(graph, node, first, first_count, &at);
	}
	for (size_t i = 0; i < graph->edges_count; i++)
		graph->to[i] = node_of(graph, graph->edges[i].holder);
}

static int graph_init(struct graph *graph, const struct waits_for_edge *first, size_t first_count,
		      const struct waits_for_edge *second, size_t second_count)
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

/* ---- what is found: one cycle a group ---- */

static bool leads_within(const struct graph *graph, uint32_t edge, uint32_t group)
{
	return graph->to[edge] != NOBODY && graph->nodes[graph->to[edge]].group == group;
}

/* The edge by which the cycle goes on; preferably to one that waits for a lock. */
static uint32_t way_on(const struct graph *graph, const struct node *node)
{
	uint32_t way = NOBODY;

	for (uint32_t i = node->edge; i < node->edges_end; i++) {
		const struct node *to;

		if (!leads_within(graph, i, node->group))
			continue;
		to = &graph->nodes[graph->to[i]];
		if (graph->edges[to->edge].what == WAITS_FOR_LOCK)
			return i;
		if (way == NOBODY)
			way = i;
	}
	return way;
}

/* Walks within the group until it comes round, then keeps the round, from its lowest TID on. */
static size_t walk(struct graph *graph, uint32_t from, struct waits_for_edge *ret)
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

static void add_cycle(struct graph *graph, uint32_t in, struct waits_for_cycles *cycles)
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
static void close_group(struct graph *graph, uint32_t root, size_t *depth,
			struct waits_for_cycles *cycles)
{
	size_t begin = *depth;
	uint32_t group = ++graph->groups;
	bool may_go_on = false, is_cycle;

	do {
		struct node *node = &graph->nodes[graph->stack[--begin]];

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

/* Follows one edge of `at`; the node to go down to, or NOBODY. */
static uint32_t follow(struct graph *graph, struct node *at)
{
	uint32_t to = graph->to[at->next++];
	struct node *node;

	if (to == NOBODY) {
		at->may_go_on = true;
		return NOBODY;
	}
	node = &graph->nodes[to];
	if (!node->seen)
		return to;
	if (node->on_stack)
		at->low = node->seen < at->low ? node->seen : at->low;
	else
		at->may_go_on |= node->may_go_on;
	return NOBODY;
}

static void reach(struct graph *graph, uint32_t index, size_t *depth, size_t *length)
{
	struct node *node = &graph->nodes[index];

	node->seen = node->low = ++graph->seen;
	node->on_stack = true;
	graph->stack[(*depth)++] = index;
	graph->path[(*length)++] = index;
}

static void search_from(struct graph *graph, uint32_t start, struct waits_for_cycles *cycles)
{
	size_t depth = 0, length = 0;

	reach(graph, start, &depth, &length);
	while (length) {
		uint32_t index = graph->path[length - 1];
		struct node *node = &graph->nodes[index], *back;
		uint32_t down = NOBODY;

		while (node->next < node->edges_end && down == NOBODY)
			down = follow(graph, node);
		if (down != NOBODY) {
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

	ORDER(edges->waiter);
	return 0;
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
	_cleanup_(graph_clear) struct graph graph = { 0 };
	int r;

	if (first_count > WAITS_FOR_EDGES_MAX || second_count > WAITS_FOR_EDGES_MAX)
		return -E2BIG;
	r = graph_init(&graph, first, first_count, second, second_count);
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
