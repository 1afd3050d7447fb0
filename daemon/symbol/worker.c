// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/worker_parts.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/symbol/condition.h"
#include "daemon/symbol/interpreter.h"
#include "daemon/symbol/patience.h"

#define STOP_WAIT_S 2

/* Who answered a question so long ago is not asked again before each stack. */
#define BELIEVED_NS (100 * NSEC_PER_MSEC)

/* The next report of the same program, or the next question to it, comes sooner. */
#define REST_AFTER_S 5

/* ---- the worker's side ---- */

void symbol_job_wipe(struct job *job)
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
		count = (int)interpreters_merge(worker->symbolizer, answer->pid, &job->stack,
						worker->frames, (size_t)count, SYMBOL_FRAMES_MAX);
	symbol_job_wipe(job);
	answer->jit_loss = symbolizer_jit_loss(worker->symbolizer, answer->pid);
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

	/* The others' jobs do not wait for who may never answer. */
	if (job->kind != JOB_FORGET && !patience_answers(answer->pid, BELIEVED_NS)) {
		symbol_job_wipe(job);
		answer->error = -EBUSY;
		return;
	}
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
	case JOB_JAVA_PARK:
		answer->text = symbolizer_java_park(worker->symbolizer, answer->pid, job->address);
		break;
	case JOB_FORGET:
		symbolizer_forget(worker->symbolizer, answer->pid);
		break;
	}
}

/* Until there is a job; a while after the last one the symbolizer rests. The lock is held. */
static void wait_for_job(struct symbol_worker *worker, bool *is_resting)
{
	struct timespec until;

	if (*is_resting) {
		pthread_cond_wait(&worker->more, &worker->lock);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += REST_AFTER_S;
	if (pthread_cond_timedwait(&worker->more, &worker->lock, &until) != ETIMEDOUT)
		return;
	pthread_mutex_unlock(&worker->lock);
	symbolizer_rest(worker->symbolizer);
	pthread_mutex_lock(&worker->lock);
	*is_resting = true;
}

/* Who takes answers clears the descriptor with the last of them: the first one sets it. Locked. */
static void finish_job(struct symbol_worker *worker, const struct symbolizer_stats *stats)
{
	worker->stats = *stats;
	if (worker->done++ == worker->taken)
		eventfd_write(worker->fd, 1);
}

static void *work(void *argument)
{
	struct symbol_worker *worker = argument;
	bool is_resting = true;

	pthread_setname_np(pthread_self(), "partraced-names");
	pthread_mutex_lock(&worker->lock);
	while (!worker->is_stopping) {
		struct symbolizer_stats stats;

		if (worker->done == worker->put) {
			wait_for_job(worker, &is_resting);
			continue;
		}
		pthread_mutex_unlock(&worker->lock);
		is_resting = false;
		do_job(worker, symbol_worker_job(worker, worker->done));
		symbolizer_stats(worker->symbolizer, &stats);
		pthread_mutex_lock(&worker->lock);
		finish_job(worker, &stats);
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

/* ---- life ---- */

static void release(struct symbol_worker *worker)
{
	for (uint64_t i = worker->taken; i < worker->put; i++) {
		struct job *job = symbol_worker_job(worker, i);

		symbol_job_wipe(job);
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

/* Mostly the default; libraries go deep in it, and the shell's limit may be less. */
#define WORKER_STACK_BYTES (8ul << 20)

/* Signals are for the event loop, but for the one that is about a file this thread reads. */
static int start(struct symbol_worker *worker)
{
	pthread_attr_t attributes;
	sigset_t most, before;
	int r;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
	sigfillset(&most);
	sigdelset(&most, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &most, &before);
	r = pthread_create(&worker->thread, &attributes, work, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return -r;
}

int symbol_worker_new(struct symbol_worker **ret)
{
	_cleanup_(releasep) struct symbol_worker *worker = calloc(1, sizeof(*worker));
	int r;

	if (!worker)
		return -ENOMEM;
	pthread_mutex_init(&worker->lock, NULL);
	condition_init(&worker->more);
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
