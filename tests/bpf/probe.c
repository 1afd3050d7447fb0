// SPDX-License-Identifier: BSD-2-Clause
/* The probes on this kernel, without server or client; the fallbacks too. */
#include <bpf/bpf.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"
#include "tests/bpf/watched.h"

TestSuite(probe, .timeout = 60);

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

/* What such a child has done once it has ended. */
static struct thread_slot watch_child(struct probe_options options)
{
	struct probe *probe = open_probe(options);
	struct thread_slot slot;
	int go, status;
	pid_t pid = start_child(&go);

	cr_assert_eq(watch_process(probe, 0, pid), 1);
	cr_assert(write(go, "!", 1) == 1);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	usleep(50000);
	slot = *probe_slot(probe, 0);
	cr_assert_eq(slot.tid, (unsigned int)pid);
	close(go);
	probe_close(probe);
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
	struct thread_slot slot = watch_child((struct probe_options){ .max_threads = 64 });

	check_child(&slot);
}

Test(probe, works_without_the_run_queues_clock)
{
	struct thread_slot slot =
		watch_child((struct probe_options){ .max_threads = 64, .without_rq_clock = true });

	cr_assert_eq(slot.waits[WAIT_SLEEP].count, 20);
}

Test(probe, works_without_the_kernels_run_delay)
{
	struct thread_slot slot = watch_child(
		(struct probe_options){ .max_threads = 64, .without_sched_info = true });

	cr_assert_eq(slot.waits[WAIT_SLEEP].count, 20);
	cr_assert_leq(slot.ready_ns, slot.died_ns - slot.counted_from_ns);
}

Test(probe, works_without_typed_casts)
{
	struct thread_slot slot = watch_child(
		(struct probe_options){ .max_threads = 64, .without_typed_cast = true });

	check_child(&slot);
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

/* Else two threads share one slot, and the figures of both are wrong. */
Test(probe, a_slot_given_back_is_not_given_back_again_for_a_zombie)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 64 });
	siginfo_t ended;
	int go;
	pid_t child = start_child(&go);

	watch_process(probe, 0, child);
	kill(child, SIGKILL);
	cr_assert_eq(waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT), 0);
	usleep(50000);
	cr_assert_eq(probe_slot(probe, 0)->life, SLOT_DEAD);
	cr_assert_eq(probe_slot_free(probe, 0), 0);
	cr_assert_eq(probe_unmark(probe, 0), 0);
	cr_assert_eq(probe_slot(probe, 0)->life, SLOT_FREE);
	cr_assert_eq(waitpid(child, NULL, 0), child);
	close(go);
	probe_close(probe);
}

static uint32_t last_program(void)
{
	uint32_t id = 0;

	while (!bpf_prog_get_next_id(id, &id))
		;
	return id;
}

/* Instructions that the verifier looked at for our programs after `id`; 0 before Linux 5.16. */
static uint64_t verified_since(uint32_t id)
{
	struct bpf_prog_info info;
	uint64_t sum = 0;

	while (!bpf_prog_get_next_id(id, &id)) {
		uint32_t size = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id);

		memset(&info, 0, sizeof(info));
		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size) &&
		    !strncmp(info.name, "partrace_", 9))
			sum += info.verified_insns;
		if (fd >= 0)
			close(fd);
	}
	return sum;
}

/* The kernel gives up at a million for one program. */
Test(probe, loads_without_keeping_the_verifier_busy)
{
	uint32_t before = last_program();
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 16384 });
	uint64_t looked_at = verified_since(before);

	cr_assert_leq(looked_at, 1000000, "%llu instructions", (unsigned long long)looked_at);
	probe_close(probe);
}

/* New mappings go right below the last one: what is mapped first lies behind the slots. */
Test(probe, of_few_threads_takes_no_memory_but_its_own_with_it)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 1 });
	size_t bytes = 64 * sizeof(struct thread_slot);
	char *behind = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert(behind != MAP_FAILED && probe_slot(probe, 0));
	cr_assert_null(probe_slot(probe, 1));
	probe_close(probe);
	cr_assert_eq(msync(behind, bytes, MS_ASYNC), 0, "some of it is mapped no longer");
	munmap(behind, bytes);
}
