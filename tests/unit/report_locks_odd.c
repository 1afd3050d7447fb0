/* SPDX-License-Identifier: BSD-2-Clause */
/* As hard as it gets: hostile names and figures that cannot be true, in every output on locks. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/lock_parts.h"
#include "tests/support/printed.h"
#include "tests/support/terminal.h"
#include "tests/unit/report_text.h"

#define MANY 40u

static const struct report_style plain = { .columns = 80, .unicode = true };
static const char *const odd_names[] = {
	"\033[31mred\n",
	"日本語の名前の長いロック名前日本語の名前の長いロック",
	"\xff\xfe",
	"",
	"x",
	"a::very<long, template<name, of, cplusplus>>::that::fits::nowhere(at all, const &) const",
};
static struct report_frame odd_frames[MANY];
static struct report_stack odd_stacks[3];
static struct report_holder odd_holders[MANY];
static struct report_waiter odd_waiters[MANY];
static struct report_bucket odd_buckets[64];
static struct report_lock odd_locks[MANY];
static struct report_thread odd_threads[MANY];
static struct report_deadlocked odd_circle[MANY];
static struct report_deadlock odd_deadlocks[5];

static const char *odd_name(size_t i)
{
	return odd_names[i % ARRAY_LEN(odd_names)];
}

static void make_odd_stacks(uint64_t ns)
{
	static const char *const roles[] = { "waiter", "holder", NULL };

	for (size_t i = 0; i < MANY; i++)
		odd_frames[i] = (struct report_frame){ .function = i % 3 ? odd_name(i) : NULL,
						       .offset = ns,
						       .module = i % 4 ? odd_name(i + 1) : NULL,
						       .file = i % 2 ? odd_name(i + 2) : NULL,
						       .line = ns };
	for (size_t i = 0; i < ARRAY_LEN(odd_stacks); i++)
		odd_stacks[i] = (struct report_stack){ .role = roles[i],
						       .waits = ns,
						       .wait_ns = ns,
						       .end = "short",
						       .frames = odd_frames + i,
						       .frames_count = MANY - i };
	for (size_t i = 0; i < ARRAY_LEN(odd_buckets); i++)
		odd_buckets[i] = (struct report_bucket){ 1ull << i, ns };
}

static struct report_lock odd_lock(size_t i, uint64_t ns)
{
	return (struct report_lock){
		.id = odd_name(i + 1),
		.name = odd_name(i),
		.kind = odd_name(i + 3),
		.confidence = i % 2 ? NAN : 1e300,
		.contended = i % 4 != 3,
		.shared = i % 2,
		.place = { odd_name(i), i % 2 ? odd_name(i) : NULL, ns, odd_name(i), odd_name(i),
			   ns },
		.waits = ns,
		.wait_ns = ns,
		.blocked_ns = ns,
		.max_wait_ns = ns,
		.timeouts = ns,
		.histogram = odd_buckets,
		.histogram_count = 64,
		.waiting_now = ns,
		.holders = odd_holders,
		.holders_count = i % 3 ? MANY : 0,
		.unattributed_ns = ns,
		.waiters = odd_waiters,
		.waiters_count = MANY,
		.holder_state_ns = { ns, ns, ns, ns, ns },
		.holder_waits_for = odd_name(i + 2),
		.owner_tid = ns,
		.fairness = 1e300,
		.convoy = INFINITY,
		.stacks = odd_stacks,
		.stacks_count = 3,
		.stackless_ns = ns,
	};
}

static void make_odd_people(size_t i, uint64_t ns)
{
	odd_holders[i] = (struct report_holder){ ns, ns, odd_name(i), ns, ns, odd_name(i) };
	odd_waiters[i] = (struct report_waiter){ ns, ns, odd_name(i + 1), ns, ns };
	odd_threads[i] = (struct report_thread){ .tid = ns + i * i,
						 .name = odd_name(i),
						 .state = i % 2 ? "waiting" : odd_name(i),
						 .since_ns = (int64_t)ns,
						 .syscall = odd_name(i),
						 .waits_for = odd_name(i),
						 .frames = odd_frames,
						 .frames_count = i };
	odd_circle[i] =
		(struct report_deadlocked){ ns,          ns,          odd_name(i), odd_name(i),
					    odd_name(i), odd_name(i), ns,          (int64_t)ns,
					    odd_frames,  i,           odd_name(i) };
}

static struct report odd_report(uint64_t ns)
{
	make_odd_stacks(ns);
	for (size_t i = 0; i < MANY; i++) {
		make_odd_people(i, ns);
		odd_locks[i] = odd_lock(i, ns);
	}
	for (size_t i = 0; i < ARRAY_LEN(odd_deadlocks); i++)
		odd_deadlocks[i] = (struct report_deadlock){ odd_circle, i * 10 };
	return (struct report){ .locks = odd_locks,
				.locks_count = MANY,
				.threads = odd_threads,
				.threads_count = MANY,
				.deadlocks = odd_deadlocks,
				.deadlocks_count = ARRAY_LEN(odd_deadlocks),
				.more_locks = { ns, ns, ns, ns, ns },
				.window.duration_ns = ns,
				.completeness.lost_stacks = ns };
}

static char *print_one(const struct report *report, const struct report_style *style, int what)
{
	if (what < VIEW_COUNT)
		return print_view(report, NULL, style, (enum report_view)what);
	if (what == VIEW_COUNT)
		return print_snapshot(report, style);
	return print_locks(report, style, &report->locks[1], true);
}

Test(report_locks_odd, names_and_figures_fit_every_width)
{
	static const unsigned int widths[] = { 60, 61, 72, 80, 100, 200, 400 };
	static const uint64_t amounts[] = { 0, 1, 1000000, 1ull << 62, UINT64_MAX };

	use_utf8();
	for (size_t i = 0; i < ARRAY_LEN(widths) * ARRAY_LEN(amounts) * 2; i++) {
		struct report_style style = { .columns = widths[i % ARRAY_LEN(widths)],
					      .unicode = i & 1 };
		struct report report = odd_report(amounts[i / ARRAY_LEN(widths) / 2]);

		for (int what = 0; what < VIEW_COUNT + 2; what++) {
			_cleanup_free_ char *text = print_one(&report, &style, what);

			assert_fits(text, style.columns);
			cr_assert_null(strpbrk(text, "\033\r\a"));
		}
	}
}

/* One that a thread waits for at the end; so many waits ended before. */
static char *locks_of_semaphore(bool all, uint64_t waits_that_ended, uint64_t max_wait_ns)
{
	struct report_lock semaphore = { .id = "7:0x10",
					 .name = "heap+0x10",
					 .kind = "semaphore",
					 .waits = 1 + waits_that_ended,
					 .wait_ns = max_wait_ns,
					 .max_wait_ns = max_wait_ns,
					 .waiting_now = 1 };
	struct report report = { .window.duration_ns = 1000,
				 .locks = &semaphore,
				 .locks_count = 1 };
	struct report_style style = { .columns = 80 };

	return unwrapped(print_locks(&report, &style, NULL, all));
}

