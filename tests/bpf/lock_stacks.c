// SPDX-License-Identifier: BSD-2-Clause
/* Which waits have their stacks copied, and how much of those. */
#include <criterion/criterion.h>
#include <linux/futex.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/units.h"
#include "daemon/probe/probe_parts.h"
#include "tests/bpf/watched.h"

TestSuite(lock_stacks, .timeout = 60);

#define MANY_WAITS 40
#define SHORT_NS   20000
#define LONG_NS    (2 * NSEC_PER_MSEC)
#define WINDOW_NS  (100 * NSEC_PER_MSEC)

static int word = 2;

static void wait_for(uint64_t ns)
{
	struct timespec moment = { .tv_nsec = (long)ns };

	syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, word, &moment, NULL, 0);
}

/* From elsewhere: its stack pointer tells whether it was copied. */
static void __attribute__((noinline)) wait_further_down(uint64_t ns)
{
	volatile char room[1024];

	room[0] = 0;
	wait_for(ns);
	room[1] = room[0];
}

static void ignore_stack(const struct stack_head *head, const uint8_t *memory, void *context)
{
	(void)head;
	(void)memory;
	(void)context;
}

static struct probe *watch_stacks(void)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 64 });

	probe_on_stack(probe, ignore_stack);
	watch_process(probe, 0, getpid());
	return probe;
}

static uint32_t own_slot(struct probe *probe)
{
	uint32_t at = 0;

	while (at < probe_max_threads(probe) && probe_slot(probe, at)->tid != (__u32)gettid())
		at++;
	cr_assert_lt(at, probe_max_threads(probe), "this thread is no target");
	return at;
}

static void set_room(struct probe *probe, bool is_full)
{
	struct probe_control *control = &probe->skeleton->bss->control;

	control->stack_window_ns = probe_now(probe);
	control->stacks_taken = is_full ? UINT16_MAX : 0;
}

/* After many waits as long as the next one. */
static bool next_is_copied(struct probe *probe, uint64_t ns, bool is_full)
{
	__u64 before[KERNEL_REGISTERS];
	uint32_t slot = own_slot(probe);
	uint64_t from_ns;

	for (int i = 0; i < MANY_WAITS; i++)
		wait_for(ns);
	/* A machine that is emulated may stand still until the window with that room is over. */
	do {
		memcpy(before, probe_registers(probe, slot), sizeof(before));
		from_ns = monotonic_ns();
		set_room(probe, is_full);
		wait_further_down(ns);
	} while (monotonic_ns() - from_ns > WINDOW_NS);
	return memcmp(before, probe_registers(probe, slot), sizeof(before)) != 0;
}

Test(lock_stacks, of_short_waits_are_copied_where_there_is_room_for_them)
{
	struct probe *probe = watch_stacks();

	cr_assert(next_is_copied(probe, SHORT_NS, false));
	probe_close(probe);
}

/* In a storm there is none at nearly all waits, and copying was most of what they cost. */
Test(lock_stacks, of_short_waits_are_not_copied_where_there_is_no_room_for_them)
{
	struct probe *probe = watch_stacks();

	cr_assert_not(next_is_copied(probe, SHORT_NS, true));
	probe_close(probe);
}

/* There may be room when it ends. */
Test(lock_stacks, of_long_waits_are_copied_whether_or_not_there_is_room_now)
{
	struct probe *probe = watch_stacks();

	cr_assert(next_is_copied(probe, LONG_NS, true));
	probe_close(probe);
}

/* ---- where a stack ends ---- */

#define PAGE        4096ul
#define STACK_PAGES 16ul

static struct probe *watching;
static char *behind; /* the stack that waits are made on: a page that can be made readable */
static ucontext_t on_that_stack, back;

/* As swapcontext(), of which AddressSanitizer says each time that it does not fully support it. */
static void switch_context(ucontext_t *from, const ucontext_t *to)
{
	volatile bool is_back = false;

	getcontext(from);
	if (is_back)
		return;
	is_back = true;
	setcontext(to);
}

static void wait_at_the_end(void)
{
	for (;;) {
		wait_for(LONG_NS);
		switch_context(&on_that_stack, &back);
	}
}

/* The page that is known to be missing after one wait more. */
static uint64_t end_after_a_wait(void)
{
	switch_context(&back, &on_that_stack);
	return probe_slot(watching, own_slot(watching))->stack_end;
}

static void make_stack(void)
{
	char *memory = mmap(NULL, (STACK_PAGES + 1) * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert_neq(memory, MAP_FAILED);
	behind = memory + STACK_PAGES * PAGE;
	memset(behind, 0, PAGE);
	cr_assert_eq(mprotect(behind, PAGE, PROT_NONE), 0);
	getcontext(&on_that_stack);
	on_that_stack.uc_stack.ss_sp = memory;
	on_that_stack.uc_stack.ss_size = STACK_PAGES * PAGE;
	makecontext(&on_that_stack, wait_at_the_end, 0);
}

/* A page that is not there is a fault, dearer than the copy; but it may be swapped in. */
Test(lock_stacks, that_end_are_not_read_beyond_for_a_while)
{
	unsigned int waits = 0;

	make_stack();
	watching = watch_stacks();
	cr_assert_eq(end_after_a_wait(), (uintptr_t)behind);
	cr_assert_eq(mprotect(behind, PAGE, PROT_READ), 0);
	cr_assert_eq(end_after_a_wait(), (uintptr_t)behind, "asked for again at once");
	while (end_after_a_wait() && waits < 200)
		waits++;
	cr_assert_lt(waits, 100, "not asked for again");
	probe_close(watching);
}
