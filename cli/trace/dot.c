/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/trace/dot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/owned.h"
#include "base/utf8.h"
#include "cli/report/format.h"
#include "cli/report/locks.h"

/* A picture of more is a picture of nothing. */
#define LOCKS_MAX   50u
#define WAITERS_MAX 16u
#define HOLDERS_MAX 4u

/* A thread that some edge touches. */
struct node {
	uint64_t tid;
	uint64_t pid;
	const char *name;
};

struct graph {
	const struct report *report;
	const struct report_lock *locks[LOCKS_MAX];
	size_t locks_count;
	struct node *nodes;
	size_t count;
	size_t room;
};

/* ---- text ---- */

/* Within "": the backslash begins Graphviz's own escapes (\N, \n, \G). */
static void put_quoted(FILE *out, const char *text)
{
	while (*text) {
		size_t length = utf8_length(text);

		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if (!length || (unsigned char)*text < ' ' || *text == 0x7f)
			fputc('?', out);
		else
			fwrite(text, 1, length, out);
		text += length ? length : 1;
	}
}

static void put_edge(FILE *out, const char *from, const char *to, const char *label,
		     const char *look)
{
	fprintf(out, "  %s -> %s [label=\"", from, to);
	put_quoted(out, label);
	fprintf(out, "\"%s];\n", look);
}

static struct figure thread_id(uint64_t tid)
{
	struct figure figure;

	snprintf(figure.text, sizeof(figure.text), "t%" PRIu64, tid);
	return figure;
}

static struct figure lock_id(size_t index)
{
	struct figure figure;

	snprintf(figure.text, sizeof(figure.text), "l%zu", index);
	return figure;
}

/* ---- which nodes ---- */

