/* SPDX-License-Identifier: BSD-2-Clause */
/* What to do about a lock, by what its holder does meanwhile. */
#include "tests/unit/diagnose.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *advice_where_the_holder_is(struct made *made, struct report_holder_state state)
{
	made->locks[0].holder_state_ns = state;
	found(made);
	return finding_of(made, FINDING_LOCK_BOUND)->advice;
}

static const struct report_holder_state ready = { .running = 1, .ready = 9 };
static const struct report_holder_state at_io = { .running = 1, .io = 9 };
static const struct report_holder_state asleep = { .running = 1, .other = 9 };

static struct made *behind(const char *kind)
{
	struct made *made = contended(4, 1, 9);

	made->culprit = (struct report_culprit){
		.tid = 7, .name = "stress", .kind = kind, .ahead_ns = made_ns(9)
	};
	made->report.run_queue.culprits = &made->culprit;
	made->report.run_queue.culprits_count = 1;
	return made;
}

Test(diagnose_holder, fewer_threads_help_a_holder_that_is_ready_behind_its_own)
{
	const char *advice = advice_where_the_holder_is(behind("target"), ready);

	cr_assert_eq(strncmp(advice, "Use fewer threads", 17), 0, "%s", advice);
}

Test(diagnose_holder, fewer_threads_do_not_help_a_holder_that_is_ready_behind_other_programs)
{
	const char *advice = advice_where_the_holder_is(behind("other"), ready);

	cr_assert_null(strstr(advice, "fewer"), "%s", advice);
	cr_assert(strstr(advice, "quiet machine"), "%s", advice);
}

Test(diagnose_holder, fewer_threads_help_where_most_were_too_brief_to_be_named_but_its_own)
{
	struct made *made = behind("other");
	const char *advice;

	made->report.run_queue.more_ns = made->report.run_queue.more_own_ns = made_ns(20);
	advice = advice_where_the_holder_is(made, ready);
	cr_assert_eq(strncmp(advice, "Use fewer threads", 17), 0, "%s", advice);
}

static struct made *holders_that_wait(enum wait_cause cause)
{
	struct made *made = contended(4, 1, 6);

	for (int i = 0; i < 4; i++)
		made_wait(&made->threads[i], cause, 1000, 3, 0);
	return made;
}

Test(diagnose_holder, io_goes_out_of_the_section)
{
	struct made *made = holders_that_wait(WAIT_IO);
	const char *advice = advice_where_the_holder_is(made, at_io);

	cr_assert_eq(strncmp(advice, "Move that I/O out", 17), 0, "%s", advice);
}

Test(diagnose_holder, a_lock_that_guards_a_pipe_is_as_slow_as_its_other_end)
{
	struct made *made = holders_that_wait(WAIT_IPC);
	const char *advice = advice_where_the_holder_is(made, at_io);

	cr_assert_eq(strncmp(advice, "Put less through the pipe", 25), 0, "%s", advice);
	cr_assert(strstr(finding_of(made, FINDING_LOCK_BOUND)->detail,
			 "waiting at a pipe or socket 90 % of the time"),
		  "%s", finding_of(made, FINDING_LOCK_BOUND)->detail);
}

Test(diagnose_holder, a_semaphore_may_be_there_to_let_several_in)
{
	struct made *made = taking_turns(8, "connections", LOCK_SEMAPHORE, 4, 1, 9);

	cr_assert(strstr(advice_where_the_holder_is(made, asleep), "let more in"));
	made = taking_turns(8, "mutex", LOCK_MUTEX, 4, 1, 9);
	cr_assert_null(strstr(advice_where_the_holder_is(made, asleep), "let more in"));
}

Test(diagnose_holder, the_lock_that_the_holder_waits_for_is_named)
{
	struct made *made = contended(4, 1, 9);
	struct report_lock *inner = made_lock(made, "disk_lock", LOCK_MUTEX, true);
	struct report_holder_state at_lock = { .running = 1, .lock = 9 };
	const char *advice;

	inner->id = "inner";
	made->locks[0].holder_waits_for = "inner";
	advice = advice_where_the_holder_is(made, at_lock);
	cr_assert_eq(
		strncmp(advice, "See to disk_lock first: who holds index_lock waits for it.", 58),
		0, "%s", advice);
}

static const char *blame(enum lock_kind kind, const char *evidence)
{
	struct made *made = contended(4, 1, 9);

	made->locks[0].kind = lock_kind_names[kind];
	made->locks[0].holders[0].evidence = evidence;
	made->locks[0].holders[0].blocked_others_ns = made->locks[0].blocked_ns;
	made->locks[0].holder_state_ns = asleep;
	found(made);
	return finding_of(made, FINDING_LOCK_BOUND)->detail;
}

Test(diagnose_holder, of_readers_the_last_one_alone_is_not_blamed)
{
	const char *detail = blame(LOCK_RWLOCK, "releaser");

	cr_assert(strstr(detail, "ended 100 % of it, as a writer or the last reader;"), "%s",
		  detail);
}

Test(diagnose_holder, who_holds_a_lock_alone_is_blamed)
{
	cr_assert(strstr(blame(LOCK_MUTEX, "releaser"), "caused 100 % of it;"));
	cr_assert(strstr(blame(LOCK_RWLOCK, "owner"), "caused 100 % of it;"));
}
