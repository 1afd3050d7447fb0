// SPDX-License-Identifier: BSD-2-Clause
/* Who is marked while it is born or dies: each gets one slot, and every slot comes back. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"
#include "tests/bpf/watched.h"

TestSuite(marks, .timeout = 60);

#define SLOTS  512
#define CHURNS 4
#define ROUNDS 500

static void *end_at_once(void *unused)
{
	return unused;
}

/* Threads that live for a moment, until the process is killed. */
static pid_t start_churn(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		pthread_t threads[8];

		for (int i = 0; i < 8; i++)
			pthread_create(&threads[i], NULL, end_at_once, NULL);
		for (int i = 0; i < 8; i++)
			pthread_join(threads[i], NULL);
	}
}

static unsigned int count_slots(struct probe *probe, enum slot_life life)
{
	unsigned int count = 0;

	for (uint32_t i = 0; i < probe_slots_used(probe); i++)
		count += probe_slot(probe, i)->life == life;
	return count;
}

static void free_dead_slots(struct probe *probe)
{
	for (uint32_t i = 0; i < probe_slots_used(probe); i++)
		if (probe_slot(probe, i)->life == SLOT_DEAD)
			cr_assert_eq(probe_slot_free(probe, i), 0);
}

static void mark_and_unmark(struct probe *probe, const pid_t pids[CHURNS])
{
	uint64_t marked;

	for (int i = 0; i < CHURNS; i++)
		cr_assert_eq(probe_want(probe, pids[i], WANT_PID), 0);
	cr_assert_eq(probe_mark(probe, 0, true, false, &marked), 0);
	cr_assert_eq(probe_unmark(probe, 0), 0);
	free_dead_slots(probe);
}

/* Else a daemon that lives for long has none left. */
Test(marks, threads_that_end_meanwhile_leave_no_slot_behind)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = SLOTS });
	pid_t churns[CHURNS];

	for (int i = 0; i < CHURNS; i++)
		churns[i] = start_churn();
	for (int i = 0; i < ROUNDS; i++)
		mark_and_unmark(probe, churns);
	for (int i = 0; i < CHURNS; i++) {
		kill(churns[i], SIGKILL);
		waitpid(churns[i], NULL, 0);
	}
	usleep(50000);
	free_dead_slots(probe);
	cr_assert_eq(count_slots(probe, SLOT_LIVE), 0);
	probe_close(probe);
}