static int add_node(struct graph *graph, uint64_t tid, uint64_t pid, const char *name)
{
	const struct report_thread *thread = locks_thread(graph->report, tid);
	struct node *nodes;

	for (size_t i = 0; i < graph->count; i++)
		if (graph->nodes[i].tid == tid)
			return 0;
	nodes = grow(graph->nodes, graph->count, &graph->room, sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	graph->nodes = nodes;
	if (thread) {
		pid = thread->pid;
		name = thread->name;
	}
	/* Whose memory a shared lock is in says nothing about its owner. */
	if (pid == NO_VALUE)
		pid = 0;
	graph->nodes[graph->count++] = (struct node){ tid, pid, name };
	return 0;
}

static size_t waiters_drawn(const struct report_lock *lock)
{
	return lock->waiters_count < WAITERS_MAX ? lock->waiters_count : WAITERS_MAX;
}

static size_t holders_drawn(const struct report_lock *lock)
{
	return lock->holders_count < HOLDERS_MAX ? lock->holders_count : HOLDERS_MAX;
}

/* A crowd is one node: its rows are words that one thread each sleeps on. */
static void choose_locks(struct graph *graph, bool all)
{
	struct lock_walk walk = { .report = graph->report };
	const struct report_lock *lock;

	while (graph->locks_count < LOCKS_MAX && (lock = locks_next(&walk)))
		if (all || lock->contended)
			graph->locks[graph->locks_count++] = lock;
}

static bool is_drawn(const struct graph *graph, const char *id)
{
	const struct report_lock *lock = locks_told(graph->report, locks_by_id(graph->report, id));

	for (size_t i = 0; lock && i < graph->locks_count; i++)
		if (graph->locks[i] == lock)
			return true;
	return false;
}

static int add_lock_nodes(struct graph *graph, const struct report_lock *lock)
{
	int r = 0;

	for (size_t i = 0; !r && i < waiters_drawn(lock); i++)
		r = add_node(graph, lock->waiters[i].tid, lock->waiters[i].pid,
			     lock->waiters[i].name);
	for (size_t i = 0; !r && i < holders_drawn(lock); i++)
		r = add_node(graph, lock->holders[i].tid, lock->holders[i].pid,
			     lock->holders[i].name);
	if (!r && locks_owner(lock))
		r = add_node(graph, locks_owner(lock), lock->pid, NULL);
	return r;
}

static int collect_nodes(struct graph *graph)
{
	const struct report *report = graph->report;
	int r = 0;

	for (size_t i = 0; !r && i < graph->locks_count; i++)
		r = add_lock_nodes(graph, graph->locks[i]);
	for (size_t i = 0; !r && i < report->threads_count; i++)
		if (is_drawn(graph, report->threads[i].waits_for))
			r = add_node(graph, report->threads[i].tid, report->threads[i].pid,
				     report->threads[i].name);
	for (size_t i = 0; i < report->deadlocks_count; i++)
		for (size_t k = 0; !r && k < report->deadlocks[i].threads_count; k++) {
			const struct report_deadlocked *one = &report->deadlocks[i].threads[k];

			r = add_node(graph, one->tid, one->pid, one->name);
		}
	return r;
}

/* ---- nodes ---- */

static bool first_of_its_process(const struct graph *graph, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (graph->nodes[i].pid == graph->nodes[index].pid)
			return false;
	return true;
}

static void put_process(FILE *out, const struct graph *graph, uint64_t pid)
{
	const char *name = "process";

	for (size_t i = 0; i < graph->report->processes_count; i++)
		if (graph->report->processes[i].pid == pid && graph->report->processes[i].name)
			name = graph->report->processes[i].name;
	if (pid) {
		fprintf(out, "  subgraph cluster_%" PRIu64 " {\n    label=\"", pid);
		put_quoted(out, name);
		fprintf(out, " (%" PRIu64 ")\";\n", pid);
	}
	for (size_t i = 0; i < graph->count; i++) {
		if (graph->nodes[i].pid != pid)
			continue;
		fprintf(out, "    %s [shape=box, label=\"", thread_id(graph->nodes[i].tid).text);
		put_quoted(out, graph->nodes[i].name ? graph->nodes[i].name : "TID");
		fprintf(out, " (%" PRIu64 ")\"];\n", graph->nodes[i].tid);
	}
	fputs(pid ? "  }\n" : "", out);
}

static void put_lock(FILE *out, const struct report_lock *lock, size_t index)
{
	char rows[40] = "";

	if (report_lock_is_crowd(lock))
		snprintf(rows, sizeof(rows), "%" PRIu64 "× ", lock->members);
	fprintf(out, "  %s [shape=ellipse%s, label=\"%s", lock_id(index).text,
		*rows ? ", peripheries=2" : "", rows);
	put_quoted(out, locks_name(lock));
	fputs("\\n", out);
	put_quoted(out, lock->kind ? lock->kind : "futex");
	fputs("\"];\n", out);
}

static void put_nodes(FILE *out, const struct graph *graph)
{
	for (size_t i = 0; i < graph->count; i++)
		if (first_of_its_process(graph, i))
			put_process(out, graph, graph->nodes[i].pid);
	for (size_t i = 0; i < graph->locks_count; i++)
		put_lock(out, graph->locks[i], i);
}

/* ---- edges ---- */

static bool waits_now(const struct graph *graph, uint64_t tid, const struct report_lock *lock)
{
	const struct report_thread *thread = locks_thread(graph->report, tid);
	const struct report_lock *one =
		thread ? locks_by_id(graph->report, thread->waits_for) : NULL;

	return one && locks_told(graph->report, one) == lock;
}

static void put_waiters(FILE *out, const struct graph *graph, size_t index)
{
	const struct report_lock *lock = graph->locks[index];
	uint64_t more = lock->waiters_count - waiters_drawn(lock) + locks_more(lock->more_waiters);
	struct figure id = lock_id(index);

	for (size_t i = 0; i < waiters_drawn(lock); i++) {
		const struct report_waiter *waiter = &lock->waiters[i];

		put_edge(out, thread_id(waiter->tid).text, id.text,
			 format_duration(waiter->wait_ns).text,
			 waits_now(graph, waiter->tid, lock) ? "" : ", style=dashed");
	}
	if (!more)
		return;
	fprintf(out, "  more_%s [shape=plaintext, label=\"%" PRIu64 " more\"];\n", id.text, more);
	fprintf(out, "  more_%s -> %s [style=dashed];\n", id.text, id.text);
}

static void put_holders(FILE *out, const struct report_lock *lock, size_t index)
{
	uint64_t owner = locks_owner(lock);
	struct figure id = lock_id(index);

	if (owner)
		put_edge(out, id.text, thread_id(owner).text, "held now", "");
	for (size_t i = 0; i < holders_drawn(lock); i++) {
		const struct report_holder *holder = &lock->holders[i];

		if (holder->tid != owner)
			put_edge(out, id.text, thread_id(holder->tid).text,
				 format_share(holder->blocked_others_ns, locks_blocked_ns(lock))
					 .text,
				 ", style=dashed");
	}
}

static void put_deadlock(FILE *out, const struct report_deadlock *deadlock)
{
	for (size_t i = 0; i < deadlock->threads_count; i++) {
		const struct report_deadlocked *one = &deadlock->threads[i];
		const struct report_deadlocked *next =
			&deadlock->threads[(i + 1) % deadlock->threads_count];
		const char *label = one->lock_name   ? one->lock_name
				    : one->lock      ? one->lock
				    : one->waits_for ? one->waits_for
						     : "waits";

		put_edge(out, thread_id(one->tid).text, thread_id(next->tid).text, label,
			 ", color=red, fontcolor=red, penwidth=2");
	}
}

int dot_write(FILE *out, const struct report *report, bool all)
{
	struct graph graph = { .report = report };
	int r;

	choose_locks(&graph, all);
	r = collect_nodes(&graph);
	if (!r) {
		fputs("digraph waits_for {\n  rankdir=LR;\n", out);
		put_nodes(out, &graph);
		for (size_t i = 0; i < graph.locks_count; i++) {
			put_waiters(out, &graph, i);
			put_holders(out, graph.locks[i], i);
		}
		for (size_t i = 0; i < report->deadlocks_count; i++)
			put_deadlock(out, &report->deadlocks[i]);
		fputs("}\n", out);
		r = fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
	}
	free(graph.nodes);
	return r;
}
