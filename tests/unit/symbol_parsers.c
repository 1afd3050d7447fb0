// SPDX-License-Identifier: BSD-2-Clause
/* What other programs write, read by parsers of ours. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "daemon/symbol/maps.h"
#include "daemon/symbol/names.h"
#include "daemon/symbol/perf_map.h"
#include "daemon/symbol/texts.h"

static struct maps maps;
static struct perf_map map;

static void parse_maps(const char *text)
{
	maps_release(&maps);
	cr_assert_eq(maps_parse(strdup(text), &maps), 0);
}

static void parse_map(const char *text)
{
	perf_map_release(&map);
	cr_assert_eq(perf_map_parse(strdup(text), strlen(text), &map), 0);
}

static void release(void)
{
	maps_release(&maps);
	perf_map_release(&map);
}

TestSuite(symbol_maps, .fini = release);
TestSuite(symbol_perf_map, .fini = release);

Test(symbol_maps, has_the_fields_of_a_line)
{
	parse_maps("7f00a000-7f00b000 r-xp 00001000 fe:10 1234    /usr/lib/x.so\n"
		   "7f00b000-7f00d000 rw-s 00000000 00:01 77       /dev/zero (deleted)\n");
	cr_assert_eq(maps.count, 2);
	cr_assert_eq(maps.list[0].start, 0x7f00a000);
	cr_assert_eq(maps.list[0].end, 0x7f00b000);
	cr_assert_eq(maps.list[0].file_offset, 0x1000);
	cr_assert_eq(maps.list[0].device_major, 0xfe);
	cr_assert_eq(maps.list[0].device_minor, 0x10);
	cr_assert_eq(maps.list[0].inode, 1234);
	cr_assert(maps.list[0].is_executable && !maps.list[0].is_shared);
	cr_assert_str_eq(maps.list[0].path, "/usr/lib/x.so");
	cr_assert(!maps.list[1].is_executable && maps.list[1].is_shared);
	cr_assert_str_eq(maps.list[1].path, "/dev/zero");
}

Test(symbol_maps, takes_anonymous_memory_and_strange_paths)
{
	parse_maps("1000-2000 rw-p 00000000 00:00 0 \n"
		   "2000-3000 rw-p 00000000 00:00 0\n"
		   "3000-4000 rw-p 00000000 00:00 0                          [heap]\n"
		   "4000-5000 r--p 00000000 08:01 5   /tmp/a b\\012c (deleted)\n");
	cr_assert_eq(maps.count, 4);
	cr_assert_str_eq(maps.list[0].path, "");
	cr_assert_str_eq(maps.list[1].path, "");
	cr_assert_str_eq(maps.list[2].path, "[heap]");
	cr_assert_str_eq(maps.list[3].path, "/tmp/a b\nc");
}

Test(symbol_maps, leaves_out_what_is_no_mapping)
{
	parse_maps("\n\nrubbish\n"
		   "5000-4000 r-xp 00000000 00:00 0\n"
		   "1000-2000 r-x\n"
		   "-1000-2000 r-xp 00000000 00:00 0\n"
		   "1000-2000 r-xp 00000000 00:00 x\n"
		   "1000-2000 r-xp 00000000 0000 0\n"
		   "fffffffffffffffff-fffffffffffffffff r-xp 00000000 00:00 0\n"
		   "1000-3000 r-xp 00000000 00:00 0\n"
		   "2000-4000 r-xp 00000000 00:00 0\n");
	cr_assert_eq(maps.count, 1, "one is whole and overlaps none before it");
	cr_assert_eq(maps.list[0].end, 0x3000);
}

Test(symbol_maps, finds_what_holds_an_address)
{
	parse_maps("1000-2000 r-xp 00000000 00:00 0\n3000-4000 r-xp 00000000 00:00 0\n");
	cr_assert_null(maps_find(&maps, 0xfff));
	cr_assert_eq(maps_find(&maps, 0x1000), &maps.list[0]);
	cr_assert_eq(maps_find(&maps, 0x1fff), &maps.list[0]);
	cr_assert_null(maps_find(&maps, 0x2000));
	cr_assert_eq(maps_find(&maps, 0x3fff), &maps.list[1]);
	cr_assert_null(maps_find(&maps, 0x4000));
	cr_assert_null(maps_find(&maps, UINT64_MAX));
	parse_maps("");
	cr_assert_null(maps_find(&maps, 0x1000));
}

Test(symbol_perf_map, names_the_code_at_an_address)
{
	uint64_t offset;

	parse_map("7f20 30 Lcom/Example;::run\n7f80 10 py::work:/a b.py\r\n");
	cr_assert_eq(map.count, 2);
	cr_assert_str_eq(perf_map_find(&map, 0x7f24, &offset), "Lcom/Example;::run");
	cr_assert_eq(offset, 4);
	cr_assert_str_eq(perf_map_find(&map, 0x7f8f, &offset), "py::work:/a b.py");
	cr_assert_null(perf_map_find(&map, 0x7f50, &offset));
	cr_assert_null(perf_map_find(&map, 0x7f90, &offset));
	cr_assert_null(perf_map_find(&map, 0, &offset));
}

Test(symbol_perf_map, believes_the_later_of_two_lines)
{
	uint64_t offset;

	parse_map("1000 100 old\n1040 20 new\n1080 10 newer\n1000 100 newest\n");
	cr_assert_str_eq(perf_map_find(&map, 0x1044, &offset), "newest");
	parse_map("1040 20 older\n1000 100 old\n1080 10 new\n");
	cr_assert_str_eq(perf_map_find(&map, 0x1044, &offset), "old");
	cr_assert_str_eq(perf_map_find(&map, 0x1084, &offset), "new");
}

Test(symbol_perf_map, leaves_out_rubbish_and_what_a_terminal_would_obey)
{
	uint64_t offset;

	parse_map("\n\n \n1000\n1000 10\n1000 10 \nx 10 a\n10 x a\n1000 0 empty\n"
		  "ffffffffffffffff 10 beyond\n-1 10 a\n1ffffffffffffffff 10 large\n"
		  "2000 10 red\033[31m\n3000 10 last");
	cr_assert_eq(map.count, 2);
	cr_assert_eq(map.malformed, 8, "%u: neither empty lines nor code of no length",
		     map.malformed);
	cr_assert_str_eq(perf_map_find(&map, 0x2000, &offset), "red?[31m");
	cr_assert_str_eq(perf_map_find(&map, 0x3000, &offset), "last", "without a line feed");
}

Test(symbol_perf_map, cuts_names_that_are_too_long)
{
	char text[8192] = "1000 10 ";
	uint64_t offset;

	memset(text + strlen(text), 'x', 5000);
	parse_map(text);
	cr_assert_eq(strlen(perf_map_find(&map, 0x1000, &offset)), PERF_MAP_NAME_MAX);
}

/* ---- names ---- */

