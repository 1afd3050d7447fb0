// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/units.h"
#include "cli/workload/run.h"

#define FILE_BYTES  (1024 * 1024)
#define WRITE_BYTES (64 * 1024)

enum { KIND_SOCKET, KIND_FILE };

static const char *const kinds[] = { [KIND_SOCKET] = "socket", [KIND_FILE] = "file", NULL };

static int io_check(struct workload_plan *plan, char *why, size_t size)
{
	if (plan->choice == KIND_SOCKET || !(plan->given & OPTION_TASK_TIME))
		return 0;
	snprintf(why, size,
		 "--task-time is the service time of --kind socket; a disk takes what it takes");
	return -EINVAL;
}

static uint64_t io_service_ns(const struct workload_plan *plan)
{
	return plan->choice == KIND_SOCKET ? plan->task_time_ns : 0;
}

/* A file without a name, which ends with the worker; not in /tmp, which may be memory. */
static int open_file(struct worker *worker)
{
	const char *folder = getenv("TMPDIR");

	worker->fd =
		open(folder && *folder ? folder : "/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return worker->fd < 0 ? worker_fails(worker, "make a file in $TMPDIR or /var/tmp") : 0;
}

static int io_begin(struct worker *worker)
{
	return worker->arena->plan.choice == KIND_FILE ? open_file(worker)
						       : responder_connect(worker);
}

/* The next piece of the file, and back only when it is on the disk. */
static int write_through(struct worker *worker)
{
	static const char bytes[WRITE_BYTES];
	uint64_t at = worker->truth->io_waits * WRITE_BYTES % FILE_BYTES, from_ns = monotonic_ns();
	ssize_t written = pwrite(worker->fd, bytes, sizeof(bytes), (off_t)at);

	if (written >= 0 && written < (ssize_t)sizeof(bytes))
		errno = ENOSPC;
	if (written != sizeof(bytes) || fdatasync(worker->fd) < 0)
		return worker_fails(worker, "write to its file in $TMPDIR or /var/tmp");
	worker->truth->io_wait_ns += monotonic_ns() - from_ns;
	worker->truth->io_waits++;
	return 0;
}

static int io_task(struct worker *worker)
{
	return worker->arena->plan.choice == KIND_FILE ? write_through(worker)
						       : io_round_trip(worker);
}

const struct workload workload_io = {
	.name = "io",
	.summary = "round trips to a server: gains with every worker",
	.details =
		"Each task is one request over TCP (loopback) to a responder that answers after "
		"the task time; with --kind file it is a write of 64 KiB to a file in $TMPDIR or "
		"/var/tmp that is waited for until it is on the disk. The report shows io as the "
		"cause of waiting; 8 workers are 8 times faster with a socket, and as fast as the "
		"disk with a file.\n"
		"Try next: sudo partrace run io --kind file --threads 4, sudo partrace run mixed "
		"--threads 8",
	.knows = OPTION_TASKS | OPTION_TASK_TIME | OPTION_KIND,
	.has_python_twin = true,
	.choices = kinds,
	.check = io_check,
	.service_ns = io_service_ns,
	.begin = io_begin,
	.task = io_task,
};
