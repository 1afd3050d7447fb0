/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes in which nobody is left to wake anybody. */
#include "tests/unit/diagnose.h"

#include <criterion/criterion.h>
#include <string.h>

#define PID 4242

/* All its threads wait for a lock of this kind, which keeps no owner. */
static struct made *hung(unsigned int threads, enum lock_kind kind, bool contended)
{
	static struct report_process process;
	struct made *made = made_report(4, 10);
	struct report_lock *lock = made_lock(made, "table_lock", kind, contended);

	process = (struct report_process){ .pid = PID, .name = "orderd", .stuck = true };
	made->report.processes = &process;
	made->report.processes_count = 1;
	lock->pid = PID;
	lock->waiting_now = threads;
	lock->confidence = 0.97;
	lock->owner_tid = NO_VALUE;
	for (unsigned int i = 0; i < threads; i++) {
		struct report_thread *thread = made_thread(made, 0, 0);

		thread->pid = PID;
		made_wait(thread, contended ? WAIT_LOCK : WAIT_CONDITION, 1, 10, 0);
		made_waiter(made, lock, thread, 1, 10);
	}
	return made;
}

Test(diagnose_nobody, lock_that_all_wait_for_is_given_up_by_nobody)
{
	struct made *made = hung(3, LOCK_RWLOCK, true);
	const struct report_finding *finding;

	cr_assert_eq(strncmp(found(made), "deadlock problem", 16), 0, "%s", found(made));
	finding = &made->report.findings[0];
	cr_assert(strstr(finding->title, "Nobody is left who could give up table_lock: every "
					 "thread of orderd (4242)"),
		  "%s", finding->title);
	cr_assert(strstr(finding->advice, "snapshot -p 4242"), "%s", finding->advice);
}

Test(diagnose_nobody, only_thread_waits_for_the_lock_itself)
{
	struct made *made = hung(1, LOCK_MUTEX, true);

	found(made);
	cr_assert(strstr(made->report.findings[0].title, "the only thread of orderd (4242) waits "
							 "for it,"),
		  "%s", made->report.findings[0].title);
}

Test(diagnose_nobody, kind_of_lock_that_is_a_guess_is_no_deadlock)
{
	struct made *made = hung(3, LOCK_MUTEX, true);

	made->locks[0].confidence = 0.6;
	cr_assert_null(strstr(found(made), "deadlock"));
}

Test(diagnose_nobody, others_may_wake_who_is_not_stuck)
{
	struct made *made = hung(3, LOCK_MUTEX, true);

	made->report.processes[0].stuck = false;
	cr_assert_null(strstr(found(made), "deadlock"));
}

Test(diagnose_nobody, wait_for_work_is_idle_and_may_hang)
{
	struct made *made = hung(3, LOCK_CONDITION, false);
	const struct report_finding *finding;

	cr_assert_str_eq(found(made), "idle notice");
	finding = &made->report.findings[0];
	cr_assert(strstr(finding->title, "none is left to do so"), "%s", finding->title);
	cr_assert_null(strstr(finding->detail, "Nothing is wrong"), "%s", finding->detail);
	cr_assert_null(strstr(finding->detail, "threading.Lock"), "%s", finding->detail);
}

Test(diagnose_nobody, semaphore_may_be_the_lock_of_python)
{
	struct made *made = hung(1, LOCK_SEMAPHORE, false);

	found(made);
	cr_assert(strstr(made->report.findings[0].title, "there is none"));
	cr_assert(strstr(made->report.findings[0].detail, "threading.Lock"));
}

/* Its children may have been there before, and are not watched. */
Test(diagnose_nobody, parent_that_waits_is_advised_to_be_watched_with_its_children)
{
	struct made *made = made_report(4, 10);
	struct report_process process = { .pid = PID };

	made_wait(made_thread(made, 0, 0), WAIT_CHILD, 1, 10, 0);
	made->report.processes = &process;
	made->report.processes_count = 1;
	cr_assert_str_eq(found(made), "idle ok");
	cr_assert(strstr(made->report.findings[0].advice, "attach --tree -p 4242"), "%s",
		  made->report.findings[0].advice);
}

Test(diagnose_nobody, processes_that_were_not_looked_at_hold_the_verdict_back)
{
	struct made *made = hung(3, LOCK_CONDITION, false);

	made->report.processes[0].stuck = false;
	made->report.completeness.complete = false;
	made->report.completeness.unchecked_processes = 44;
	cr_assert_eq(strncmp(found(made), "incomplete notice", 17), 0, "%s", found(made));
}

Test(diagnose_nobody, process_that_hangs_is_the_verdict_however_many_more_may)
{
	struct made *made = hung(3, LOCK_MUTEX, true);

	made->report.completeness.complete = false;
	made->report.completeness.unchecked_processes = 44;
	cr_assert_eq(strncmp(found(made), "deadlock problem", 16), 0, "%s", found(made));
}

/* Workers wait in memory that they share, their parent for their end. */
static struct made *hung_together(enum lock_kind kind, bool contended)
{
	static struct report_process processes[3];
	struct made *made = hung(3, kind, contended);

	made->locks[0].id = "shared";
	made->locks[0].shared = true;
	made->locks[0].pid = NO_VALUE;
	for (unsigned int i = 0; i < 3; i++) {
		processes[i] = (struct report_process){ .pid = PID + i, .name = "orderd" };
		processes[i].stuck = true;
		made->threads[i].pid = PID + i;
		made->threads[i].exited_ns = NO_VALUE;
		made->threads[i].waits_for = i ? "shared" : NULL;
	}
	made->report.processes = processes;
	made->report.processes_count = 3;
	return made;
}

Test(diagnose_nobody, lock_between_processes_that_all_wait_for_is_given_up_by_nobody)
{
	struct made *made = hung_together(LOCK_MUTEX, true);

	cr_assert_eq(strncmp(found(made), "deadlock problem", 16), 0, "%s", found(made));
	cr_assert(strstr(made->report.findings[0].title,
			 "Nobody is left who could give up table_lock: each process that could (3 "
			 "in all)"),
		  "%s", made->report.findings[0].title);
}

Test(diagnose_nobody, semaphore_between_processes_may_be_the_lock_of_multiprocessing)
{
	struct made *made = hung_together(LOCK_SEMAPHORE, false);
	const struct report_finding *finding;

	cr_assert_str_eq(found(made), "idle notice");
	finding = &made->report.findings[0];
	cr_assert(strstr(finding->title, "give back or wake table_lock (3 in all)"), "%s",
		  finding->title);
	cr_assert(strstr(finding->detail, "multiprocessing.Lock"), "%s", finding->detail);
	cr_assert(strstr(finding->advice, "snapshot -p 4243"), "%s", finding->advice);
}

Test(diagnose_nobody, semaphore_that_nobody_posts_is_named_where_others_could)
{
	struct made *made = hung_together(LOCK_SEMAPHORE, false);

	for (unsigned int i = 0; i < 3; i++)
		made->report.processes[i].stuck = false;
	made->locks[0].waits = 3;
	made->locks[0].max_wait_ns = made->report.window.duration_ns;
	cr_assert_str_eq(found(made), "idle ok");
	cr_assert(strstr(made->report.findings[0].detail,
			 "for table_lock, which nobody was seen to "
			 "post"),
		  "%s", made->report.findings[0].detail);
	made->locks[0].waits = 4;
	found(made);
	cr_assert_null(strstr(made->report.findings[0].detail, "post"), "one was let through");
}
