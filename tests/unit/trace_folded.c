/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/trace/folded.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/owned.h"
#include "tests/support/printed.h"
#include "tests/unit/report_text.h"

static char *fold(const struct report *report, const char *role, bool all)
{
	struct folded_choice choice = { .role = role, .all = all };

	return PRINTED(out, cr_assert_eq(folded_write(out, report, &choice), 0));
}

Test(folded, has_waiters_root_first_with_microseconds)
{
	golden_take("contended.folded", fold(golden_report("contended.json"), "waiter", false));
}

Test(folded, takes_condition_waits_only_when_asked)
{
	golden_take("contended.all.folded", fold(golden_report("contended.json"), "waiter", true));
}

Test(folded, has_holders_when_asked)
{
	golden_take("contended.holder.folded",
		    fold(golden_report("contended.json"), "holder", false));
}

/* One stack of one lock; the test changes what it is about. */
static struct report_frame frames[2] = { { .function = "leaf" }, { .function = "root" } };
static struct report_stack stack = {
	.role = "waiter", .wait_ns = 2500, .end = "root", .frames = frames, .frames_count = 2
};
static struct report_waiter waiters[2] = { { .tid = 1, .pid = 9, .name = "w1" },
					   { .tid = 2, .pid = 9, .name = "w2" } };
static struct report_lock lock = { .id = "9:0x8",
				   .name = "m",
				   .contended = true,
				   .waiters = waiters,
				   .waiters_count = 2,
				   .stacks = &stack,
				   .stacks_count = 1 };
static struct report_process process = { .pid = 9, .name = "prog" };
static struct report report = {
	.locks = &lock, .locks_count = 1, .processes = &process, .processes_count = 1
};

Test(folded, keeps_separators_out_of_names)
{
	_cleanup_free_ char *text = NULL;

	frames[0].function = "a;b\nc\033";
	lock.name = "x;y";
	process.name = "p;q";
	text = fold(&report, "waiter", false);
	cr_assert_str_eq(text, "p:q;w1,2;root;a:b_c_;[x:y] 3\n");
}

Test(folded, names_python_by_its_file_and_line)
{
	_cleanup_free_ char *text = NULL;

	frames[0] = (struct report_frame){
		.function = "load", .kind = "python", .file = "/srv/app.py", .line = 12
	};
	text = fold(&report, "waiter", false);
	cr_assert_str_eq(text, "prog;w1,2;root;load (app.py:12);[m] 3\n");
}

Test(folded, names_code_without_symbols_by_its_module)
{
	_cleanup_free_ char *text = NULL;

	frames[0] = (struct report_frame){ .module = "/lib/a.so", .offset = 0x10 };
	frames[1] = (struct report_frame){ .offset = 0x7f00 };
	text = fold(&report, "waiter", false);
	cr_assert_str_eq(text, "prog;w1,2;0x7f00;a.so+0x10;[m] 3\n");
}

Test(folded, says_that_waiters_are_of_several_processes)
{
	_cleanup_free_ char *text = NULL;

	waiters[1].pid = 10;
	text = fold(&report, "waiter", false);
	cr_assert_str_eq(text, "several processes;w1,2;root;leaf;[m] 3\n");
}

Test(folded, has_what_is_cut_off_or_has_no_stack)
{
	_cleanup_free_ char *text = NULL;

	stack.end = "short";
	lock.stackless_ns = 7000;
	text = fold(&report, "waiter", false);
	cr_assert_str_eq(text, "prog;w1,2;[cut off];root;leaf;[m] 3\n"
			       "prog;w1,2;[no stack];[m] 7\n");
}

Test(folded, has_a_crowd_in_place_of_its_rows)
{
	struct report_lock crowd;
	_cleanup_free_ char *text = fold(golden_with_a_crowd(&crowd), "waiter", false);

	cr_assert(strstr(text, ";index_get;pthread_mutex_lock;__lll_lock_wait;[LWLockAcquire] "),
		  "%s", text);
	cr_assert_null(strstr(text, "[index_lock]"), "%s", text);
	cr_assert_null(strstr(text, "[session_lock]"), "%s", text);
}

Test(folded, leaves_out_what_took_no_time)
{
	_cleanup_free_ char *text = NULL;

	stack.wait_ns = 499;
	text = fold(&report, "waiter", false);
	cr_assert_str_eq(text, "");
}

Test(folded, counts_only_stacks_of_the_role)
{
	struct folded_choice choice = { .role = "waiter", .all = false };

	cr_assert_eq(folded_count(&report, &choice), 1);
	choice.role = "releaser";
	cr_assert_eq(folded_count(&report, &choice), 0);
	choice.role = "waiter";
	lock.contended = false;
	cr_assert_eq(folded_count(&report, &choice), 0);
	choice.all = true;
	cr_assert_eq(folded_count(&report, &choice), 1);
}

Test(folded, tells_of_a_full_disk)
{
	struct folded_choice choice = { .role = "waiter", .all = false };
	_cleanup_fclose_ FILE *full = fopen("/dev/full", "w");

	cr_assert_eq(folded_write(full, &report, &choice), -EIO);
}

/* ---- samples of code ---- */

static char *fold_code(const struct report *of)
{
	struct folded_choice choice = { .role = "waiter", .on_cpu = true };

	return PRINTED(out, cr_assert_eq(folded_write(out, of, &choice), 0));
}

Test(folded, has_samples_root_first_and_the_kernels_on_their_own)
{
	struct report_code_stack stacks[] = { { .samples = 7,
						.kernel_samples = 2,
						.end = "root",
						.frames = frames,
						.frames_count = 2 } };
	struct report_process orderd = { .pid = 9, .name = "orderd" };
	struct report sampled = { .processes = &orderd,
				  .processes_count = 1,
				  .code_stacks = stacks,
				  .code_stacks_count = 1,
				  .sampling.stackless_samples = 3 };
	_cleanup_free_ char *text = fold_code(&sampled);

	cr_assert_str_eq(text, "orderd;root;leaf 5\norderd;root;leaf;[kernel] 2\n"
			       "orderd;[no stack] 3\n");
}

Test(folded, of_different_programs_the_samples_name_none)
{
	struct report_code_stack stacks[] = {
		{ .samples = 1, .end = "short", .frames = frames, .frames_count = 2 }
	};
	struct report_process processes[] = { { .pid = 9, .name = "sh" }, { .name = "make" } };
	struct report sampled = { .processes = processes,
				  .processes_count = 2,
				  .code_stacks = stacks,
				  .code_stacks_count = 1,
				  .sampling.stackless_samples = NO_VALUE };
	_cleanup_free_ char *text = fold_code(&sampled);

	cr_assert_str_eq(text, "several processes;[cut off];root;leaf 1\n");
}
