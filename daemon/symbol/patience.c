// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/patience.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/symbol/condition.h"

#define LOOKS   4
#define LOOK_NS (PATIENCE_NS / LOOKS)

/* Processes whose last answer is remembered. */
#define ANSWERED_KEPT 1024u

enum helper_state { HELPER_IDLE, HELPER_ASKED, HELPER_DONE, HELPER_LEFT };

struct helper {
	struct helper *next;
	pthread_cond_t asked, done;
	enum helper_state state;
	pid_t tid; /* 0: it has not begun */
	pid_t pid; /* whose memory it was last asked about */
	patient_question question;
	void *data; /* its own copy: who asked may be gone */
	uint64_t spent_ns;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct helper *helpers;
static size_t helpers_count;

static _Thread_local uint64_t others_spent_ns;

/* ---- the helper's side; the lock is held ---- */

static void forget(struct helper *helper)
{
	struct helper **at = &helpers;

	while (*at != helper)
		at = &(*at)->next;
	*at = helper->next;
	helpers_count--;
	pthread_cond_destroy(&helper->asked);
	pthread_cond_destroy(&helper->done);
	free(helper);
}

static void answer(struct helper *helper)
{
	uint64_t before_ns = clock_now_ns(CLOCK_THREAD_CPUTIME_ID);

	pthread_mutex_unlock(&lock);
	helper->question(helper->pid, helper->data);
	pthread_mutex_lock(&lock);
	helper->spent_ns = clock_now_ns(CLOCK_THREAD_CPUTIME_ID) - before_ns;
}

static void *help(void *argument)
{
	struct helper *helper = argument;

	pthread_setname_np(pthread_self(), "partraced-asks");
	pthread_mutex_lock(&lock);
	helper->tid = gettid();
	while (helper->state != HELPER_LEFT) {
		if (helper->state != HELPER_ASKED) {
			pthread_cond_wait(&helper->asked, &lock);
			continue;
		}
		answer(helper);
		if (helper->state == HELPER_LEFT)
			break;
		helper->state = HELPER_DONE;
		pthread_cond_signal(&helper->done);
	}
	free(helper->data);
	forget(helper);
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* ---- who asks; the lock is held ---- */

/* Signals are for others, and so is the haste that whoever asks may be in. */
static int start(struct helper *helper)
{
	const struct sched_param none = { 0 };
	sigset_t all, before;
	pthread_attr_t attributes;
	pthread_t thread;
	int r;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_OTHER);
	pthread_attr_setschedparam(&attributes, &none);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&thread, &attributes, help, helper);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return -r;
}

static struct helper *new_helper(void)
{
	struct helper *helper =
		helpers_count < PATIENCE_HELPERS_MAX ? calloc(1, sizeof(*helper)) : NULL;

	if (!helper)
		return NULL;
	condition_init(&helper->asked);
	condition_init(&helper->done);
	helper->next = helpers;
	helpers = helper;
	helpers_count++;
	if (!start(helper))
		return helper;
	forget(helper);
	return NULL;
}

/* NULL: this process has left a question unanswered, or too many have, or there is no memory. */
static struct helper *find_helper(pid_t pid)
{
	struct helper *idle = NULL;

	for (struct helper *helper = helpers; helper; helper = helper->next) {
		if (helper->state == HELPER_LEFT && helper->pid == pid)
			return NULL;
		if (helper->state == HELPER_IDLE)
			idle = helper;
	}
	return idle ? idle : new_helper();
}

/* Asleep, as who waits for a lock in the kernel is; on a busy machine it may only be ready. */
static bool is_asleep(const struct helper *helper)
{
	_cleanup_close_ int fd = -1;
	char text[128], *end;
	ssize_t got;

	if (!helper->tid)
		return false;
	snprintf(text, sizeof(text), "/proc/self/task/%d/stat", helper->tid);
	fd = open(text, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (got <= 0)
		return false;
	text[got] = '\0';
	end = strrchr(text, ')');
	return end && end[1] && (end[2] == 'D' || end[2] == 'S');
}

static void wait_a_while(struct helper *helper)
{
	uint64_t until_ns = monotonic_ns() + LOOK_NS;
	struct timespec until = { .tv_sec = (time_t)(until_ns / NSEC_PER_SEC),
				  .tv_nsec = (long)(until_ns % NSEC_PER_SEC) };
	int r = 0;

	while (helper->state == HELPER_ASKED && r != ETIMEDOUT)
		r = pthread_cond_timedwait(&helper->done, &lock, &until);
}

static int await(struct helper *helper)
{
	unsigned int asleep = 0;

	while (helper->state == HELPER_ASKED) {
		wait_a_while(helper);
		if (helper->state != HELPER_ASKED)
			break;
		asleep = is_asleep(helper) ? asleep + 1 : 0;
		if (asleep < LOOKS)
			continue;
		helper->state = HELPER_LEFT;
		others_spent_ns += PATIENCE_NS;
		return -EBUSY;
	}
	others_spent_ns += helper->spent_ns;
	return 0;
}

static int ask(struct helper *helper, pid_t pid, patient_question question, void *data, size_t size)
{
	void *copy = malloc(size);
	int r;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, data, size);
	helper->pid = pid;
	helper->question = question;
	helper->data = copy;
	helper->state = HELPER_ASKED;
	pthread_cond_signal(&helper->asked);
	r = await(helper);
	if (r < 0)
		return r;
	memcpy(data, copy, size);
	free(copy);
	helper->data = NULL;
	helper->state = HELPER_IDLE;
	return 0;
}

int patience_ask(pid_t pid, patient_question question, void *data, size_t size)
{
	struct helper *helper;
	int r;

	pthread_mutex_lock(&lock);
	helper = find_helper(pid);
	r = helper ? ask(helper, pid, question, data, size) : -EBUSY;
	pthread_mutex_unlock(&lock);
	return r;
}

/* The kernel takes the lock before it sees that nothing is there. */
static void touch(pid_t pid, void *data)
{
	_cleanup_close_ int fd = -1;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	*(char *)data = fd >= 0 && pread(fd, data, 1, 0) == 1;
}

bool patience_answers(pid_t pid, uint64_t believed_ns)
{
	static _Thread_local struct {
		pid_t pid;
		uint64_t at_ns;
	} answered[ANSWERED_KEPT];
	size_t at = (size_t)pid % ANSWERED_KEPT;
	char byte = 0;

	if (answered[at].pid == pid && monotonic_ns() - answered[at].at_ns < believed_ns)
		return true;
	answered[at].pid = 0;
	if (patience_ask(pid, touch, &byte, sizeof(byte)) == -EBUSY)
		return false;
	answered[at].pid = pid;
	answered[at].at_ns = monotonic_ns();
	return true;
}

uint64_t patience_spent_ns(void)
{
	return clock_now_ns(CLOCK_THREAD_CPUTIME_ID) + others_spent_ns;
}