Test(report_locks_odd, a_semaphore_that_lets_nobody_through_may_be_a_lock_never_given_back)
{
	_cleanup_free_ char *some = locks_of_semaphore(false, 0, 999);
	_cleanup_free_ char *all = locks_of_semaphore(true, 0, 999);
	_cleanup_free_ char *let_through = locks_of_semaphore(true, 3, 999);
	_cleanup_free_ char *for_a_while = locks_of_semaphore(true, 0, 500);

	assert_says(some, "1 semaphore let nobody through all the time.");
	assert_says(all, "a lock that is never given back: partrace snapshot");
	cr_assert_eq(count_of(let_through, "let nobody through"), 0);
	cr_assert_eq(count_of(for_a_while, "let nobody through"), 0);
}

/* A hundred of them have a row; all of them wait. */
Test(report_locks, picture_counts_the_waiters_without_a_row)
{
	static struct report_waiter waiters[100];
	char text[LOCK_NAME_BYTES];
	struct report_lock lock = { .waiters = waiters,
				    .waiters_count = ARRAY_LEN(waiters),
				    .more_waiters = 1901 };

	for (size_t i = 0; i < ARRAY_LEN(waiters); i++)
		waiters[i] = (struct report_waiter){ .tid = i + 1, .name = "request" };
	lock_waiters_text(&lock, text, sizeof(text));
	cr_assert(strstr(text, "request and 1,901 more"), "%s", text);
	lock.more_waiters = NO_VALUE;
	lock_waiters_text(&lock, text, sizeof(text));
	cr_assert_null(strstr(text, "more"), "%s", text);
}

Test(report_locks, locks_of_files_are_said_to_be_such)
{
	struct report_syscall call = { .name = "flock", .count = 7, .time_ns = 1000000 };
	struct report report = { .completeness.complete = true };
	struct report_wait *wait = &report.totals.figures.waits[WAIT_LOCK];
	_cleanup_free_ char *text = NULL;

	*wait = (struct report_wait){ 7, 1000000, 0, &call, 1 };
	text = print_view(&report, NULL, &plain, VIEW_SUMMARY);
	cr_assert(strstr(text, "\nLocks  No thread waited for a lock in memory.\n"), "%s", text);
	cr_assert(strstr(text, "\nLocks of files  1.00 ms in flock (7 waits): for which files"),
		  "%s", text);
}

Test(report_locks, stack_of_a_deadlock_that_is_cut_off_is_said_to_be)
{
	struct report_frame frame = { .function = "recurse" };
	struct report_deadlocked itself = { .tid = 7,
					    .name = "deep",
					    .waits_for = "lock",
					    .held_by_tid = 7,
					    .frames = &frame,
					    .frames_count = 1,
					    .end = "short" };
	struct report_deadlock deadlock = { &itself, 1 };
	struct report report = { .completeness.complete = true,
				 .deadlocks = &deadlock,
				 .deadlocks_count = 1 };
	_cleanup_free_ char *text = print_view(&report, NULL, &plain, VIEW_DEADLOCKS);

	cr_assert(strstr(text, "cut off here: the stack goes on"), "%s", text);
}
