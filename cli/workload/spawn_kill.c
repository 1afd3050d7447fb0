// SPDX-License-Identifier: BSD-2-Clause
#include "cli/workload/spawn_kill.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"

static void sleep_for_ever(void) __attribute__((noreturn));
static void sleep_for_ever(void)
{
	for (;;)
		pause();
}

static void end_child(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Of those that are left, how many still live once the killed one's end is known. */
static void try_processes(struct kill_trial *trial, const pid_t *siblings)
{
	uint64_t from_ns = monotonic_ns();

	end_child(siblings[0]);
	trial->killed_ns = monotonic_ns() - from_ns;
	trial->siblings = SIBLINGS - 1;
	for (unsigned int i = 1; i < SIBLINGS; i++)
		trial->survivors += waitpid(siblings[i], NULL, WNOHANG) == 0;
}

static int kill_a_process(struct kill_trial *trial)
{
	pid_t parent = getpid(), siblings[SIBLINGS] = { 0 };
	int r = 0;

	for (unsigned int i = 0; !r && i < SIBLINGS; i++) {
		siblings[i] = fork();
		if (siblings[i] == 0) {
			die_with(parent);
			sleep_for_ever();
		}
		if (siblings[i] < 0)
			r = -errno;
	}
	if (!r)
		try_processes(trial, siblings);
	for (unsigned int i = r ? 0 : 1; i < SIBLINGS; i++)
		end_child(siblings[i]);
	return r;
}

static void *be_a_sibling(void *argument)
{
	struct spawn_kill *shared = argument;

	shared->threads[shared->born++] = gettid();
	shared->ready++;
	sleep_for_ever();
}

static void be_a_process_of_threads(struct spawn_kill *shared, pid_t parent)
{
	pthread_t thread;

	die_with(parent);
	for (unsigned int i = 0; i < SIBLINGS; i++)
		if (pthread_create(&thread, NULL, be_a_sibling, shared) != 0)
			_exit(1);
	sleep_for_ever();
}

/* Its process goes with it: no sibling is there any more when that is known. */
static int kill_a_thread(struct spawn_kill *shared)
{
	pid_t parent = getpid(), process = fork();
	uint64_t from_ns;
	int status;

	if (process < 0)
		return -errno;
	if (process == 0)
		be_a_process_of_threads(shared, parent);
	while (shared->ready < SIBLINGS) {
		if (waitpid(process, &status, WNOHANG) == process)
			return -EAGAIN;
		usleep(100);
	}
	from_ns = monotonic_ns();
	syscall(SYS_tgkill, process, shared->threads[0], SIGKILL);
	while (waitpid(process, &status, 0) < 0 && errno == EINTR)
		;
	shared->thread.killed_ns = monotonic_ns() - from_ns;
	shared->thread.siblings = SIBLINGS - 1;
	for (unsigned int i = 1; i < SIBLINGS; i++)
		shared->thread.survivors +=
			syscall(SYS_tgkill, process, shared->threads[i], 0) == 0;
	return 0;
}

int spawn_kill_one(struct spawn_kill *shared)
{
	int r = kill_a_process(&shared->process);

	return r < 0 ? r : kill_a_thread(shared);
}

static json_t *trial_json(const char *of, const struct kill_trial *trial)
{
	return json_pack("{s:s,s:I,s:i,s:i}", "of", of, "killed_ns", (json_int_t)trial->killed_ns,
			 "siblings", (int)trial->siblings, "survivors", (int)trial->survivors);
}

json_t *spawn_kill_json(const struct spawn_kill *shared)
{
	return json_pack("[o,o]", trial_json("process", &shared->process),
			 trial_json("thread", &shared->thread));
}
