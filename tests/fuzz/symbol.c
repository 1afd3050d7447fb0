// SPDX-License-Identifier: BSD-2-Clause
/* Spoiled inputs for the parsers of daemon/symbol: whatever comes, they end and touch nothing. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/owned.h"
#include "daemon/symbol/expression.h"
#include "daemon/symbol/files.h"
#include "daemon/symbol/maps.h"
#include "daemon/symbol/names.h"
#include "daemon/symbol/perf_map.h"
#include "daemon/symbol/symbolizer.h"
#include "tests/fuzz/elf.h"
#include "tests/fuzz/mutate.h"

TestSuite(symbol_fuzz, .timeout = 100);

/* A copy that ends where it ends: with sanitizers, a byte too much is found. */
static char *spoiled(struct mutation *mutation, const char *bytes, size_t *size)
{
	char *copy = malloc(*size + 1);
	char *exact;

	memcpy(copy, bytes, *size);
	*size = mutation_spoil(mutation, (uint8_t *)copy, *size);
	copy[*size] = '\0';
	exact = realloc(copy, *size + 1);
	return exact ? exact : copy;
}

Test(symbol_fuzz, maps_stay_ascending_whatever_the_text_is)
{
	static const char text[] =
		"55d0c0a00000-55d0c0a21000 r-xp 00001000 fe:00 131153    /usr/bin/x y\\012z\n"
		"55d0c1000000-55d0c1021000 rw-p 00000000 00:00 0         [heap]\n"
		"7f0000000000-7f0000021000 rw-p 00000000 00:00 0 \n"
		"7f0000030000-7f0000040000 rw-s 00000000 00:01 1024      /memfd:a (deleted)\n"
		"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n";
	struct mutation mutation = mutation_begin(1);

	for (unsigned int i = 0; i < mutation_rounds(20000); i++) {
		size_t size = sizeof(text) - 1;
		struct maps maps;

		cr_assert_eq(maps_parse(spoiled(&mutation, text, &size), &maps), 0);
		for (size_t at = 0; at < maps.count; at++) {
			struct mapping *mapping = &maps.list[at];

			cr_assert(mapping->start < mapping->end);
			cr_assert(!at || mapping[-1].end <= mapping->start);
			cr_assert_eq(maps_find(&maps, mapping->start), mapping);
			cr_assert_eq(maps_find(&maps, mapping->end - 1), mapping);
			cr_assert(strlen(mapping->path) < sizeof(text));
		}
		maps_release(&maps);
	}
}

Test(symbol_fuzz, perf_maps_name_only_what_they_hold)
{
	static const char text[] = "7f3c00 40 Interpreter\n7f3c40 80 Ljava/lang/String;::hash\r\n"
				   "7f3c00 200 py::f:/a.py\n7f3e00 1 \xc3\xa9\n8000 ff last";
	struct mutation mutation = mutation_begin(2);

	for (unsigned int i = 0; i < mutation_rounds(20000); i++) {
		size_t size = sizeof(text) - 1;
		struct perf_map map;
		char *spoilt;

		spoilt = spoiled(&mutation, text, &size);
		cr_assert_eq(perf_map_parse(spoilt, size, &map), 0);
		for (size_t at = 0; at < map.count; at++) {
			uint64_t offset;
			const char *name = perf_map_find(&map, map.entries[at].start, &offset);

			cr_assert(name && *name && strlen(name) <= size);
		}
		perf_map_release(&map);
	}
}

Test(symbol_fuzz, names_are_printable_and_valid)
{
	static const char *const symbols[] = {
		"_ZNSt6vectorIiSaIiEE9push_backERKi",
		"_RINvNtC3std3mem8align_ofjdE",
		"_ZN4core3fmt9Formatter3pad17h0123456789abcdefE",
		"pthread_mutex_lock@@GLIBC_2.2.5",
		"caf\xc3\xa9",
	};
	_cleanup_(texts_freep) struct texts *texts = NULL;
	struct mutation mutation = mutation_begin(3);

	cr_assert_eq(texts_new(1 << 24, &texts), 0);
	for (unsigned int i = 0; i < mutation_rounds(20000); i++) {
		const char *symbol = symbols[i % ARRAY_LEN(symbols)];
		size_t size = strlen(symbol);
		_cleanup_free_ char *spoilt = spoiled(&mutation, symbol, &size);
		const char *name = names_keep(texts, spoilt);

		for (; name && *name; name++)
			cr_assert((unsigned char)*name >= ' ' && *name != 127);
	}
}

