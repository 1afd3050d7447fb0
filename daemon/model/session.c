// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/model/parallelism.h"
#include "daemon/model/session_parts.h"

static int copy_text(const char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return from && !*to ? -1 : 0;
}

static int copy_target(struct report_target *to, const struct report_target *from)
{
	*to = (struct report_target){ .workers = from->workers };
	if (copy_text(&to->kind, from->kind) || copy_text(&to->what, from->what) ||
	    copy_text(&to->workload, from->workload) || copy_text(&to->runtime, from->runtime) ||
	    copy_text(&to->mode, from->mode))
		return -1;
	to->command = calloc(from->command_count + 1, sizeof(*to->command));
	if (!to->command)
		return -1;
	for (size_t i = 0; i < from->command_count; i++, to->command_count++)
		if (copy_text(&to->command[i], from->command[i]))
			return -1;
	return 0;
}

static void release_target(struct report_target *target)
{
	for (size_t i = 0; i < target->command_count; i++)
		free((char *)target->command[i]);
	free(target->command);
	free((char *)target->kind);
	free((char *)target->what);
	free((char *)target->workload);
	free((char *)target->runtime);
	free((char *)target->mode);
}

struct session *session_new(uint32_t set, uint32_t slots, uint32_t cpus,
			    const struct report_target *target)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	session->set = set;
	session->slot_count = slots;
	session->cpu_count = cpus;
	session->first = calloc(slots, sizeof(*session->first));
	session->first_cpus = calloc(cpus, sizeof(*session->first_cpus));
	session->cpus = calloc(cpus, sizeof(*session->cpus));
	session->lives = calloc(slots, sizeof(*session->lives));
	session->starts = calloc(slots, sizeof(*session->starts));
	session->exited = calloc(SESSION_EXITED_ROWS, sizeof(*session->exited));
	session->processes = process_table_new(SESSION_PROCESS_ROWS);
	session->locks = lock_window_new(set);
	session->code = code_window_new();
	if (session->first && session->lives && session->starts && session->first_cpus &&
	    session->cpus && session->exited && session->processes && session->locks &&
	    session->code && copy_target(&session->target, target) == 0)
		return session;
	session_free(session);
	return NULL;
}

void session_free(struct session *session)
{
	if (!session)
		return;
	for (uint32_t i = 0; session->first && i < session->slot_count; i++)
		free(session->first[i]);
	for (uint32_t i = 0; session->lives && i < session->slot_count; i++)
		free(session->lives[i]);
	free(session->first);
	free(session->lives);
	free(session->first_cpus);
	free(session->cpus);
	free(session->starts);
	free(session->exited);
	process_table_free(session->processes);
	lock_window_free(session->locks);
	code_window_free(session->code);
	release_target(&session->target);
	bucket_list_release(&session->exited_buckets);
	bucket_list_release(&session->row_buckets);
	free(session->rows);
	free(session->report_processes);
	free(session->report_pids);
	free(session->report_lives);
	free(session->report_syscalls);
	free(session->report_threads);
	free(session->report_cpus);
	free(session);
}

struct lock_window *session_locks(const struct session *session)
{
	return session->locks;
}

struct code_window *session_code(const struct session *session)
{
	return session->code;
}

uint32_t session_set(const struct session *session)
{
	return session->set;
}

const char *session_kind(const struct session *session)
{
	return session->target.kind ? session->target.kind : "attach";
}

const char *session_started_at(const struct session *session)
{
	return session->started_at;
}

uint64_t session_opened_ns(const struct session *session)
{
	return session->opened_ns;
}

/* ---- the first look ---- */

void session_open(struct session *session, uint64_t now_ns, const char *started_at,
		  const struct set_totals *set)
{
	session->opened_ns = now_ns;
	snprintf(session->started_at, sizeof(session->started_at), "%s", started_at);
	set_totals_at(set, now_ns, &session->first_set);
}

static int look_first(struct session *session, uint32_t index, const struct thread_slot *slot,
		      uint64_t at_ns, uint64_t integral)
{
	struct first_look *first;

	if (index >= session->slot_count)
		return -EINVAL;
	first = malloc(sizeof(*first));
	if (!first)
		return -ENOMEM;
	first->generation = slot->generation;
	thread_values_at(slot, session->set, at_ns, (int64_t)integral, false, &first->values);
	free(session->first[index]);
	session->first[index] = first;
	session_runs_first(session, slot, at_ns);
	return process_get(session->processes, slot->pid, slot->process_ktime_ns) ? 0 : -ENOMEM;
}

int session_open_thread(struct session *session, uint32_t index, const struct thread_slot *slot)
{
	return look_first(session, index, slot, session->opened_ns, session->first_set.integral);
}

int session_join_thread(struct session *session, uint32_t index, const struct thread_slot *slot,
			uint64_t now_ns, const struct set_totals *set)
{
	struct set_totals now;

	set_totals_at(set, now_ns, &now);
	return look_first(session, index, slot, now_ns, now.integral);
}

int session_process(struct session *session, uint32_t pid, uint64_t start_ktime_ns,
		    const char *name, const char *command, uint64_t rss_bytes, uint64_t pss_bytes)
{
	struct process *process = process_get(session->processes, pid, start_ktime_ns);

	if (!process)
		return -ENOMEM;
	if (name)
		snprintf(process->name, sizeof(process->name), "%s", name);
	if (command) {
		free(process->command);
		process->command = strdup(command);
	}
	if (rss_bytes != NO_VALUE)
		process->rss_bytes = rss_bytes;
	if (pss_bytes != NO_VALUE)
		process->pss_bytes = pss_bytes;
	return 0;
}

void session_forget_memory(struct session *session, uint32_t pid, uint64_t start_ktime_ns)
{
	struct process *process = process_get(session->processes, pid, start_ktime_ns);

	if (process)
		process->rss_bytes = process->pss_bytes = NO_VALUE;
}
