// SPDX-License-Identifier: BSD-2-Clause
/* Stacks of real processes, which block in a place that is known. */
#include "daemon/symbol/symbolizer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/uio.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/owned.h"
#include "base/units.h"
#include "tests/support/frozen.h"

static struct symbolizer *symbolizer;
static struct frozen frozen;
static struct symbol_frame frames[SYMBOL_FRAMES_MAX];
static int count;
static bool whole;

static void set_up(void)
{
	cr_assert_eq(symbolizer_new(&symbolizer), 0);
}

static void tear_down(void)
{
	frozen_kill(&frozen);
	symbolizer_free(symbolizer);
}

TestSuite(symbol_stack, .init = set_up, .fini = tear_down, .timeout = 60);

static void start(const char *program, const char *how, const char *depth)
{
	const char *arguments[] = { how, depth, NULL };

	frozen_start(&frozen, program, arguments);
	frozen_copy(&frozen, FROZEN_STACK_MAX);
}

static void unwind(void)
{
	count = symbolizer_stack(symbolizer, frozen.pid, &frozen.stack, frames, ARRAY_LEN(frames),
				 &whole);
	for (int i = 0; i < count && getenv("VERBOSE"); i++)
		fprintf(stderr, "  %d %#lx %s+%#lx (%s) %s:%ld %s\n", i, frames[i].address,
			frames[i].function ? frames[i].function : "-", frames[i].offset,
			frames[i].module ? frames[i].module : "-",
			frames[i].file ? frames[i].file : "-", (long)frames[i].line,
			frame_kind_names[frames[i].kind]);
}

/* Its index; -1 when it is not there from `from` on. */
static int frame_of(const char *function, int from)
{
	for (int i = from; i < count; i++)
		if (frames[i].function && !strcmp(frames[i].function, function))
			return i;
	return -1;
}

static void assert_callers(int at, const char *const *functions)
{
	for (; *functions; functions++, at++) {
		cr_assert(at < count, "%s is on the stack", *functions);
		cr_assert(frames[at].function, "frame %d has a name, %s", at, *functions);
		cr_assert_str_eq(frames[at].function, *functions);
	}
}

static void assert_known_stack(const char *program, const char *how, const char *start_function)
{
	const char *known[] = { "innermost", "middle", "outermost", start_function, NULL };
	int lock;

	start(program, how, NULL);
	unwind();
	lock = frame_of("pthread_mutex_lock", 0);
	cr_assert(lock >= 0 || strstr(program, "musl"), "%s: the lock is named", program);
	assert_callers(lock >= 0 ? lock + 1 : frame_of("innermost", 0), known);
	cr_assert(whole, "%s: down to the thread's start", program);
}

