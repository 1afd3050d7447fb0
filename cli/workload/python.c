// SPDX-License-Identifier: BSD-2-Clause
/* The interpreter as our child: in a process group of its own, so that all of it can be ended. */
#include "cli/workload/python.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "cli/workload/python_child.h"
#include "cli/workload/run.h"

#define START_TIMEOUT_NS (60 * NSEC_PER_SEC)
#define LOOK_MS          2
#define END_PATIENCE_MS  2000

struct python_run {
	struct python_child child;
	const char *workload;
	pid_t *targets;
	size_t target_count;
	json_t *document;
	uint64_t started_ns;
	bool asked_to_end;
};

static void python_freep(struct python_run **run)
{
	python_free(*run);
}

/* Ctrl-C is blocked and waits for whoever reads it; it shall not wait for a Python that hangs. */
static bool is_interrupted(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) ||
	       sigismember(&pending, SIGHUP);
}

/* Whoever we are told to watch has to be of the interpreter's own group. */
static int check_targets(const struct python_run *run, char *why, size_t size)
{
	for (size_t i = 0; i < run->target_count; i++) {
		if (getpgid(run->targets[i]) == run->child.pid)
			continue;
		snprintf(why, size, "it said that its worker is %d, which is none of its own",
			 run->targets[i]);
		return -EBADMSG;
	}
	return 0;
}

/* 0 when the first line is complete, -EAGAIN when it isn't yet. */
static int take_ready(struct python_run *run, char *why, size_t size)
{
	const char *text = run->child.said;
	size_t length = python_child_said(&run->child);
	const char *end = memchr(text, '\n', length);
	int r;

	if (!end)
		return -EAGAIN;
	r = python_parse_ready(text, (size_t)(end - text), &run->targets, &run->target_count, why,
			       size);
	return r < 0 ? r : check_targets(run, why, size);
}

static int wait_until_ready(struct python_run *run, char *why, size_t size)
{
	uint64_t until_ns = monotonic_ns() + START_TIMEOUT_NS;
	struct pollfd end = { .fd = run->child.pidfd, .events = POLLIN };

	for (;;) {
		bool ended = poll(&end, 1, LOOK_MS) > 0;
		int r = take_ready(run, why, size);

		if (r != -EAGAIN)
			return r;
		if (ended) {
			snprintf(why, size, "it ended before its workers were ready");
			return -EIO;
		}
		if (is_interrupted()) {
			snprintf(why, size, "interrupted before the workers were ready");
			return -EINTR;
		}
		if (monotonic_ns() > until_ns) {
			snprintf(why, size, "its workers were not ready after 60 s");
			return -ETIMEDOUT;
		}
	}
}

int python_start(const struct workload_plan *plan, struct python_run **ret, char *why, size_t size)
{
	_cleanup_(python_freep) struct python_run *run = calloc(1, sizeof(*run));
	struct python_arguments arguments;
	char script[4096], reason[128] = "";
	int r;

	if (!run)
		return -ENOMEM;
	run->child = PYTHON_CHILD_NONE;
	run->workload = plan->workload->name;
	r = python_script(script, sizeof(script));
	if (r < 0) {
		snprintf(why, size,
			 "the workloads in Python are not installed: there is no %.160s; install "
			 "partrace with them (make install)",
			 script);
		return r;
	}
	python_arguments(plan, script, &arguments);
	r = python_child_start(&run->child, &arguments, plan->has_cpus ? &plan->cpus : NULL);
	if (r < 0) {
		snprintf(why, size, "cannot start the workload in Python: %s", strerror(-r));
		return r;
	}
	r = wait_until_ready(run, reason, sizeof(reason));
	if (r < 0) {
		python_child_end(&run->child);
		if (r == -EINTR)
			snprintf(why, size, "%s", reason);
		else
			python_child_explain(&run->child, reason, why, size);
		return r;
	}
	*ret = TAKE_PTR(run);
	return 0;
}

const pid_t *python_targets(const struct python_run *run, size_t *ret_count)
{
	*ret_count = run->target_count;
	return run->targets;
}

void python_go(struct python_run *run)
{
	run->started_ns = monotonic_ns();
	/* If it has ended meanwhile, python_finish() says so. */
	send(run->child.go, "\n", 1, MSG_NOSIGNAL);
}

int python_fd(const struct python_run *run)
{
	return run->child.pidfd;
}

void python_stop(struct python_run *run)
{
	run->asked_to_end = true;
	if (!run->child.reaped)
		kill(run->child.pid, SIGTERM);
}

static bool is_good_end(const struct python_run *run)
{
	return !run->child.status ||
	       (run->asked_to_end && run->child.status == 128 + SIGTERM && run->child.exited);
}

/* Behind the line that said it was ready. */
static int take_truth(struct python_run *run, char *why, size_t size)
{
	const char *text = run->child.said;
	size_t length = python_child_said(&run->child);
	const char *first = memchr(text, '\n', length);

	if (!is_good_end(run)) {
		snprintf(why, size, "it failed");
		return -EIO;
	}
	length -= (size_t)(first + 1 - text);
	if (!length) {
		snprintf(why, size, "it ended without telling its own figures");
		return -EBADMSG;
	}
	return python_parse_truth(first + 1, length, run->workload, &run->document, why, size);
}

int python_finish(struct python_run *run, struct workload_result *ret, char *why, size_t size)
{
	struct pollfd end = { .fd = run->child.pidfd, .events = POLLIN };
	char reason[160] = "";
	int r;

	if (poll(&end, 1, run->asked_to_end ? END_PATIENCE_MS : -1) == 0)
		snprintf(reason, sizeof(reason), "it did not end when it was asked to");
	python_child_end(&run->child);
	r = *reason ? -ETIMEDOUT : take_truth(run, reason, sizeof(reason));
	if (r < 0) {
		python_child_explain(&run->child, reason, why, size);
		return r;
	}
	*ret = (struct workload_result){
		.tasks = (uint64_t)json_integer_value(json_object_get(run->document, "tasks")),
		.started_ns = run->started_ns,
		.elapsed_ns =
			(uint64_t)json_integer_value(json_object_get(run->document, "elapsed_ns")),
		.document = run->document,
	};
	return 0;
}

void python_free(struct python_run *run)
{
	if (!run)
		return;
	python_child_release(&run->child);
	json_decref(run->document);
	free(run->targets);
	free(run);
}
