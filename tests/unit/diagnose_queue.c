/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks that are a queue for work: who has one waits for the next message, as the others do. */
#include "tests/unit/diagnose.h"

#include <criterion/criterion.h>
#include <string.h>

static void call_of(struct report_thread *thread, enum wait_cause cause, const char *name,
		    const char *file)
{
	static struct report_syscall calls[MADE_THREADS];
	static size_t next;
	struct report_syscall *call = &calls[next++ % MADE_THREADS];
	struct report_wait *wait = &thread->figures.waits[cause];

	*call = (struct report_syscall){ name, file, wait->count, wait->time_ns };
	wait->syscalls = call;
	wait->syscalls_count = 1;
}

/* One has the lock and is in that call; three wait for the lock as long: so much of ten seconds. */
static struct made *behind(enum wait_cause cause, const char *name, const char *file, double time)
{
	struct made *made = made_report(4, 10);
	struct report_lock *lock = made_lock(made, "read_lock", LOCK_SEMAPHORE, true);
	struct report_thread *holder = made_thread(made, 10 - time, 0);

	made_wait(holder, cause, 20, time, 0);
	call_of(holder, cause, name, file);
	for (int i = 0; i < 3; i++) {
		struct report_thread *thread = made_thread(made, 10 - time, 0);

		made_wait(thread, WAIT_LOCK, 20, time, 0);
		made_waiter(made, lock, thread, 20, time);
	}
	made_holder(made, lock, holder, 3 * time);
	lock->holder_state_ns.io = made_ns(time);
	return made;
}

Test(diagnose_queue, a_pool_whose_workers_take_turns_to_wait_for_work_is_idle)
{
	struct made *made = behind(WAIT_IPC, "read", "pipe", 9.9);

	cr_assert_str_eq(found(made), "idle ok");
	cr_assert(strstr(made->report.findings[0].detail, "queue for a lock"), "%s",
		  made->report.findings[0].detail);
	cr_assert_str_eq(found(behind(WAIT_IPC, "accept4", "socket", 9.9)), "idle ok");
}

/* A pre-forking server, whose parent waits for the end of its children. */
Test(diagnose_queue, servers_that_all_wait_for_a_client_are_said_to_do_so)
{
	struct made *made = made_report(4, 10);

	for (int i = 0; i < 3; i++) {
		struct report_thread *thread = made_thread(made, 0, 0);

		made_wait(thread, WAIT_IO, 1, 10, 0);
		call_of(thread, WAIT_IO, "accept4", "socket");
	}
	made_wait(made_thread(made, 0, 0), WAIT_CHILD, 1, 10, 0);
	cr_assert_str_eq(found(made), "idle ok");
	cr_assert(strstr(made->report.findings[0].detail, "wait for clients (accept)"), "%s",
		  made->report.findings[0].detail);
}

/* As where its release ended an interval in which it waited itself. */
Test(diagnose_queue, a_holder_that_waited_for_the_lock_all_the_time_is_not_believed)
{
	struct made *made = behind(WAIT_IPC, "read", "pipe", 9.9);

	made->locks[0].holders[0].blocked_others_ns = made_ns(9.9);
	made_holder(made, &made->locks[0], &made->threads[1], 9.9);
	made_holder(made, &made->locks[0], &made->threads[2], 9.9);
	cr_assert_str_eq(found(made), "idle ok");
}

Test(diagnose_queue, a_lock_that_is_held_for_an_answer_is_contention)
{
	cr_assert(strstr(found(behind(WAIT_IPC, "recvfrom", "socket", 9)), "lock-bound problem"));
	cr_assert(strstr(found(behind(WAIT_IO, "fsync", "file", 9)), "lock-bound problem"));
	cr_assert(strstr(found(behind(WAIT_SLEEP, "clock_nanosleep", NULL, 9)),
			 "lock-bound problem"));
}

