// SPDX-License-Identifier: BSD-2-Clause
/*
 * One lock's time from end to end: at each instant so many wait and so many hold. What nobody
 * holds, between a release and the next acquisition, counts for the one who gets it then, as an
 * interval between two releases does in the report; it is told apart as handover_ns as well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "truth_log.h"

enum edge_kind { HOLD_ENDS, WAIT_ENDS, WAIT_BEGINS, HOLD_BEGINS };

struct edge {
	uint64_t at_ns;
	enum edge_kind kind;
	unsigned int log;
	const struct truth_event *event;
};

struct tally {
	uint64_t waits, wait_ns, max_wait_ns, timeouts;
	uint64_t holds, held_ns;
	uint64_t blocked_others_ns; /* waiters x time; shared out among those who hold at once */
};

struct function_tally {
	const char *name;
	uint64_t waits, wait_ns;
};

struct sum {
	struct tally all, logs[TRUTH_LOGS_MAX];
	struct function_tally functions[16];
	size_t functions_count;
	double state_ns[TRUTH_STATES]; /* of holders while at least one waited */
	double blocked_ns[TRUTH_LOGS_MAX];
	double handover_ns;
};

static int compare_edges(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

static struct edge *collect(const struct truth_memory *memory, unsigned int logs, int lock,
			    size_t *count)
{
	struct edge *edges;
	size_t room = 0;

	for (unsigned int i = 0; i < logs; i++)
		room += 2 * memory->logs[i].count;
	edges = malloc((room + 1) * sizeof(*edges));
	*count = 0;
	for (unsigned int i = 0; edges && i < logs; i++) {
		for (unsigned int j = 0; j < memory->logs[i].count; j++) {
			const struct truth_event *event = &memory->logs[i].events[j];

			if (event->lock != lock)
				continue;
			edges[(*count)++] =
				(struct edge){ event->from_ns,
					       event->held ? HOLD_BEGINS : WAIT_BEGINS, i, event };
			edges[(*count)++] =
				(struct edge){ event->until_ns, event->held ? HOLD_ENDS : WAIT_ENDS,
					       i, event };
		}
	}
	return edges;
}

static void tally_function(struct sum *sum, const char *name, uint64_t ns)
{
	size_t i = 0;

	while (i < sum->functions_count && strcmp(sum->functions[i].name, name))
		i++;
	if (i == 16)
		abort();
	if (i == sum->functions_count)
		sum->functions[sum->functions_count++].name = name;
	sum->functions[i].waits++;
	sum->functions[i].wait_ns += ns;
}

static void tally_event(struct tally *tally, const struct truth_event *event)
{
	uint64_t ns = event->until_ns - event->from_ns;

	if (event->held) {
		tally->holds++;
		tally->held_ns += ns;
		return;
	}
	tally->waits++;
	tally->wait_ns += ns;
	tally->timeouts += event->timed_out;
	if (ns > tally->max_wait_ns)
		tally->max_wait_ns = ns;
}

/* Who holds now, and since when there is somebody who waits. */
struct present {
	const struct edge *holds[TRUTH_LOGS_MAX];
	unsigned int holders, waiters;
	double unclaimed_ns;
	uint64_t at_ns;
};

static void pass_time(struct sum *sum, struct present *present, uint64_t now_ns)
{
	double ns = (double)(now_ns - present->at_ns);
	double waited_ns = ns * present->waiters;

	present->at_ns = now_ns;
	if (!present->waiters)
		return;
	if (!present->holders) {
		present->unclaimed_ns += waited_ns;
		sum->handover_ns += waited_ns;
	}
	for (unsigned int i = 0; i < present->holders; i++) {
		const struct truth_event *hold = present->holds[i]->event;
		double length_ns = (double)(hold->until_ns - hold->from_ns);

		sum->blocked_ns[present->holds[i]->log] += waited_ns / present->holders;
		for (int state = 0; length_ns > 0 && state < TRUTH_STATES; state++)
			sum->state_ns[state] += (double)hold->state_ns[state] * ns / length_ns;
	}
}

static void step(struct sum *sum, struct present *present, const struct edge *edge)
{
	pass_time(sum, present, edge->at_ns);
	switch (edge->kind) {
	case WAIT_BEGINS:
		present->waiters++;
		break;
	case WAIT_ENDS:
		present->waiters--;
		break;
	case HOLD_BEGINS:
		present->holds[present->holders++] = edge;
		sum->blocked_ns[edge->log] += present->unclaimed_ns;
		present->unclaimed_ns = 0;
		break;
	case HOLD_ENDS:
		for (unsigned int i = 0; i < present->holders; i++)
			if (present->holds[i]->event == edge->event)
				present->holds[i--] = present->holds[--present->holders];
		break;
	}
}

static void add_up(const struct edge *edges, size_t count, struct sum *sum)
{
	struct present present = { .at_ns = count ? edges[0].at_ns : 0 };

	for (size_t i = 0; i < count; i++) {
		const struct edge *edge = &edges[i];

		step(sum, &present, edge);
		if (edge->kind != WAIT_ENDS && edge->kind != HOLD_ENDS)
			continue;
		tally_event(&sum->all, edge->event);
		tally_event(&sum->logs[edge->log], edge->event);
		if (!edge->event->held)
			tally_function(sum, edge->event->function,
				       edge->event->until_ns - edge->event->from_ns);
	}
}

static void print_place(const struct truth_lock_row *row)
{
	printf("{\"name\":\"%s\",\"kind\":\"%s\",\"size\":%zu,", row->name, row->kind, row->size);
	if (row->file)
		printf("\"file\":\"%s\",\"line\":%u,", row->file, row->line);
	printf("\"addresses\":[");
	for (int i = 0; i < row->addresses_count; i++)
		printf("%s{\"pid\":%d,\"address\":%llu}", i ? "," : "", row->addresses[i].pid,
		       (unsigned long long)row->addresses[i].address);
	printf("],");
}

static void print_threads(const struct truth_memory *memory, unsigned int logs,
			  const struct sum *sum)
{
	const char *comma = "";

	printf("\"waiters\":[");
	for (unsigned int i = 0; i < logs; i++) {
		if (!sum->logs[i].waits)
			continue;
		printf("%s{\"tid\":%d,\"pid\":%d,\"name\":\"%s\",\"waits\":%llu,\"wait_ns\":%llu}",
		       comma, memory->logs[i].tid, memory->logs[i].pid, memory->logs[i].name,
		       (unsigned long long)sum->logs[i].waits,
		       (unsigned long long)sum->logs[i].wait_ns);
		comma = ",";
	}
	comma = "";
	printf("],\"holders\":[");
	for (unsigned int i = 0; i < logs; i++) {
		if (!sum->logs[i].holds)
			continue;
		printf("%s{\"tid\":%d,\"pid\":%d,\"name\":\"%s\",\"holds\":%llu,\"held_ns\":%llu,"
		       "\"blocked_others_ns\":%.0f}",
		       comma, memory->logs[i].tid, memory->logs[i].pid, memory->logs[i].name,
		       (unsigned long long)sum->logs[i].holds,
		       (unsigned long long)sum->logs[i].held_ns, sum->blocked_ns[i]);
		comma = ",";
	}
	printf("],");
}

static void print_lock(const struct truth_memory *memory, unsigned int logs,
		       const struct truth_lock_row *row, const struct sum *sum)
{
	print_place(row);
	printf("\"waits\":%llu,\"wait_ns\":%llu,\"max_wait_ns\":%llu,\"timeouts\":%llu,",
	       (unsigned long long)sum->all.waits, (unsigned long long)sum->all.wait_ns,
	       (unsigned long long)sum->all.max_wait_ns, (unsigned long long)sum->all.timeouts);
	printf("\"handover_ns\":%.0f,", sum->handover_ns);
	printf("\"holder_state_ns\":{\"running\":%.0f,\"ready\":%.0f,\"lock\":%.0f,\"io\":%.0f,"
	       "\"other\":%.0f},",
	       sum->state_ns[TRUTH_RUNNING], sum->state_ns[TRUTH_READY], sum->state_ns[TRUTH_LOCK],
	       sum->state_ns[TRUTH_IO], sum->state_ns[TRUTH_OTHER]);
	print_threads(memory, logs, sum);
	printf("\"functions\":[");
	for (size_t i = 0; i < sum->functions_count; i++)
		printf("%s{\"name\":\"%s\",\"waits\":%llu,\"wait_ns\":%llu}", i ? "," : "",
		       sum->functions[i].name, (unsigned long long)sum->functions[i].waits,
		       (unsigned long long)sum->functions[i].wait_ns);
	printf("]}");
}

void truth_memory_print(const struct truth_memory *memory, uint64_t now_ns)
{
	unsigned int logs = atomic_load(&memory->logs_count), dropped = 0;

	for (unsigned int i = 0; i < logs; i++)
		dropped += memory->logs[i].dropped;
	printf("{\"program\":\"%s\",\"pid\":%d,\"elapsed_ns\":%llu,\"dropped\":%u,\"threads\":[",
	       memory->program, memory->pid, (unsigned long long)(now_ns - memory->began_ns),
	       dropped);
	for (unsigned int i = 0; i < logs; i++)
		printf("%s{\"tid\":%d,\"pid\":%d,\"name\":\"%s\"}", i ? "," : "",
		       memory->logs[i].tid, memory->logs[i].pid, memory->logs[i].name);
	printf("],\"locks\":[");
	for (int lock = 0; lock < memory->locks_count; lock++) {
		struct sum sum = { 0 };
		size_t count;
		struct edge *edges = collect(memory, logs, lock, &count);

		if (!edges)
			abort();
		qsort(edges, count, sizeof(*edges), compare_edges);
		add_up(edges, count, &sum);
		if (lock)
			printf(",");
		print_lock(memory, logs, &memory->locks[lock], &sum);
		free(edges);
	}
	printf("]}\n");
}
