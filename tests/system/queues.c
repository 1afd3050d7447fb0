// SPDX-License-Identifier: BSD-2-Clause
/* The verdict on pools that wait for work, and on locks that only look like such a pool's. */
#include <criterion/criterion.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

#define PYTHON       "/usr/bin/python3"
#define SHARED_QUEUE PYTHON " $PROGRAMS/../../../tests/support/programs/shared_queue.py"

TestSuite(queues, .timeout = 100);

Test(queues, an_idle_pool_is_no_problem)
{
	json_t *report = report_by("$PROGRAMS/locks/idle_pool 8 > /dev/null & sleep 0.3; "
				   "$P attach $! -q -d 1s --json; kill $!");

	assert_no_problem(report, "idle pool");
	assert_verdict(report, "scales-well", "idle pool beside one busy thread");
}

/* Its workers take turns to read from a pipe, under a lock: who waits for that waits for work. */
Test(queues, an_idle_pool_of_python_processes_is_idle)
{
	json_t *report = report_by("$P exec -q --json -o - -- " PYTHON " -c '"
				   "import multiprocessing, time\n"
				   "pool = multiprocessing.Pool(4)\n"
				   "pool.map(abs, range(8))\n"
				   "time.sleep(2)\npool.close()\npool.join()'");

	assert_no_problem(report, "idle pool of Python processes");
	assert_verdict(report, "idle", "idle pool of Python processes");
}

/* Of a channel that a pool shares one has the receiver, and the others wait for work behind it. */
Test(queues, a_pool_that_shares_a_queue_under_a_lock_is_idle)
{
	json_t *report = report_by("$P exec -q --json -o - -- $PROGRAMS/shared_queue work 2");

	assert_no_problem(report, "pool behind the lock of its queue");
	assert_verdict(report, "idle", "pool behind the lock of its queue");
}

/* In Python each who waits for work sleeps on a word of its own, and then waits for the GIL. */
Test(queues, a_python_pool_that_shares_a_queue_under_a_lock_is_idle)
{
	json_t *report = report_by("$P exec -q --json -o - -- " SHARED_QUEUE " work 2");

	assert_no_problem(report, "Python's pool behind the lock of its queue");
	assert_verdict(report, "idle", "Python's pool behind the lock of its queue");
}

Test(queues, a_lock_that_is_held_for_an_answer_of_another_thread_is_lock_bound)
{
	json_t *report = report_by("$P exec -q --json -o - -- $PROGRAMS/shared_queue answers 2");

	assert_verdict(report, "lock-bound", "a lock over a question");
}

Test(queues, a_lock_of_pythons_that_is_held_for_an_answer_of_another_thread_is_lock_bound)
{
	json_t *report = report_by("$P exec -q --json -o - -- " SHARED_QUEUE " answers 2");
	const json_t *lock = json_array_get(json_at(report, "locks"), 0);

	cr_assert(json_is_true(json_at(lock, "contended")));
	cr_assert_gt(number_at(lock, "holder_state_ns.other"),
		     0.9 * (number_at(lock, "holder_state_ns.other") +
			    number_at(lock, "holder_state_ns.lock")),
		     "an answer is no lock: %s", json_dumps(lock, JSON_COMPACT));
	assert_verdict(report, "lock-bound", "a lock of Python's over a question");
}
