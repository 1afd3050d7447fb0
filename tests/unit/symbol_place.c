// SPDX-License-Identifier: BSD-2-Clause
/* Addresses in the data of real processes. */
#include "daemon/symbol/symbolizer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/owned.h"
#include "tests/support/frozen.h"

static struct symbolizer *symbolizer;
static struct frozen frozen;
static struct symbol_place place;

static void set_up(void)
{
	cr_assert_eq(symbolizer_new(&symbolizer), 0);
}

static void tear_down(void)
{
	frozen_kill(&frozen);
	symbolizer_free(symbolizer);
}

TestSuite(symbol_place, .init = set_up, .fini = tear_down, .timeout = 60);

static void start(const char *program)
{
	const char *arguments[] = { "main", NULL };

	frozen_start(&frozen, program, arguments);
}

static void look_at(const char *name, uint64_t offset)
{
	uint64_t address = frozen_address(&frozen, name) + offset;

	cr_assert_eq(symbolizer_place(symbolizer, frozen.pid, address, &place), 0);
}

static void assert_symbol(const char *name, const char *symbol, uint64_t offset)
{
	look_at(name, offset);
	cr_assert(place.symbol, "%s is the symbol %s", name, symbol);
	cr_assert_str_eq(place.symbol, symbol);
	cr_assert_eq(place.offset, offset);
	cr_assert_str_eq(place.mapping, "file");
	cr_assert(strstr(place.module, "/stacks-"), "%s", place.module);
	cr_assert_not(place.is_shared);
}

static void assert_variables(const char *program)
{
	start(program);
	assert_symbol("queue_lock", "queue_lock", 0);
	cr_assert(place.file && strstr(place.file, "programs/stacks.c"));
	cr_assert(place.line > 10 && place.line < 30, "%lu", place.line);
	assert_symbol("zero_locks", "zero_locks", 40);
	cr_assert(place.file && place.line > 10 && place.line < 30, "%lu", place.line);
	assert_symbol("initialized", "initialized", 3);
	/* Static in a function: the compiler numbers it. */
	look_at("inner_lock", 0);
	cr_assert(place.symbol && !strncmp(place.symbol, "inner_lock", 10), "%s", place.symbol);
	cr_assert(place.file && place.line > 50);
}

#define VARIABLES(name, program)                                                                   \
	Test(symbol_place, names_variables_##name)                                                 \
	{                                                                                          \
		assert_variables(program);                                                         \
	}

VARIABLES(in_a_pie_program, "stacks-nofp")
VARIABLES(at_fixed_addresses, "stacks-nopie")
VARIABLES(in_a_static_program, "stacks-static")
VARIABLES(in_a_static_pie_program, "stacks-static-pie")
VARIABLES(in_a_musl_program, "stacks-musl")

Test(symbol_place, of_a_stripped_program_names_what_its_dynamic_symbols_name)
{
	start("stacks-stripped");
	assert_symbol("queue_lock", "queue_lock", 8);
	cr_assert_eq(place.line, UINT64_MAX);
	cr_assert_null(place.file);
	look_at("inner_lock", 0);
	cr_assert_null(place.symbol, "it is in no table");
	cr_assert_str_eq(place.mapping, "file");
	cr_assert(strstr(place.module, "/stacks-stripped"));
}

/* At fixed addresses the program has a copy of the library's variable, and that is what is used. */
Test(symbol_place, takes_a_copied_variable_for_the_programs_own)
{
	start("stacks-nopie");
	assert_symbol("stdout", "stdout", 0);
	cr_assert(strstr(place.module, "/stacks-nopie"));
}

Test(symbol_place, names_variables_of_shared_libraries)
{
	uint64_t address = (uint64_t)&stdout;

	start("stacks-nofp");
	cr_assert_eq(symbolizer_place(symbolizer, getpid(), (uint64_t)&environ, &place), 0);
	cr_assert(place.symbol && strstr(place.symbol, "environ"), "%s", place.symbol);
	cr_assert_eq(symbolizer_place(symbolizer, getpid(), address, &place), 0);
	cr_assert(place.symbol && strstr(place.symbol, "stdout"), "%s", place.symbol);
}

Test(symbol_place, tells_heap_stack_and_anonymous_memory_apart)
{
	start("stacks-nofp");
	look_at("heap", 0);
	cr_assert_str_eq(place.mapping, "heap");
	cr_assert_null(place.symbol);
	look_at("stack", 0);
	cr_assert_str_eq(place.mapping, "stack");
	look_at("anonymous", 4096);
	cr_assert_str_eq(place.mapping, "anonymous");
	cr_assert_eq(place.inode, 0);
	cr_assert_not(place.is_shared);
}

/* Two processes may see it at different addresses. */
Test(symbol_place, knows_shared_memory_by_what_it_is_not_by_where_it_is)
{
	struct symbol_place other;
	uint64_t address;
	struct stat status;
	int fd = memfd_create("shared", MFD_CLOEXEC);
	char *one, *two;

	start("stacks-nofp");
	look_at("shared", 4100);
	cr_assert(place.is_shared && place.inode);
	cr_assert_str_eq(place.mapping, "shared");
	cr_assert_eq(place.offset, 4100);
	cr_assert_eq(ftruncate(fd, 16384), 0);
	one = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
	two = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 4096);
	address = (uint64_t)one + 5000;
	cr_assert_eq(symbolizer_place(symbolizer, getpid(), address, &place), 0);
	address = (uint64_t)two + 5000 - 4096;
	cr_assert_eq(symbolizer_place(symbolizer, getpid(), address, &other), 0);
	cr_assert_eq(fstat(fd, &status), 0);
	cr_assert_eq(place.inode, status.st_ino);
	cr_assert_eq(place.inode, other.inode);
	cr_assert_eq(place.device_minor, other.device_minor);
	cr_assert_eq(place.file_offset, 5000);
	cr_assert_eq(other.file_offset, 5000);
	cr_assert_str_eq(place.module, "/memfd:shared");
	close(fd);
}

Test(symbol_place, where_nothing_is_mapped_is_unknown)
{
	static const uint64_t nowhere[] = { 0, 7, UINT64_MAX, 1ull << 62 };

	start("stacks-nofp");
	for (size_t i = 0; i < ARRAY_LEN(nowhere); i++) {
		cr_assert_eq(symbolizer_place(symbolizer, frozen.pid, nowhere[i], &place), 0);
		cr_assert_str_eq(place.mapping, "unknown");
		cr_assert(!place.module && !place.symbol && !place.file);
	}
	cr_assert_eq(symbolizer_place(symbolizer, 1 << 30, 4096, &place), -ESRCH);
}

/* A library that is gone leaves nothing behind, and what comes to its place is seen. */
Test(symbol_place, follows_what_is_mapped_and_unmapped)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char *at = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 0);
	uint64_t address = (uint64_t)at + 100;

	cr_assert_eq(symbolizer_place(symbolizer, getpid(), address, &place), 0);
	cr_assert_str_eq(place.mapping, "file");
	munmap(at, 8192);
	usleep(1100000);
	cr_assert_eq(symbolizer_place(symbolizer, getpid(), address, &place), 0);
	cr_assert_str_neq(place.mapping, "file");
	close(fd);
}