#define KNOWN_STACKS(name, program)                                                                \
	Test(symbol_stack, of_a_thread_##name)                                                     \
	{                                                                                          \
		assert_known_stack(program, "thread", "in_thread");                                \
	}                                                                                          \
	Test(symbol_stack, of_the_first_thread_##name)                                             \
	{                                                                                          \
		assert_known_stack(program, "main", "main");                                       \
	}

KNOWN_STACKS(with_frame_pointers, "stacks-fp")
KNOWN_STACKS(without_frame_pointers, "stacks-nofp")
KNOWN_STACKS(at_fixed_addresses, "stacks-nopie")
KNOWN_STACKS(in_a_static_program, "stacks-static")
KNOWN_STACKS(in_a_static_pie_program, "stacks-static-pie")
KNOWN_STACKS(with_musl_which_tells_nothing_of_its_frames, "stacks-musl")
KNOWN_STACKS(with_a_stripped_musl_which_tells_few_of_its_names, "stacks-musl-dynamic")

Test(symbol_stack, of_a_stripped_program_has_what_its_dynamic_symbols_name)
{
	assert_known_stack("stacks-stripped", "main", "main");
}

Test(symbol_stack, has_offsets_modules_lines_and_kinds)
{
	int at;

	start("stacks-nofp", "main", NULL);
	unwind();
	at = frame_of("innermost", 0);
	cr_assert(at > 0);
	cr_assert(frames[at].offset > 0 && frames[at].offset < 200);
	cr_assert(strstr(frames[at].module, "/stacks-nofp"), "%s", frames[at].module);
	cr_assert(frames[at].file && strstr(frames[at].file, "programs/stacks.c"));
	cr_assert_eq(frames[at].line, frozen_address(&frozen, "taking_line"),
		     "line %lu: in the function itself, not in what is inlined into it",
		     frames[at].line);
	cr_assert_eq(frames[at].kind, FRAME_NATIVE);
	cr_assert_eq(frames[0].address, frozen.stack.registers[STACK_RIP]);
}

Test(symbol_stack, goes_through_a_signal_handler_to_what_was_interrupted)
{
	static const char *const functions[] = { "innermost", "middle", "outermost", "on_signal",
						 NULL };
	int at;

	start("stacks-nofp", "signal", NULL);
	unwind();
	at = frame_of("innermost", 0);
	assert_callers(at, functions);
	at = frame_of("raiser", at);
	cr_assert(at > 0 && frame_of("main", at) > at && whole);
}

/* The handler's stack is elsewhere, so that the copy doesn't have the other one. */
Test(symbol_stack, goes_back_from_a_signal_stack_while_the_thread_is_blocked)
{
	start("stacks-nofp", "altstack", NULL);
	frozen.stack.size = 4096;
	unwind();
	cr_assert(frame_of("on_signal", 0) > 0);
	cr_assert(!whole && frame_of("raiser", 0) < 0);
	frozen.stack.may_read_on = true;
	unwind();
	cr_assert(whole && frame_of("main", frame_of("raiser", 0)) > 0);
}

Test(symbol_stack, that_is_cut_off_is_short_and_says_so)
{
	int full;

	start("stacks-nofp", "main", "100");
	unwind();
	full = count;
	cr_assert(whole && full > 100);
	frozen.stack.size = 2048;
	unwind();
	cr_assert(!whole && count > 5 && count < full);
	frozen.stack.size = 0;
	unwind();
	cr_assert(!whole);
	cr_assert_eq(count, 1, "where it stopped is known without any stack");
}

/* Wherever it is cut: what there is are the same frames, and none is made up. */
Test(symbol_stack, that_is_cut_off_anywhere_begins_like_the_whole)
{
	static uint64_t addresses[SYMBOL_FRAMES_MAX];
	static const char *const programs[] = { "stacks-nofp", "stacks-static", "stacks-fp" };
	size_t size;
	int full;

	for (size_t program = 0; program < ARRAY_LEN(programs); program++) {
		start(programs[program], "main", "3");
		size = frozen.stack.size;
		unwind();
		full = count;
		for (int i = 0; i < full; i++)
			addresses[i] = frames[i].address;
		for (size_t cut = 0; cut < size && cut < 4096; cut += 5) {
			frozen.stack.size = cut;
			unwind();
			cr_assert(count <= full && whole == (count == full));
			for (int i = 0; i < count; i++)
				cr_assert_eq(frames[i].address, addresses[i], "at %zu", cut);
		}
		frozen_kill(&frozen);
	}
}

Test(symbol_stack, that_is_cut_off_is_read_on_while_the_thread_is_blocked)
{
	int full;

	start("stacks-nofp", "main", "100");
	unwind();
	full = count;
	frozen.stack.size = 1001;
	frozen.stack.may_read_on = true;
	unwind();
	cr_assert(whole);
	cr_assert_eq(count, full);
	frozen.stack.size = 0;
	unwind();
	cr_assert(whole);
	cr_assert_eq(count, full);
}

Test(symbol_stack, that_is_deeper_than_there_is_room_ends_there)
{
	start("stacks-nofp", "thread", "400");
	unwind();
	cr_assert_eq(count, SYMBOL_FRAMES_MAX);
	cr_assert_not(whole);
	cr_assert_str_eq(frames[count - 1].function, "middle");
	count = symbolizer_stack(symbolizer, frozen.pid, &frozen.stack, frames, 3, &whole);
	cr_assert_eq(count, 3);
	cr_assert_not(whole);
}

Test(symbol_stack, has_the_names_that_a_runtime_gives_to_its_code)
{
	char path[64];
	int at;

	start("stacks-nofp", "jit", NULL);
	cr_assert_eq(symbolizer_look(symbolizer, frozen.pid), 0);
	unwind();
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", frozen.pid);
	unlink(path);
	at = frame_of("Made::up(int)", 0);
	cr_assert(at > 0 && at == frame_of("innermost", 0) + 1);
	cr_assert_eq(frames[at].kind, FRAME_JIT);
	cr_assert_eq(frames[at].offset, 6);
	cr_assert(whole && frame_of("main", at) == at + 1);
}

Test(symbol_stack, of_a_process_that_has_ended_keeps_its_names)
{
	start("stacks-nofp", "main", NULL);
	cr_assert_eq(symbolizer_look(symbolizer, frozen.pid), 0);
	frozen_kill(&(struct frozen){ .pid = frozen.pid });
	frozen.stack.may_read_on = true;
	unwind();
	cr_assert(whole && frame_of("main", 0) > 0);
	symbolizer_forget(symbolizer, frozen.pid);
	unwind();
	cr_assert_eq(count, -ESRCH);
	frozen.pid = 0;
}

Test(symbol_stack, of_a_process_that_never_was_is_refused)
{
	struct raw_stack nothing = { 0 };

	cr_assert_eq(symbolizer_stack(symbolizer, 0, &nothing, frames, 1, &whole), -ESRCH);
	cr_assert_eq(symbolizer_stack(symbolizer, -1, &nothing, frames, 1, &whole), -ESRCH);
	cr_assert_eq(symbolizer_stack(symbolizer, 1 << 30, &nothing, frames, 1, &whole), -ESRCH);
	cr_assert_eq(symbolizer_look(symbolizer, 1 << 30), -ESRCH);
}

Test(symbol_stack, at_an_address_where_nothing_is_has_one_unknown_frame)
{
	static const uint64_t nowhere[] = { 0, 1, 12345, UINT64_MAX, 1ull << 63 };

	start("stacks-nofp", "main", NULL);
	memset(frozen.bytes, 0xff, FROZEN_STACK_MAX);
	for (size_t i = 0; i < ARRAY_LEN(nowhere); i++) {
		frozen.stack.registers[STACK_RIP] = nowhere[i];
		frozen.stack.registers[STACK_RSP] = nowhere[ARRAY_LEN(nowhere) - 1 - i];
		unwind();
		cr_assert_eq(count, 1);
		cr_assert(!whole && frames[0].kind == FRAME_UNKNOWN && !frames[0].function);
		cr_assert_eq(frames[0].address, nowhere[i]);
	}
}

/* What calls through a null pointer is who called it. */
Test(symbol_stack, of_a_call_into_nowhere_names_the_caller)
{
	uint64_t address;

	start("stacks-nofp", "main", NULL);
	unwind();
	address = frames[frame_of("innermost", 0)].address;
	memcpy(frozen.bytes, &address, sizeof(address));
	frozen.stack.registers[STACK_RIP] = 0;
	unwind();
	cr_assert(count >= 2);
	cr_assert_str_eq(frames[1].function, "innermost");
}

/* The entry that leads to another library has pushed nothing yet, or two words already. */
Test(symbol_stack, in_an_entry_of_the_plt_names_the_caller)
{
	uint64_t entry, address, *words = (uint64_t *)frozen.bytes;
	struct iovec local = { NULL, 4 }, remote = { NULL, 4 };
	int32_t displacement;

	start("stacks-nopie", "main", NULL);
	unwind();
	address = frames[frame_of("innermost", 0)].address;
	local.iov_base = &displacement;
	remote.iov_base = (char *)address - 4;
	cr_assert_eq(process_vm_readv(frozen.pid, &local, 1, &remote, 1, 0), 4);
	entry = address + (uint64_t)(int64_t)displacement;
	for (int pushed = 0; pushed < 2; pushed++) {
		words[0] = words[1] = 0;
		words[pushed] = address;
		/* jmp *GOT; push NUMBER; jmp …: eleven bytes, then one word more is there. */
		frozen.stack.registers[STACK_RIP] = entry + (pushed ? 11 : 0);
		unwind();
		cr_assert(count >= 2 && frames[1].function, "%d", pushed);
		cr_assert_str_eq(frames[1].function, "innermost");
		cr_assert_eq(frames[1].address, address);
	}
}

Test(symbol_stack, in_the_vdso_has_names)
{
	uint64_t begin = getauxval(AT_SYSINFO_EHDR);
	bool found = false;

	for (uint64_t at = begin; at < begin + 8192; at += 16) {
		struct raw_stack stack = { .registers = { [STACK_RIP] = at } };

		cr_assert_eq(symbolizer_stack(symbolizer, getpid(), &stack, frames, 1, &whole), 1);
		found |= frames[0].function && strstr(frames[0].function, "clock_gettime");
		cr_assert(frames[0].module == NULL || !strcmp(frames[0].module, "[vdso]"));
	}
	cr_assert(found);
}

static uint64_t sum_of_first(int rounds)
{
	uint64_t begin_ns = monotonic_ns();

	for (int i = 0; i < rounds; i++)
		unwind();
	return monotonic_ns() - begin_ns;
}

Test(symbol_stack, that_was_met_before_costs_microseconds)
{
	start("stacks-nofp", "main", NULL);
	unwind();
	/* 2 µs where nothing else runs; this is for a machine that is busy, with sanitizers. */
	cr_assert_lt(sum_of_first(1000), 200 * NSEC_PER_MSEC);
}

/* As deep as the number of the thread; what is deeper than the copy is cut off. */
static void copy_of_many(struct raw_stack *stacks, size_t stacks_count, uint8_t *bytes, size_t size)
{
	static pid_t tids[1001];

	while (frozen_threads(&frozen, tids, ARRAY_LEN(tids)) < stacks_count + 1)
		usleep(1000);
	for (size_t i = 0; i < stacks_count; i++, bytes += size) {
		frozen.tid = tids[i + 1];
		frozen_copy(&frozen, size);
		memcpy(bytes, frozen.bytes, frozen.stack.size);
		stacks[i] = frozen.stack;
		stacks[i].bytes = bytes;
	}
}

Test(symbol_stack, of_a_thousand_kinds_takes_less_than_two_seconds)
{
	static uint8_t bytes[1000 * 16384];
	static struct raw_stack stacks[1000];
	uint64_t begin_ns;
	int right = 0;

	start("stacks-nofp", "many", "1000");
	copy_of_many(stacks, 1000, bytes, 16384);
	begin_ns = monotonic_ns();
	for (int i = 0; i < 1000; i++) {
		count = symbolizer_stack(symbolizer, frozen.pid, &stacks[i], frames,
					 ARRAY_LEN(frames), &whole);
		right += whole ? frame_of("in_one_of_many", 0) == i + 5
			       : frame_of("middle", 0) == 3 && count > 100;
	}
	cr_assert_lt(monotonic_ns() - begin_ns, 2 * NSEC_PER_SEC);
	cr_assert_eq(right, 1000);
}

/* ---- where the files are ---- */

/* A program that a script has made; whatever else it made below $D is gone once it runs. */
static void start_made_by(const char *script)
{
	const char *arguments[] = { "main", NULL };
	char text[4096], folder[] = "/tmp/partrace-symbol-XXXXXX";

	cr_assert(mkdtemp(folder));
	snprintf(text, sizeof(text),
		 "set -e; D=%s; P=${PARTRACE_BUILD:-build}/tests/programs; cd $D; %s", folder,
		 script);
	cr_assert_eq(system(text), 0);
	snprintf(text, sizeof(text), "%s/program", folder);
	frozen_start(&frozen, text, arguments);
	frozen_copy(&frozen, FROZEN_STACK_MAX);
	snprintf(text, sizeof(text), "rm -rf %s", folder);
	cr_assert_eq(system(text), 0);
}

Test(symbol_stack, of_a_file_that_was_deleted_has_its_names)
{
	int at;

	start_made_by("cp $P/stacks-nofp program");
	unwind();
	at = frame_of("innermost", 0);
	cr_assert(at > 0 && whole);
	cr_assert(strstr(frames[at].module, "/program"), "%s", frames[at].module);
	cr_assert_null(strstr(frames[at].module, "deleted"));
}

Test(symbol_stack, of_a_stripped_program_has_the_names_of_its_minidebuginfo)
{
	start_made_by("strip -s -o program $P/stacks-nofp;"
		      "objcopy -S --keep-symbol=innermost --keep-symbol=middle "
		      "$P/stacks-nofp mini; xz mini;"
		      "objcopy --add-section .gnu_debugdata=mini.xz program");
	unwind();
	cr_assert(whole && frame_of("innermost", 0) > 0);
	cr_assert_eq(frame_of("middle", 0), frame_of("innermost", 0) + 1);
	cr_assert_lt(frame_of("outermost", 0), 0, "that one was left out");
}

/* As in a container, whose debug packages this machine has not. */
Test(symbol_stack, has_the_names_of_a_debug_file_in_the_processs_own_root)
{
	const char *arguments[] = { "main", NULL };
	char text[1024], folder[] = "/tmp/partrace-symbol-XXXXXX";
	int at;

	cr_assert(mkdtemp(folder));
	snprintf(text, sizeof(text),
		 "set -e; P=${PARTRACE_BUILD:-build}/tests/programs; cd %s;"
		 "gcc -x c -O2 -static -o chroot - <<E\n"
		 "#include <unistd.h>\n"
		 "int main(int n, char **v) { return chroot(\"%s\") || chdir(\"/\") || "
		 "execl(\"/program\", \"program\", v[1], (char *)0); }\nE\n"
		 "strip -g -o program $P/stacks-static; strip -s program;"
		 "id=$(readelf -n program | sed -n 's/.*Build ID: //p');"
		 "to=usr/lib/debug/.build-id/$(echo $id | cut -c1-2); mkdir -p $to;"
		 "objcopy --only-keep-debug $P/stacks-static $to/$(echo $id | cut -c3-).debug",
		 folder, folder);
	cr_assert_eq(system(text), 0);
	snprintf(text, sizeof(text), "%s/chroot", folder);
	frozen_start(&frozen, text, arguments);
	frozen_copy(&frozen, FROZEN_STACK_MAX);
	unwind();
	snprintf(text, sizeof(text), "rm -rf %s", folder);
	cr_assert_eq(system(text), 0);
	at = frame_of("innermost", 0);
	cr_assert(at > 0 && whole);
	cr_assert(strstr(frames[at].module, "/program"), "%s", frames[at].module);
	cr_assert(frames[at].file && frames[at].line > 10);
}

Test(symbol_stack, does_not_believe_somebody_elses_names)
{
	char path[64];
	int at;

	start("stacks-nofp", "jit", NULL);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", frozen.pid);
	cr_assert_eq(chown(path, 12345, 12345), 0);
	unwind();
	unlink(path);
	at = frame_of("innermost", 0) + 1;
	cr_assert_eq(frames[at].kind, FRAME_UNKNOWN);
	cr_assert_null(frames[at].function);
	cr_assert(whole && frame_of("main", at) == at + 1, "it is gone through all the same");
}
