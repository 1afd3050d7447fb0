// SPDX-License-Identifier: BSD-2-Clause
/* The probes on this kernel, without server or client; the fallbacks too. */
#include "daemon/probe/probe.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"

TestSuite(probe, .timeout = 60);

static struct probe *open_probe(struct probe_options options)
{
	struct probe *probe = NULL;
	char why[256] = "";

	cr_assert_eq(probe_open(&options, &probe, why, sizeof(why)), 0, "%s", why);
	return probe;
}

/* A child that sleeps 20 times for 5 ms and computes in between, once it may. */
static pid_t start_child(int *ret_go)
{
	int go[2];
	pid_t pid;

	cr_assert_eq(pipe(go), 0);
	pid = fork();
	if (pid == 0) {
		char byte;

		if (read(go[0], &byte, 1) != 1)
			_exit(1);
		for (int i = 0; i < 20; i++) {
			uint64_t until_ns = monotonic_ns() + NSEC_PER_MSEC;

			usleep(5000);
			while (monotonic_ns() < until_ns)
				;
		}
		_exit(0);
	}
	close(go[0]);
	*ret_go = go[1];
	usleep(20000);
	return pid;
}

static struct thread_slot watch_child(struct probe *probe)
{
	struct thread_slot slot;
	uint64_t marked = 0;
	int go, status;
	pid_t pid = start_child(&go);

	cr_assert_eq(probe_want(probe, pid, WANT_PID), 0);
	cr_assert_eq(probe_mark(probe, 0, true, false, &marked), 0);
	cr_assert_eq(marked, 1);
	cr_assert(write(go, "!", 1) == 1);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	usleep(50000);
	slot = *probe_slot(probe, 0);
	cr_assert_eq(slot.tid, (unsigned int)pid);
	close(go);
	return slot;
}

static void check_child(const struct thread_slot *slot)
{
	cr_assert_eq(slot->life, SLOT_DEAD);
	cr_assert_eq(slot->waits[WAIT_SLEEP].count, 20);
	cr_assert(slot->waits[WAIT_SLEEP].time_ns >= 98 * NSEC_PER_MSEC, "%llu",
		  slot->waits[WAIT_SLEEP].time_ns);
	cr_assert_eq(slot->waits[WAIT_IPC].count, 1, "the pipe it waited on for its go");
	cr_assert_eq(slot->died_ns - slot->counted_from_ns,
		     slot->running_ns + slot->ready_ns + slot->waiting_ns);
	cr_assert_eq(slot->missed_switches, 0);
}

Test(probe, sees_what_a_child_waits_for_and_how_long)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 64 });
	struct thread_slot slot = watch_child(probe);

	check_child(&slot);
	probe_close(probe);
}

Test(probe, works_without_the_run_queues_clock)
{
	struct probe *probe =
		open_probe((struct probe_options){ .max_threads = 64, .without_rq_clock = true });
	struct thread_slot slot = watch_child(probe);

	cr_assert_eq(slot.waits[WAIT_SLEEP].count, 20);
	probe_close(probe);
}

Test(probe, works_without_the_kernels_run_delay)
{
	struct probe *probe =
		open_probe((struct probe_options){ .max_threads = 64, .without_sched_info = true });
	struct thread_slot slot = watch_child(probe);

	cr_assert_eq(slot.waits[WAIT_SLEEP].count, 20);
	cr_assert_leq(slot.ready_ns, slot.died_ns - slot.counted_from_ns);
	probe_close(probe);
}

Test(probe, works_without_typed_casts)
{
	struct probe *probe =
		open_probe((struct probe_options){ .max_threads = 64, .without_typed_cast = true });
	struct thread_slot slot = watch_child(probe);

	check_child(&slot);
	probe_close(probe);
}

Test(probe, counts_a_target_that_finds_no_slot)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 1 });
	uint64_t marked;
	int go[2];
	pid_t one = start_child(&go[0]), other = start_child(&go[1]);

	probe_want(probe, one, WANT_PID);
	probe_want(probe, other, WANT_PID);
	cr_assert_eq(probe_mark(probe, 0, true, false, &marked), 0);
	cr_assert_eq(marked, 1);
	cr_assert_eq(probe_losses(probe).untracked, 1);
	kill(one, SIGKILL);
	kill(other, SIGKILL);
	waitpid(one, NULL, 0);
	waitpid(other, NULL, 0);
	probe_close(probe);
}

Test(probe, loads_without_keeping_the_verifier_busy)
{
	uint64_t from_ns = monotonic_ns();
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 16384 });

	/* Generous: the budget is a benchmark's; this finds a verifier run that exploded. */
	cr_assert_lt(monotonic_ns() - from_ns, 3 * NSEC_PER_SEC);
	probe_close(probe);
}
