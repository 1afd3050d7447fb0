// SPDX-License-Identifier: BSD-2-Clause
/* .gnu_debugdata as no program has it: what libdwfl is kept from unpacking. */
#include "daemon/symbol/mini_debug.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/owned.h"

TestSuite(symbol_mini_debug, .timeout = 60);

#define PACK     "objcopy --add-section .gnu_debugdata=mini.xz program;"
#define NAMES    "objcopy -S --keep-symbol=innermost $P/stacks-nofp mini;"
#define STRIPPED "strip -s -o program $P/stacks-nofp;"

static bool is_sound(const char *script)
{
	char folder[] = "/tmp/partrace-test-XXXXXX", text[2048];
	_cleanup_close_ int fd = -1;
	bool sound;
	Elf *elf;

	cr_assert(mkdtemp(folder));
	snprintf(text, sizeof(text),
		 "set -e; P=$(realpath ${PARTRACE_BUILD:-build})/tests/programs; cd %s; %s", folder,
		 script);
	cr_assert_eq(system(text), 0);
	snprintf(text, sizeof(text), "%s/program", folder);
	fd = open(text, O_RDONLY | O_CLOEXEC);
	snprintf(text, sizeof(text), "rm -r %s", folder);
	cr_assert_eq(system(text), 0);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	sound = mini_debug_is_sound(elf);
	elf_end(elf);
	return sound;
}

Test(symbol_mini_debug, with_the_names_of_a_program_is_sound)
{
	cr_assert(is_sound(STRIPPED NAMES "xz mini;" PACK));
}

/* A gigabyte of them takes 3 KB; libdwfl would unpack it twice. */
Test(symbol_mini_debug, whose_names_are_packed_once_more_is_not_sound)
{
	cr_assert_not(
		is_sound(STRIPPED NAMES
			 "python3 $OLDPWD/tests/support/packed_symbols.py mini 70; xz mini;" PACK));
}

/* Else a thousand of them, all with the same bytes, would be unpacked for minutes. */
Test(symbol_mini_debug, is_the_first_section_of_that_name_as_it_is_for_libdwfl)
{
	cr_assert(is_sound(STRIPPED NAMES
			   "xz -k mini; head -c 70M /dev/zero >> mini; xz -0 -c mini > large;" PACK
			   "objcopy --add-section .gnu_debugdatb=large program;"
			   "sed -i s/gnu_debugdatb/gnu_debugdata/ program"));
}