/*
 * One has the lock and waits for work at a condition, which a thread gives that waits for others
 * itself so many times.
 */
static struct made *given(enum wait_cause cause, const char *name, uint64_t waits_of_giver)
{
	struct made *made = behind(WAIT_CONDITION, "futex", NULL, 9.9);
	struct report_lock *queue = made_lock(made, "queue", LOCK_PARKER, false);
	struct report_thread *giver = made_thread(made, 1, 0);

	made_waiter(made, queue, &made->threads[0], 20, 9.9);
	made_wait(giver, cause, waits_of_giver, 9, 0);
	call_of(giver, cause, name, "socket");
	made_holder(made, queue, giver, 9.9);
	return made;
}

Test(diagnose_queue, a_pool_whose_workers_take_turns_at_a_condition_for_work_is_idle)
{
	struct made *made = given(WAIT_SLEEP, "clock_nanosleep", 10);

	cr_assert_str_eq(found(made), "idle ok");
	cr_assert(strstr(made->report.findings[0].detail, "queue for a lock"), "%s",
		  made->report.findings[0].detail);
	cr_assert_str_eq(found(given(WAIT_IPC, "accept4", 10)), "idle ok");
}

/* As in Python, where who waits at a condition sleeps on a word of its own. */
Test(diagnose_queue, who_gives_work_to_many_is_asked_as_little_for_all_of_them)
{
	struct made *made = given(WAIT_CONDITION, "futex", 10);

	for (int i = 0; i < 3; i++) {
		struct report_lock *queue = made_lock(made, "queue", LOCK_PARKER, false);

		made_waiter(made, queue, &made->threads[1 + i], 20, 1e-3);
		made_holder(made, queue, &made->threads[4], 1e-3);
	}
	cr_assert_str_eq(found(made), "idle ok");
}

Test(diagnose_queue, a_lock_that_is_held_for_an_answer_of_another_thread_is_contention)
{
	cr_assert(strstr(found(given(WAIT_CONDITION, "futex", 10)), "lock-bound problem"));
	cr_assert(strstr(found(given(WAIT_POLL, "epoll_wait", 10)), "lock-bound problem"));
}

Test(diagnose_queue, what_the_holder_does_awake_is_contention)
{
	struct made *made = behind(WAIT_IPC, "read", "pipe", 5);

	made->locks[0].holder_state_ns.io = made_ns(1);
	made->locks[0].holder_state_ns.running = made_ns(4);
	cr_assert(strstr(found(made), "lock-bound problem"));
	cr_assert_float_eq(figure_of(finding_of(made, FINDING_LOCK_BOUND), "lock_wait_ns"), 12e9,
			   1e6);
}

Test(diagnose_queue, another_lock_is_named_before_a_queue_that_is_waited_for_longer)
{
	struct made *made = behind(WAIT_IPC, "read", "pipe", 6);
	struct report_lock *lock = made_lock(made, "index_lock", LOCK_MUTEX, true);

	for (int i = 1; i < 4; i++) {
		made_wait(&made->threads[i], WAIT_LOCK, 40, 9, 0);
		made->threads[i].figures.running_ns = made_ns(1);
		made_waiter(made, lock, &made->threads[i], 20, 3);
	}
	made_holder(made, lock, &made->threads[1], 9);
	lock->holder_state_ns.running = made_ns(3);
	found(made);
	cr_assert(strstr(finding_of(made, FINDING_LOCK_BOUND)->title, "index_lock"), "%s",
		  finding_of(made, FINDING_LOCK_BOUND)->title);
}

Test(diagnose_queue, a_few_polls_are_a_start_and_no_pattern)
{
	struct made *made = made_report(4, 10);
	struct report_thread *thread = made_thread(made, 0.1, 0);

	made_wait(thread, WAIT_POLL, 3, 9.9, 0);
	call_of(thread, WAIT_POLL, "poll", NULL);
	cr_assert_str_eq(found(made), "idle ok");
	thread->figures.waits[WAIT_POLL].syscalls->count = 10;
	cr_assert_str_eq(found(made), "io-bound notice");
}

