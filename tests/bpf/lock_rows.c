// SPDX-License-Identifier: BSD-2-Clause
/* The table of locks when it is full. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/units.h"
#include "tests/bpf/watched.h"

TestSuite(lock_rows, .timeout = 60);

#define HOME 7u

/* Every row is one process's view of the lock that has its home in this row. */
static void fill_by_one_shared_lock(struct probe *probe)
{
	uint64_t *keys = (uint64_t *)probe_lock_keys(probe);

	for (uint32_t i = 0; i < LOCK_ROWS; i++) {
		struct lock_row *row = probe_lock(probe, i);

		cr_assert(row);
		row->address = keys[i] = 0x1000;
		row->tgid = i + 1;
		row->home = HOME;
	}
}

static void wait_a_moment(int *word)
{
	struct timespec moment = { .tv_nsec = NSEC_PER_MSEC };

	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, *word, &moment, NULL, 0);
}

static uint64_t lost_after_a_wait(uint64_t waiters_at_home)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 64 });
	uint64_t lost;
	int word = 2;

	fill_by_one_shared_lock(probe);
	probe_lock(probe, HOME - 1)->word = waiters_at_home << SET_TIME_BITS;
	watch_process(probe, 0, getpid());
	wait_a_moment(&word);
	lost = probe_losses(probe).locks;
	cr_assert_eq(probe_lock(probe, HOME - 1)->home, HOME, "the home was taken");
	probe_close(probe);
	return lost;
}

/* Else processes that come and go would fill it, and no other lock be seen any more. */
Test(lock_rows, of_a_shared_lock_make_room_for_others)
{
	cr_assert_eq(lost_after_a_wait(0), 0);
}

/* Its waiters are counted in the home: whoever waits in which row is not known. */
Test(lock_rows, of_a_shared_lock_that_is_waited_for_are_kept)
{
	cr_assert_eq(lost_after_a_wait(1), 1);
}

/* The first edge that has waits; `ret_waits`: of all edges. */
static uint32_t edge_with_waits(struct probe *probe, uint64_t *ret_waits)
{
	const struct lock_edge *edges = probe_edges(probe);
	uint32_t found = EDGE_ROWS;

	*ret_waits = 0;
	for (uint32_t i = EDGE_ROWS; i-- > 0;)
		if (probe_edge_keys(probe)[i] && edges[i].waits) {
			*ret_waits += edges[i].waits;
			found = i;
		}
	return found;
}

/* It may be a target of a session that goes on: its waits would have nobody who waited. */
Test(lock_rows, of_a_thread_that_were_given_back_do_not_swallow_what_it_waits_for_next)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 64 });
	uint64_t waits;
	int word = 2;

	watch_process(probe, 0, getpid());
	wait_a_moment(&word);
	probe_edge_free(probe, edge_with_waits(probe, &waits));
	cr_assert_eq(waits, 1);
	cr_assert_eq(edge_with_waits(probe, &waits), EDGE_ROWS);
	wait_a_moment(&word);
	edge_with_waits(probe, &waits);
	cr_assert_eq(waits, 1);
	probe_close(probe);
}

#define PROCESSES 500u

/* What others than this process have waited. */
static uint64_t waits_of_children(struct probe *probe)
{
	const struct lock_edge *edges = probe_edges(probe);
	uint64_t waits = 0;

	for (uint32_t i = 0; i < EDGE_ROWS; i++)
		if (probe_edge_keys(probe)[i] && edges[i].pid != (__u32)getpid())
			waits += edges[i].waits;
	return waits;
}

/* On a slow machine the moment may be over before it sleeps. */
static bool slept_for_a_moment(int *word)
{
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	wait_a_moment(word);
	getrusage(RUSAGE_SELF, &after);
	return after.ru_nvcsw > before.ru_nvcsw;
}

/* The kernel gives each the memory that the last one had, and its lock lies where that one's was.
 */
Test(lock_rows, of_processes_that_live_one_after_the_other_are_found_room_for)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 2 * PROCESSES });
	uint64_t waits, slept = 0;
	int word = 2, status;

	watch_process(probe, 0, getpid());
	for (unsigned int i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(slept_for_a_moment(&word));
		cr_assert_eq(waitpid(pid, &status, 0), pid);
		slept += WEXITSTATUS(status);
	}
	waits = waits_of_children(probe);
	cr_assert_gt(slept, PROCESSES / 2);
	cr_assert_eq(waits, slept, "%" PRIu64 " waits, %" PRIu64 " slept, %" PRIu64 " untracked",
		     waits, slept, probe_losses(probe).untracked);
	cr_assert_eq(probe_lock_losses(probe, 0)->waits, 0);
	probe_close(probe);
}

#define NEW_LOCKS 600

static int new_words[NEW_LOCKS];
static atomic_int arrived;

/* Both wait for each word at the same moment, which nobody has waited for before. */
static void *meet_at_each(void *cpu)
{
	cpu_set_t only;

	CPU_ZERO(&only);
	CPU_SET((size_t)cpu, &only);
	cr_assert_eq(sched_setaffinity(0, sizeof(only), &only), 0);
	for (int i = 0; i < NEW_LOCKS; i++) {
		atomic_fetch_add(&arrived, 1);
		while (atomic_load(&arrived) < 2 * (i + 1))
			;
		wait_a_moment(&new_words[i]);
	}
	return NULL;
}

static size_t rows_of(struct probe *probe, const int *word)
{
	size_t count = 0;

	for (uint32_t i = 0; i < LOCK_ROWS; i++)
		count += probe_lock_keys(probe)[i] == (uintptr_t)word;
	return count;
}

/* Who takes a row is waited for, but not for long: a guest's host may take its CPU away meanwhile.
 */
#define MISSED_MEETINGS (NEW_LOCKS / 100)

/* Each of two rows would have half of the waiters, and of the holders. */
Test(lock_rows, of_a_new_lock_that_two_cpus_meet_at_is_one)
{
	struct probe *probe;
	pthread_t threads[2];
	size_t rows = 0;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		cr_skip_test("there is one CPU here");
	probe = open_probe((struct probe_options){ .max_threads = 64 });
	watch_process(probe, 0, getpid());
	for (size_t i = 0; i < 2; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, meet_at_each, (void *)i), 0);
	for (size_t i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < NEW_LOCKS; i++)
		rows += rows_of(probe, &new_words[i]);
	cr_assert_eq(rows, NEW_LOCKS, "%zu rows for %d locks", rows, NEW_LOCKS);
	probe_close(probe);
}