static struct texts *texts;

static void texts_begin(void)
{
	cr_assert_eq(texts_new(1 << 20, &texts), 0);
}

static void texts_end(void)
{
	texts_free(texts);
}

TestSuite(symbol_names, .init = texts_begin, .fini = texts_end);

Test(symbol_names, are_what_the_programmer_wrote)
{
	cr_assert_str_eq(names_keep(texts, "main"), "main");
	cr_assert_str_eq(names_keep(texts, "pthread_mutex_lock@@GLIBC_2.2.5"),
			 "pthread_mutex_lock");
	cr_assert_str_eq(names_keep(texts, "_ZN5Queue4pushEi"), "Queue::push");
	cr_assert_str_eq(names_keep(texts, "_ZNSt5mutex4lockEv"), "std::mutex::lock");
	cr_assert_str_eq(names_keep(texts, "_ZN3std6thread5spawn17h0123456789abcdefE"),
			 "std::thread::spawn");
	cr_assert_str_eq(names_keep(texts, "_RNvCs1234_7mycrate4main"), "mycrate::main");
	cr_assert_str_eq(names_keep(texts, "_Znonsense"), "_Znonsense");
}

Test(symbol_names, can_be_printed_whatever_they_are)
{
	char name[6000] = "_Z";

	cr_assert_str_eq(names_keep(texts, "a\033[2Jb\n"), "a?[2Jb?");
	cr_assert_str_eq(names_keep_text(texts, "/tmp/\xff\xc3\xa9\xe2\x82"), "/tmp/?\xc3\xa9??");
	cr_assert_str_eq(names_keep_text(texts, "\xed\xa0\x80\xc0\x80"), "?????");
	memset(name + 2, 'N', sizeof(name) - 3);
	cr_assert(strlen(names_keep(texts, name)) < NAMES_BYTES_MAX);
}

Test(symbol_names, are_kept_once_and_as_many_as_there_is_room_for)
{
	struct texts *few;
	char name[32];
	const char *first;
	unsigned int kept = 0;

	cr_assert_eq(texts_new(100000, &few), 0);
	first = texts_keep(few, "first");
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "name %d", i);
		kept += texts_keep(few, name) != NULL;
	}
	cr_assert(kept > 5000 && kept < 20000);
	cr_assert(texts_bytes(few) <= 100000);
	cr_assert_eq(texts_refused(few), 20000 - kept);
	cr_assert_eq(texts_keep(few, "first"), first, "what is there stays");
	cr_assert_str_eq(first, "first");
	texts_free(few);
}
