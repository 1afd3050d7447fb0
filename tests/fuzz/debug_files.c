// SPDX-License-Identifier: BSD-2-Clause
/* Spoiled files that name the functions of another one: .gnu_debugdata, and what a link leads to.
 */
#include <fcntl.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/owned.h"
#include "daemon/symbol/files.h"
#include "tests/fuzz/elf.h"

TestSuite(debug_file_fuzz, .timeout = 100);

static char folder[] = "/tmp/partrace-fuzz-XXXXXX";

struct bytes {
	char *at;
	size_t size;
};

static void shell(const char *script)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "set -e; P=$(realpath ${PARTRACE_BUILD:-build})/tests/programs; cd %s; %s", folder,
		 script);
	cr_assert_eq(system(text), 0, "%s", text);
}

static void make(const char *script)
{
	cr_assert(mkdtemp(folder));
	shell(script);
}

static void path_of(const char *name, char *path, size_t room)
{
	snprintf(path, room, "%s/%s", folder, name);
}

static struct bytes read_made(const char *name)
{
	struct bytes bytes;
	struct stat status;
	char path[128];
	int fd;

	path_of(name, path, sizeof(path));
	fd = files_open_here(path, &status);
	cr_assert(fd >= 0, "%s", path);
	cr_assert_eq(files_read_all(fd, 1 << 24, &bytes.at, &bytes.size), 0);
	close(fd);
	return bytes;
}

static void write_made(const char *name, const struct bytes *bytes)
{
	_cleanup_close_ int fd = -1;
	char path[128];

	path_of(name, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	cr_assert_eq(write(fd, bytes->at, bytes->size), (ssize_t)bytes->size);
}

/* A symbolizer of its own: nobody remembers the file as it was before. */
static void look(struct mutation *mutation, const char *name)
{
	struct symbolizer *symbolizer;
	struct stat status;
	char path[128], *at;
	int fd;

	path_of(name, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert_eq(fstat(fd, &status), 0);
	at = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	cr_assert_neq(at, MAP_FAILED);
	close(fd);
	cr_assert_eq(symbolizer_new(&symbolizer), 0);
	elf_look(symbolizer, mutation, (uint64_t)at, (uint64_t)status.st_size);
	symbolizer_free(symbolizer);
	munmap(at, (size_t)status.st_size);
}

static void expect_some(unsigned int rounds, unsigned int names)
{
	shell("rm -r $PWD");
	cr_assert(elf_looks.natives > rounds && elf_looks.named >= names,
		  "many are read for a good part: %u frames, %u with names", elf_looks.natives,
		  elf_looks.named);
}

/* ---- packed into the file itself ---- */

#define ROOM 65536 /* what comes behind the end of a packed stream is not looked at */

/* The names are spoiled, or what they were packed into. */
static void pack(struct mutation *mutation, const struct bytes *names, uint8_t *packed)
{
	_cleanup_free_ uint8_t *copy = malloc(names->size);
	bool spoils_names = mutation_number(mutation, 2);
	size_t size = 0;

	memcpy(copy, names->at, names->size);
	if (spoils_names)
		elf_spoil(mutation, copy, names->size);
	cr_assert_eq(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, copy, names->size, packed,
					     &size, ROOM),
		     LZMA_OK);
	if (!spoils_names)
		mutation_spoil(mutation, packed, size);
}

Test(debug_file_fuzz, packed_names_that_are_no_good_are_survived)
{
	struct mutation mutation = mutation_begin(51);
	unsigned int rounds = mutation_rounds(100);
	struct bytes program, names;
	char *place;

	make("head -c 65536 /dev/zero | tr '\\0' '\\252' >room; strip -s -o program $P/stacks-nofp;"
	     "objcopy --add-section .gnu_debugdata=room program; strip -g -o names $P/stacks-nofp");
	program = read_made("program");
	names = read_made("names");
	place = memmem(program.at, program.size, "\252\252\252\252\252\252\252\252", 8);
	cr_assert(place && place + ROOM <= program.at + program.size);
	for (unsigned int i = 0; i < rounds; i++) {
		memset(place, 0, ROOM);
		pack(&mutation, &names, (uint8_t *)place);
		write_made("program", &program);
		look(&mutation, "program");
	}
	free(program.at);
	free(names.at);
	expect_some(rounds, rounds / 8);
}

/* ---- beside the file ---- */

static void run_linked(const char *script, uint64_t seed, bool has_names)
{
	struct mutation mutation = mutation_begin(seed);
	unsigned int rounds = mutation_rounds(100);
	struct bytes names;

	make(script);
	names = read_made("program.debug");
	for (unsigned int i = 0; i < rounds; i++) {
		struct bytes spoiled = { malloc(names.size), names.size };

		memcpy(spoiled.at, names.at, names.size);
		elf_spoil(&mutation, (uint8_t *)spoiled.at, names.size);
		if (mutation_number(&mutation, 8) == 0)
			spoiled.size = mutation_number(&mutation, names.size);
		write_made("program.debug", &spoiled);
		look(&mutation, "program");
		free(spoiled.at);
	}
	free(names.at);
	expect_some(rounds, has_names ? rounds / 8 : 0);
}

#define LINKED                                                                                     \
	"objcopy --only-keep-debug $P/stacks-nofp program.debug;"                                  \
	"objcopy -S --add-gnu-debuglink=program.debug $P/stacks-nofp program"

Test(debug_file_fuzz, files_with_the_right_build_id_that_are_no_good_are_survived)
{
	run_linked(LINKED, 52, true);
}

/* A checksum says whether they belong together: a spoiled one hardly ever does. */
Test(debug_file_fuzz, files_for_programs_without_a_build_id_are_survived)
{
	run_linked(LINKED "; objcopy -R .note.gnu.build-id program", 53, false);
}

/* A link, and what is said of the file itself, that are no good: the program is spoiled. */
Test(debug_file_fuzz, links_that_are_no_good_are_survived)
{
	struct mutation mutation = mutation_begin(54);
	unsigned int rounds = mutation_rounds(100);
	struct bytes program;

	make(LINKED);
	program = read_made("program");
	for (unsigned int i = 0; i < rounds; i++) {
		struct bytes spoiled = { malloc(program.size), program.size };
		char *link;

		memcpy(spoiled.at, program.at, program.size);
		link = memmem(spoiled.at, spoiled.size, "program.debug", 13);
		cr_assert(link);
		mutation_spoil(&mutation, (uint8_t *)link, 16);
		if (i % 2)
			mutation_spoil(&mutation, (uint8_t *)spoiled.at, 1024);
		write_made("program", &spoiled);
		look(&mutation, "program");
		free(spoiled.at);
	}
	free(program.at);
	expect_some(rounds, 1);
}