static bool read_anything(void *context, uint64_t address, uint64_t *ret)
{
	(void)context;
	*ret = address * 3;
	return address % 7 != 0;
}

Test(symbol_fuzz, expressions_end)
{
	static const uint64_t registers[STACK_REGISTERS] = { 1, 2, 3 };
	const struct expression_input input = {
		.registers = registers, .known = 0xffff, .has_cfa = true, .read = read_anything
	};
	struct mutation mutation = mutation_begin(4);
	unsigned int good = 0;

	for (unsigned int i = 0; i < mutation_rounds(50000); i++) {
		Dwarf_Op ops[12];
		struct expression_result result;
		size_t count = mutation_number(&mutation, ARRAY_LEN(ops) + 1);

		for (size_t at = 0; at < count; at++)
			ops[at] = (Dwarf_Op){
				.atom = (uint8_t)mutation_number(&mutation, 256),
				.number = mutation_number(&mutation, 4)
						  ? mutation_number(&mutation, 40) - 20
						  : mutation_number(&mutation, UINT64_MAX),
				.offset = at * 3,
			};
		good += expression_evaluate(ops, count, &input, &result) == 0;
	}
	cr_assert_gt(good, 100, "some are right by chance: %u", good);
}

/* ---- ELF files: the parsers are libdw's, what is done with the answers is ours ---- */

static void run_file(struct symbolizer *symbolizer, struct mutation *mutation, const char *bytes,
		     size_t size)
{
	_cleanup_free_ char *copy = malloc(size);
	_cleanup_close_ int fd = memfd_create("spoiled", MFD_CLOEXEC);
	char *at;

	memcpy(copy, bytes, size);
	elf_spoil(mutation, (uint8_t *)copy, size);
	cr_assert_eq(write(fd, copy, size), (ssize_t)size);
	at = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	cr_assert_neq(at, MAP_FAILED);
	symbolizer_forget(symbolizer, getpid());
	elf_look(symbolizer, mutation, (uint64_t)at, size);
	munmap(at, size);
}

static void run_program(const char *name, uint64_t seed, unsigned int rounds)
{
	const char *build = getenv("PARTRACE_BUILD");
	_cleanup_free_ char *bytes = NULL;
	_cleanup_close_ int fd = -1;
	struct mutation mutation = mutation_begin(seed);
	struct symbolizer *symbolizer;
	struct stat status;
	char path[4096];
	size_t size;

	snprintf(path, sizeof(path), "%s/tests/programs/%s", build ? build : "build", name);
	fd = files_open_here(path, &status);
	cr_assert(fd >= 0, "%s", path);
	cr_assert_eq(files_read_all(fd, 1 << 24, &bytes, &size), 0);
	cr_assert_eq(symbolizer_new(&symbolizer), 0);
	for (unsigned int i = 0; i < mutation_rounds(rounds); i++)
		run_file(symbolizer, &mutation, bytes, size);
	symbolizer_free(symbolizer);
	cr_assert(elf_looks.natives > rounds && elf_looks.named > rounds / 8,
		  "many are read for a good part: %u frames, %u with names", elf_looks.natives,
		  elf_looks.named);
}

Test(symbol_fuzz, files_that_are_no_good_are_survived)
{
	run_program("stacks-nofp", 5, 100);
}

Test(symbol_fuzz, files_without_frames_are_survived)
{
	run_program("stacks-musl", 6, 100);
}

/* Whoever owns a file may shorten it while it is read. */
Test(symbol_fuzz, a_file_that_is_cut_off_while_it_is_open_is_survived)
{
	_cleanup_close_ int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int fd = memfd_create("shortened", MFD_CLOEXEC);
	struct mutation mutation = mutation_begin(7);
	struct symbolizer *symbolizer;
	struct symbol_place place;
	struct stat status;
	off_t from = 0;
	char *at;

	cr_assert_eq(fstat(self, &status), 0);
	while (from < status.st_size)
		cr_assert_gt(sendfile(fd, self, &from, 1 << 24), 0);
	at = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	cr_assert_eq(symbolizer_new(&symbolizer), 0);
	cr_assert_eq(symbolizer_place(symbolizer, getpid(), 0, &place), 0);
	cr_assert_eq(ftruncate(fd, 4096), 0);
	elf_look(symbolizer, &mutation, (uint64_t)at, (uint64_t)status.st_size);
	symbolizer_free(symbolizer);
}
