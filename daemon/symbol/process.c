// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/symbol/files.h"
#include "daemon/symbol/hash.h"

#define BUCKETS        (2 * PROCESSES_MAX)
#define MAPS_BYTES_MAX (16u * 1024u * 1024u)
#define LOOK_EVERY_NS  NSEC_PER_SEC
#define LOOK_AGAIN_NS  (50 * NSEC_PER_MSEC)

struct processes {
	struct process slots[PROCESSES_MAX];
	uint16_t next[PROCESSES_MAX]; /* in the same bucket; slot + 1, 0 ends it */
	uint16_t buckets[BUCKETS];
	size_t mappings;
	uint64_t uses;
};

int processes_new(struct processes **ret)
{
	struct processes *processes = calloc(1, sizeof(*processes));

	if (!processes)
		return -ENOMEM;
	*ret = processes;
	return 0;
}

static void process_release(struct process *process)
{
	maps_release(&process->maps);
	perf_map_release(&process->perf_map);
	*process = (struct process){ 0 };
}

void processes_free(struct processes *processes)
{
	for (size_t i = 0; processes && i < PROCESSES_MAX; i++)
		process_release(&processes->slots[i]);
	free(processes);
}

/* ---- reading ---- */

/* 0 when it is gone. The name, in brackets, may hold anything. */
static uint64_t started_at(pid_t pid)
{
	_cleanup_free_ char *text = NULL;
	unsigned long long started;
	size_t size;
	char *at;

	if (files_read_proc(pid, "stat", MAPS_BYTES_MAX, &text, &size) < 0)
		return 0;
	at = text ? strrchr(text, ')') : NULL;
	if (!at || sscanf(at + 1,
			  " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
			  "%*d %*d %llu",
			  &started) != 1)
		return 0;
	return started + 1;
}

static void look(struct process *process, uint64_t now_ns)
{
	_cleanup_free_ char *text = NULL;
	uint64_t started = started_at(process->pid), hash;
	size_t size = 0;

	process->looked_ns = now_ns;
	/* A zombie's maps are empty, and its last ones are right. */
	if (!started || files_read_proc(process->pid, "maps", MAPS_BYTES_MAX, &text, &size) < 0 ||
	    !size)
		return;
	hash = hash_bytes(HASH_START, text, size);
	if (started != process->started) {
		perf_map_release(&process->perf_map);
		process->jit_loss = (struct jit_loss){ 0 };
		process->lacks_jit_name = false;
		process->perf_looked_ns = 0;
	} else if (hash == process->maps_hash) {
		return;
	}
	maps_release(&process->maps);
	process->is_code_open = false;
	if (maps_parse(TAKE_PTR(text), &process->maps) < 0)
		return;
	process->maps_hash = hash;
	process->started = started;
}

void process_look_again(struct process *process, uint64_t now_ns)
{
	if (now_ns - process->looked_ns >= LOOK_AGAIN_NS)
		look(process, now_ns);
}

/* ---- the table ---- */

static uint16_t *link_to(struct processes *processes, pid_t pid)
{
	uint16_t *link = &processes->buckets[hash_number((uint64_t)pid) % BUCKETS];

	while (*link && processes->slots[*link - 1].pid != pid)
		link = &processes->next[*link - 1];
	return link;
}

void processes_forget(struct processes *processes, pid_t pid)
{
	uint16_t *link = link_to(processes, pid);
	uint16_t slot = *link;

	if (!slot)
		return;
	*link = processes->next[slot - 1];
	processes->next[slot - 1] = 0;
	processes->mappings -= processes->slots[slot - 1].counted;
	process_release(&processes->slots[slot - 1]);
}

size_t processes_count(const struct processes *processes)
{
	size_t count = 0;

	for (size_t i = 0; i < PROCESSES_MAX; i++)
		count += processes->slots[i].pid != 0;
	return count;
}

static struct process *oldest(struct processes *processes, const struct process *except)
{
	struct process *found = NULL;

	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		struct process *process = &processes->slots[i];

		if (process != except && process->pid && (!found || process->used < found->used))
			found = process;
	}
	return found;
}

static struct process *take_slot(struct processes *processes, pid_t pid)
{
	struct process *process;
	uint16_t *link;

	for (process = processes->slots; process < processes->slots + PROCESSES_MAX; process++)
		if (!process->pid)
			break;
	if (process == processes->slots + PROCESSES_MAX) {
		process = oldest(processes, NULL);
		processes_forget(processes, process->pid);
	}
	link = &processes->buckets[hash_number((uint64_t)pid) % BUCKETS];
	processes->next[process - processes->slots] = *link;
	*link = (uint16_t)(process - processes->slots + 1);
	process->pid = pid;
	return process;
}

static void make_room(struct processes *processes, const struct process *except)
{
	struct process *process;

	while (processes->mappings > PROCESSES_MAPPINGS_MAX &&
	       (process = oldest(processes, except)))
		processes_forget(processes, process->pid);
}

int processes_get(struct processes *processes, pid_t pid, uint64_t now_ns, struct process **ret)
{
	uint16_t slot = pid > 0 ? *link_to(processes, pid) : 0;
	struct process *process;

	if (pid <= 0)
		return -ESRCH;
	process = slot ? &processes->slots[slot - 1] : take_slot(processes, pid);
	if (!process->looked_ns || now_ns - process->looked_ns >= LOOK_EVERY_NS)
		look(process, now_ns);
	processes->mappings += process->maps.count - process->counted;
	process->counted = process->maps.count;
	if (!process->maps.count) {
		processes_forget(processes, pid);
		return -ESRCH;
	}
	process->used = ++processes->uses;
	make_room(processes, process);
	*ret = process;
	return 0;
}

struct jit_loss processes_jit_loss(const struct processes *processes, pid_t pid)
{
	uint16_t slot = processes->buckets[hash_number((uint64_t)pid) % BUCKETS];

	while (slot && processes->slots[slot - 1].pid != pid)
		slot = processes->next[slot - 1];
	return slot && processes->slots[slot - 1].lacks_jit_name
		       ? processes->slots[slot - 1].jit_loss
		       : (struct jit_loss){ 0 };
}
