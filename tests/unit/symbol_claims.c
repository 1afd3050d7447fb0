// SPDX-License-Identifier: BSD-2-Clause
/* Small files that claim to be large ones take no memory without bounds. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/owned.h"
#include "daemon/symbol/inlines.h"
#include "daemon/symbol/packed.h"
#include "daemon/symbol/symbolizer.h"

#define FUNCTIONS 1500
#define PIECES    2000

/* An object file of this assembly. */
static int assemble(const char *source)
{
	char folder[] = "/tmp/partrace-test-XXXXXX", path[64], command[128];
	FILE *assembler;
	int fd;

	cr_assert(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/object", folder);
	snprintf(command, sizeof(command), "as --no-warn -o %s -", path);
	assembler = popen(command, "w");
	cr_assert(assembler);
	fputs(source, assembler);
	cr_assert_eq(pclose(assembler), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	unlink(path);
	rmdir(folder);
	cr_assert(fd >= 0);
	return fd;
}

/* One unit of many functions, which are all in the same many pieces. */
static const char functions[] =
	".section .debug_abbrev,\"\",@progbits\n"
	".byte 1, 0x11, 1, 0x11, 0x01, 0, 0\n" /* unit: DW_AT_low_pc as an address */
	".byte 2, 0x2e, 0, 0x55, 0x17, 0, 0\n" /* function: DW_AT_ranges as an offset */
	".byte 0\n"
	".section .debug_ranges,\"\",@progbits\n"
	".set i, 4096\n"
	".rept %d\n.quad i, i + 1\n.set i, i + 2\n.endr\n"
	".quad 0, 0\n"
	".section .debug_info,\"\",@progbits\n"
	".long end - begin\n"
	"begin: .short 4\n.long 0\n.byte 8\n"
	".byte 1\n.quad 0\n"
	".rept %d\n.byte 2\n.long 0\n.endr\n"
	".byte 0\n"
	"end:\n";

Test(symbol_claims, functions_that_name_the_same_pieces_are_bounded_all_the_same)
{
	char source[sizeof(functions) + 32];
	_cleanup_close_ int fd = -1;
	struct inlines inlines;
	Dwarf_Off next;
	Dwarf_Die unit;
	size_t header;
	Dwarf *dwarf;

	snprintf(source, sizeof(source), functions, PIECES, FUNCTIONS);
	fd = assemble(source);
	dwarf = dwarf_begin(fd, DWARF_C_READ);
	cr_assert(dwarf);
	cr_assert_eq(dwarf_nextcu(dwarf, 0, &next, &header, NULL, NULL, NULL), 0);
	cr_assert(dwarf_offdie(dwarf, header, &unit));
	inlines_read(&unit, 5000, &inlines);
	cr_assert_eq(inlines.count, 5000, "%zu", inlines.count);
	inlines_release(&inlines);
	dwarf_end(dwarf);
}

/* Two sections that say that they are so many MiB when they are unpacked; one of each form. */
static bool is_bounded(uint64_t new_mib, uint64_t old_mib)
{
	char source[512];
	_cleanup_close_ int fd = -1;
	bool bounded;
	Elf *elf;

	snprintf(source, sizeof(source),
		 ".section .debug_info,\"0x800\",@progbits\n"
		 ".long 1, 0\n.quad %lu, 1\n"
		 ".section .zdebug_line,\"\",@progbits\n"
		 ".ascii \"ZLIB\"\n.byte %lu, %lu, %lu, %lu\n.long 0\n",
		 new_mib << 20, 0ul, 0ul, 0ul, old_mib >> 12);
	fd = assemble(source);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	cr_assert_eq(elf_kind(elf), ELF_K_ELF);
	bounded = packed_is_bounded(elf);
	elf_end(elf);
	return bounded;
}

Test(symbol_claims, packed_sections_are_counted_together_whichever_form_they_have)
{
	cr_assert(is_bounded(1024, 0));
	cr_assert_not(is_bounded(1025, 0));
	cr_assert(is_bounded(0, 0));
	cr_assert_not(is_bounded(0, 4096), "4 GiB");
	cr_assert_not(is_bounded(1ull << 43, 0), "all that a number can say");
}

#define SECTIONS (4ull << 20)

/* A program of one page, and a hole where it says that its sections are. */
static void *map_many_sections(void)
{
	struct {
		Elf64_Ehdr file;
		Elf64_Phdr segment;
	} program = {
		.file = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				       EV_CURRENT },
			  .e_type = ET_DYN,
			  .e_machine = EM_X86_64,
			  .e_version = EV_CURRENT,
			  .e_ehsize = sizeof(Elf64_Ehdr),
			  .e_phoff = sizeof(Elf64_Ehdr),
			  .e_phentsize = sizeof(Elf64_Phdr),
			  .e_phnum = 1,
			  .e_shoff = 4096,
			  .e_shentsize = sizeof(Elf64_Shdr) },
		.segment = { .p_type = PT_LOAD,
			     .p_flags = PF_R | PF_X,
			     .p_filesz = 4096,
			     .p_memsz = 4096,
			     .p_align = 4096 },
	};
	const Elf64_Shdr first = { .sh_size = SECTIONS };
	_cleanup_close_ int fd = memfd_create("sections", MFD_CLOEXEC);
	void *at;

	cr_assert_eq(pwrite(fd, &program, sizeof(program), 0), sizeof(program));
	cr_assert_eq(pwrite(fd, &first, sizeof(first), 4096), sizeof(first));
	cr_assert_eq(ftruncate(fd, 4096 + (off_t)(SECTIONS * sizeof(first))), 0);
	at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	cr_assert_neq(at, MAP_FAILED);
	return at;
}

static long peak_kib(void)
{
	struct rusage usage;

	cr_assert_eq(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

Test(symbol_claims, sections_without_number_take_no_memory)
{
	long before_kib = peak_kib();
	struct symbolizer *symbolizer;
	struct symbol_place place;

	cr_assert_eq(symbolizer_new(&symbolizer), 0);
	cr_assert_eq(
		symbolizer_place(symbolizer, getpid(), (uint64_t)map_many_sections() + 64, &place),
		0);
	symbolizer_free(symbolizer);
	cr_assert_lt(peak_kib() - before_kib, (long)(SECTIONS * sizeof(Elf64_Shdr) / 1024),
		     "%ld KiB", peak_kib());
}
