// SPDX-License-Identifier: BSD-2-Clause
/* The caller's side of the worker: jobs are put in, answers are taken out. */
#include "daemon/symbol/worker_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

/* Takes the job's bytes, also when it fails. */
static int put(struct symbol_worker *worker, struct job *job)
{
	int r = -EAGAIN;

	pthread_mutex_lock(&worker->lock);
	if (worker->put - worker->taken < SYMBOL_JOBS_MAX) {
		*symbol_worker_job(worker, worker->put++) = *job;
		pthread_cond_signal(&worker->more);
		r = 0;
	}
	pthread_mutex_unlock(&worker->lock);
	if (r < 0)
		symbol_job_wipe(job);
	return r;
}

int symbol_worker_stack(struct symbol_worker *worker, uint64_t ticket, pid_t pid,
			const struct raw_stack *stack)
{
	struct job job = {
		.kind = JOB_STACK,
		.stack = *stack,
		.answer = { .ticket = ticket, .kind = ANSWER_STACK, .pid = pid },
	};

	if (job.stack.size > SYMBOL_STACK_BYTES_MAX)
		job.stack.size = SYMBOL_STACK_BYTES_MAX;
	if (job.stack.size) {
		job.bytes = malloc(job.stack.size);
		if (!job.bytes)
			return -ENOMEM;
		memcpy(job.bytes, stack->bytes, job.stack.size);
	}
	job.stack.bytes = job.bytes;
	return put(worker, &job);
}

static int put_address(struct symbol_worker *worker, enum job_kind kind, uint64_t address,
		       const struct symbol_answer *answer)
{
	struct job job = { .kind = kind, .address = address, .answer = *answer };

	return put(worker, &job);
}

int symbol_worker_place(struct symbol_worker *worker, uint64_t ticket, pid_t pid, uint64_t address)
{
	return put_address(
		worker, JOB_PLACE, address,
		&(struct symbol_answer){ .ticket = ticket, .kind = ANSWER_PLACE, .pid = pid });
}

int symbol_worker_java_park(struct symbol_worker *worker, uint64_t ticket, pid_t pid,
			    uint64_t address)
{
	return put_address(
		worker, JOB_JAVA_PARK, address,
		&(struct symbol_answer){ .ticket = ticket, .kind = ANSWER_JAVA_PARK, .pid = pid });
}

int symbol_worker_forget(struct symbol_worker *worker, pid_t pid)
{
	struct job job = { .kind = JOB_FORGET, .answer.pid = pid };

	return put(worker, &job);
}

int symbol_worker_fd(const struct symbol_worker *worker)
{
	return worker->fd;
}

/* Jobs without an answer give their places back on the way. */
bool symbol_worker_next(struct symbol_worker *worker, struct symbol_answer *ret)
{
	bool found = false;
	eventfd_t count;

	pthread_mutex_lock(&worker->lock);
	while (!found && worker->taken < worker->done) {
		struct job *job = symbol_worker_job(worker, worker->taken++);

		found = job->kind != JOB_FORGET;
		if (found)
			*ret = job->answer;
	}
	if (worker->taken == worker->done)
		eventfd_read(worker->fd, &count);
	pthread_mutex_unlock(&worker->lock);
	return found;
}

void symbol_answer_release(struct symbol_answer *answer)
{
	free(answer->frames);
	answer->frames = NULL;
	answer->frames_count = 0;
}

size_t symbol_worker_pending(struct symbol_worker *worker)
{
	size_t pending;

	pthread_mutex_lock(&worker->lock);
	pending = (size_t)(worker->put - worker->taken);
	pthread_mutex_unlock(&worker->lock);
	return pending;
}

void symbol_worker_stats(struct symbol_worker *worker, struct symbolizer_stats *ret)
{
	pthread_mutex_lock(&worker->lock);
	*ret = worker->stats;
	pthread_mutex_unlock(&worker->lock);
}
