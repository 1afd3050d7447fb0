// SPDX-License-Identifier: BSD-2-Clause
/* Stacks that begin where no function is, and how long all kinds of them take. */
#include "daemon/symbol/symbolizer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/uio.h>

#include <criterion/criterion.h>

#include "base/owned.h"
#include "base/units.h"
#include "tests/unit/stack_scene.h"

static struct stack_scene scene;

static void set_up(void)
{
	stack_scene_open(&scene);
}

static void tear_down(void)
{
	stack_scene_close(&scene);
}

TestSuite(symbol_stack_odd, .init = set_up, .fini = tear_down, .timeout = 60);

Test(symbol_stack_odd, at_an_address_where_nothing_is_has_one_unknown_frame)
{
	static const uint64_t nowhere[] = { 0, 1, 12345, UINT64_MAX, 1ull << 63 };

	stack_scene_start(&scene, "stacks-nofp", "main", NULL);
	memset(scene.frozen.bytes, 0xff, FROZEN_STACK_MAX);
	for (size_t i = 0; i < ARRAY_LEN(nowhere); i++) {
		scene.frozen.stack.registers[STACK_RIP] = nowhere[i];
		scene.frozen.stack.registers[STACK_RSP] = nowhere[ARRAY_LEN(nowhere) - 1 - i];
		stack_scene_unwind(&scene);
		cr_assert_eq(scene.count, 1);
		cr_assert(!scene.whole && scene.frames[0].kind == FRAME_UNKNOWN &&
			  !scene.frames[0].function);
		cr_assert_eq(scene.frames[0].address, nowhere[i]);
	}
}

/* What calls through a null pointer is who called it. */
Test(symbol_stack_odd, of_a_call_into_nowhere_names_the_caller)
{
	uint64_t address;

	stack_scene_start(&scene, "stacks-nofp", "main", NULL);
	stack_scene_unwind(&scene);
	address = scene.frames[stack_scene_frame(&scene, "innermost", 0)].address;
	memcpy(scene.frozen.bytes, &address, sizeof(address));
	scene.frozen.stack.registers[STACK_RIP] = 0;
	stack_scene_unwind(&scene);
	cr_assert(scene.count >= 2);
	cr_assert_str_eq(scene.frames[1].function, "innermost");
}

/* The entry that leads to another library has pushed nothing yet, or two words already. */
Test(symbol_stack_odd, in_an_entry_of_the_plt_names_the_caller)
{
	uint64_t entry, address, *words = (uint64_t *)scene.frozen.bytes;
	struct iovec local = { NULL, 4 }, remote = { NULL, 4 };
	int32_t displacement;

	stack_scene_start(&scene, "stacks-nopie", "main", NULL);
	stack_scene_unwind(&scene);
	address = scene.frames[stack_scene_frame(&scene, "innermost", 0)].address;
	local.iov_base = &displacement;
	remote.iov_base = (char *)address - 4;
	cr_assert_eq(process_vm_readv(scene.frozen.pid, &local, 1, &remote, 1, 0), 4);
	entry = address + (uint64_t)(int64_t)displacement;
	for (int pushed = 0; pushed < 2; pushed++) {
		words[0] = words[1] = 0;
		words[pushed] = address;
		/* jmp *GOT; push NUMBER; jmp …: eleven bytes, then one word more is there. */
		scene.frozen.stack.registers[STACK_RIP] = entry + (pushed ? 11 : 0);
		stack_scene_unwind(&scene);
		cr_assert(scene.count >= 2 && scene.frames[1].function, "%d", pushed);
		cr_assert_str_eq(scene.frames[1].function, "innermost");
		cr_assert_eq(scene.frames[1].address, address);
	}
}

Test(symbol_stack_odd, in_the_vdso_has_names)
{
	uint64_t begin = getauxval(AT_SYSINFO_EHDR);
	bool found = false;

	for (uint64_t at = begin; at < begin + 8192; at += 16) {
		struct raw_stack stack = { .registers = { [STACK_RIP] = at } };

		cr_assert_eq(symbolizer_stack(scene.symbolizer, getpid(), &stack, scene.frames, 1,
					      &scene.whole),
			     1);
		found |= scene.frames[0].function &&
			 strstr(scene.frames[0].function, "clock_gettime");
		cr_assert(scene.frames[0].module == NULL ||
			  !strcmp(scene.frames[0].module, "[vdso]"));
	}
	cr_assert(found);
}

static uint64_t sum_of_first(int rounds)
{
	uint64_t begin_ns = monotonic_ns();

	for (int i = 0; i < rounds; i++)
		stack_scene_unwind(&scene);
	return monotonic_ns() - begin_ns;
}

Test(symbol_stack_odd, that_was_met_before_costs_microseconds)
{
	stack_scene_start(&scene, "stacks-nofp", "main", NULL);
	stack_scene_unwind(&scene);
	/* 2 µs where nothing else runs; this is for a machine that is busy, with sanitizers. */
	cr_assert_lt(sum_of_first(1000), 200 * NSEC_PER_MSEC);
}

/* As deep as the number of the thread; what is deeper than the copy is cut off. */
static void copy_of_many(struct raw_stack *stacks, size_t stacks_count, uint8_t *bytes, size_t size)
{
	static pid_t tids[1001];

	while (frozen_threads(&scene.frozen, tids, ARRAY_LEN(tids)) < stacks_count + 1)
		usleep(1000);
	for (size_t i = 0; i < stacks_count; i++, bytes += size) {
		scene.frozen.tid = tids[i + 1];
		frozen_copy(&scene.frozen, size);
		memcpy(bytes, scene.frozen.bytes, scene.frozen.stack.size);
		stacks[i] = scene.frozen.stack;
		stacks[i].bytes = bytes;
	}
}

Test(symbol_stack_odd, of_a_thousand_kinds_takes_less_than_two_seconds)
{
	static uint8_t bytes[1000 * 16384];
	static struct raw_stack stacks[1000];
	uint64_t begin_ns;
	int right = 0;

	stack_scene_start(&scene, "stacks-nofp", "many", "1000");
	copy_of_many(stacks, 1000, bytes, 16384);
	begin_ns = monotonic_ns();
	for (int i = 0; i < 1000; i++) {
		scene.count = symbolizer_stack(scene.symbolizer, scene.frozen.pid, &stacks[i],
					       scene.frames, ARRAY_LEN(scene.frames), &scene.whole);
		right += scene.whole
				 ? stack_scene_frame(&scene, "in_one_of_many", 0) == i + 5
				 : stack_scene_frame(&scene, "middle", 0) == 3 && scene.count > 100;
	}
	cr_assert_lt(monotonic_ns() - begin_ns, 2 * NSEC_PER_SEC);
	cr_assert_eq(right, 1000);
}

/* ---- where the files are ---- */