/* It works a fifth of the time, so that it is no idle thread. */
Test(diagnose_queue, a_server_that_waits_for_clients_waits_for_work)
{
	struct made *made = made_report(4, 10);
	struct report_thread *thread = made_thread(made, 2, 0);

	made_wait(thread, WAIT_IO, 50, 8, 0);
	call_of(thread, WAIT_IO, "accept4", "socket");
	cr_assert_str_eq(found(made), "idle ok");
	call_of(thread, WAIT_IO, "recvfrom", "socket");
	cr_assert_str_eq(found(made), "io-bound notice");
}

/* Four servers take turns to accept under a lock of a file; nobody sees who has it. */
static struct made *behind_a_file(const char *name, double time)
{
	struct made *made = made_report(4, 10);
	struct report_thread *holder = made_thread(made, 10 - time, 0);

	holder->name = "server";
	made_wait(holder, WAIT_IO, 20, time, 0);
	call_of(holder, WAIT_IO, name, "socket");
	for (int i = 0; i < 3; i++) {
		struct report_thread *thread = made_thread(made, 10 - 9.9, 0);

		thread->name = "server";
		made_wait(thread, WAIT_LOCK, 20, 9.9, 0);
		call_of(thread, WAIT_LOCK, "flock", "file");
	}
	return made;
}

Test(diagnose_queue, servers_that_queue_to_accept_under_the_lock_of_a_file_are_idle)
{
	cr_assert_str_eq(found(behind_a_file("accept", 9.9)), "idle ok");
}

Test(diagnose_queue, the_lock_of_a_file_that_is_held_for_work_is_contention)
{
	struct made *made;

	made = behind_a_file("accept", 1);
	cr_assert(strstr(found(made), "lock-bound problem"));
	cr_assert(strstr(made->report.findings[0].title, "is lock wait for locks of files."), "%s",
		  made->report.findings[0].title);
	cr_assert(strstr(found(behind_a_file("recvfrom", 9.9)), "lock-bound problem"));
	made = behind_a_file("accept", 9.9);
	made->threads[0].name = "another";
	cr_assert(strstr(found(made), "lock-bound problem"));
}

Test(diagnose_queue, a_mutex_beside_the_lock_of_a_file_is_not_all_of_the_wait)
{
	struct made *made = behind_a_file("recvfrom", 9.9);
	struct report_lock *lock = made_lock(made, "index_lock", LOCK_MUTEX, true);
	const char *title;

	for (int i = 0; i < 4; i++) {
		struct report_thread *thread = made_thread(made, 0.1, 0);

		made_wait(thread, WAIT_LOCK, 20, 9.9, 0);
		made_waiter(made, lock, thread, 20, 9.9);
	}
	cr_assert(strstr(found(made), "lock-bound problem"));
	title = made->report.findings[0].title;
	cr_assert(strstr(title, "is lock wait, 57 % of it for one mutex: index_lock."), "%s",
		  title);
}

/* Beside one that rests, it waits for completions: so many times in ten seconds. */
static struct made *collector(uint64_t waits)
{
	struct made *made = made_report(4, 10);
	struct report_thread *thread;

	made_wait(made_thread(made, 0, 0), WAIT_CONDITION, 1, 10, 0);
	thread = made_thread(made, 0.1, 0);
	made_wait(thread, WAIT_IO, waits, 9.9, 0);
	call_of(thread, WAIT_IO, "io_uring_enter", "anonymous");
	return made;
}

Test(diagnose_queue, a_collector_of_completions_that_nobody_asked_for_is_idle)
{
	cr_assert_str_eq(found(collector(10)), "idle ok");
	cr_assert(strstr(found(collector(2000)), "io-bound"), "a disk takes so long: %s",
		  found(collector(2000)));
}
