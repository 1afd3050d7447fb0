// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/symbol/interpreter.h"

#define STOP_WAIT_S 2

enum job_kind { JOB_STACK, JOB_PLACE, JOB_LOOK, JOB_FORGET };

struct job {
	enum job_kind kind;
	struct raw_stack stack;
	uint8_t *bytes; /* the stack's, owned */
	uint64_t address;
	struct symbol_answer answer; /* its ticket and pid are the job's */
};

/*
 * One ring: `taken` ≤ `done` ≤ `put`, which only ever grow. Between `done` and `put` a job is the
 * worker's, elsewhere the caller's, so that the lock is held for the counts alone.
 */
struct symbol_worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	bool is_stopping;
	uint64_t put, done, taken;
	int fd;
	struct symbolizer *symbolizer;
	struct symbolizer_stats stats;
	struct symbol_frame frames[SYMBOL_FRAMES_MAX];
	struct job jobs[SYMBOL_JOBS_MAX];
};

static struct job *job_at(struct symbol_worker *worker, uint64_t number)
{
	return &worker->jobs[number % SYMBOL_JOBS_MAX];
}

/* ---- the worker's side ---- */

static void wipe(struct job *job)
{
	if (job->bytes)
		explicit_bzero(job->bytes, job->stack.size);
	explicit_bzero(&job->stack.registers, sizeof(job->stack.registers));
	free(job->bytes);
	job->bytes = NULL;
}

static int do_stack(struct symbol_worker *worker, struct job *job)
{
	struct symbol_answer *answer = &job->answer;
	int count = symbolizer_stack(worker->symbolizer, answer->pid, &job->stack, worker->frames,
				     SYMBOL_FRAMES_MAX, &answer->whole);

	if (count > 0 && job->stack.tid)
		count = (int)interpreters_merge(worker->symbolizer, answer->pid, job->stack.tid,
						worker->frames, (size_t)count, SYMBOL_FRAMES_MAX);
	wipe(job);
	if (count <= 0)
		return count;
	answer->frames = calloc((size_t)count, sizeof(*answer->frames));
	if (!answer->frames)
		return -ENOMEM;
	memcpy(answer->frames, worker->frames, (size_t)count * sizeof(*answer->frames));
	answer->frames_count = (size_t)count;
	return 0;
}

static void do_job(struct symbol_worker *worker, struct job *job)
{
	struct symbol_answer *answer = &job->answer;

	switch (job->kind) {
	case JOB_STACK:
		answer->error = do_stack(worker, job);
		break;
	case JOB_PLACE:
		answer->error = symbolizer_place(worker->symbolizer, answer->pid, job->address,
						 &answer->place);
		answer->is_gil =
			!answer->error && symbolizer_is_gil(worker->symbolizer, answer->pid,
							    &answer->place, job->address);
		break;
	case JOB_LOOK:
		symbolizer_look(worker->symbolizer, answer->pid);
		break;
	case JOB_FORGET:
		symbolizer_forget(worker->symbolizer, answer->pid);
		break;
	}
}

static void *work(void *argument)
{
	struct symbol_worker *worker = argument;

	pthread_mutex_lock(&worker->lock);
	while (!worker->is_stopping) {
		struct symbolizer_stats stats;

		if (worker->done == worker->put) {
			pthread_cond_wait(&worker->more, &worker->lock);
			continue;
		}
		pthread_mutex_unlock(&worker->lock);
		do_job(worker, job_at(worker, worker->done));
		symbolizer_stats(worker->symbolizer, &stats);
		pthread_mutex_lock(&worker->lock);
		worker->stats = stats;
		worker->done++;
		eventfd_write(worker->fd, 1);
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

/* ---- life ---- */

static void release(struct symbol_worker *worker)
{
	for (uint64_t i = worker->taken; i < worker->put; i++) {
		struct job *job = job_at(worker, i);

		wipe(job);
		symbol_answer_release(&job->answer);
	}
	symbolizer_free(worker->symbolizer);
	pthread_cond_destroy(&worker->more);
	pthread_mutex_destroy(&worker->lock);
	closep(&worker->fd);
	free(worker);
}

static void releasep(struct symbol_worker **worker)
{
	if (*worker)
		release(*worker);
}

/* Signals are for the event loop, but for the one that is about a file this thread reads. */
static int start(struct symbol_worker *worker)
{
	sigset_t most, before;
	int r;

	sigfillset(&most);
	sigdelset(&most, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &most, &before);
	r = pthread_create(&worker->thread, NULL, work, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

int symbol_worker_new(struct symbol_worker **ret)
{
	_cleanup_(releasep) struct symbol_worker *worker = calloc(1, sizeof(*worker));
	int r;

	if (!worker)
		return -ENOMEM;
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->more, NULL);
	worker->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->fd < 0)
		return -errno;
	r = symbolizer_new(&worker->symbolizer);
	if (r < 0)
		return r;
	r = start(worker);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(worker);
	return 0;
}

void symbol_worker_free(struct symbol_worker *worker)
{
	struct timespec until;

	if (!worker)
		return;
	pthread_mutex_lock(&worker->lock);
	worker->is_stopping = true;
	pthread_cond_signal(&worker->more);
	pthread_mutex_unlock(&worker->lock);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_WAIT_S;
	if (pthread_timedjoin_np(worker->thread, NULL, &until)) {
		pthread_detach(worker->thread);
		return;
	}
	release(worker);
}

/* ---- the caller's side ---- */

/* Takes the job's bytes, also when it fails. */
static int put(struct symbol_worker *worker, struct job *job)
{
	int r = -EAGAIN;

	pthread_mutex_lock(&worker->lock);
	if (worker->put - worker->taken < SYMBOL_JOBS_MAX) {
		*job_at(worker, worker->put++) = *job;
		pthread_cond_signal(&worker->more);
		r = 0;
	}
	pthread_mutex_unlock(&worker->lock);
	if (r < 0)
		wipe(job);
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

int symbol_worker_place(struct symbol_worker *worker, uint64_t ticket, pid_t pid, uint64_t address)
{
	struct job job = {
		.kind = JOB_PLACE,
		.address = address,
		.answer = { .ticket = ticket, .kind = ANSWER_PLACE, .pid = pid },
	};

	return put(worker, &job);
}

int symbol_worker_look(struct symbol_worker *worker, pid_t pid)
{
	struct job job = { .kind = JOB_LOOK, .answer.pid = pid };

	return put(worker, &job);
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
		struct job *job = job_at(worker, worker->taken++);

		found = job->kind == JOB_STACK || job->kind == JOB_PLACE;
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
