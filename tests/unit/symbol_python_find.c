// SPDX-License-Identifier: BSD-2-Clause
#include <criterion/criterion.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/owned.h"
#include "daemon/symbol/python_find.h"
#include "tests/support/python_scene.h"

/* A copy of Debian's python, mapped by this very process as if it were its libpython. */
static char folder[32], path[64];
static Elf64_Ehdr header;
static int fd = -1;
static void *mapped;

static void map_copy(void)
{
	_cleanup_close_ int original = open(DEBIAN_PYTHON, O_RDONLY | O_CLOEXEC);
	struct stat status;

	strcpy(folder, "/tmp/partrace-test-XXXXXX");
	cr_assert(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/libpython3.so", folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	cr_assert(original >= 0 && fd >= 0);
	cr_assert_eq(fstat(original, &status), 0);
	cr_assert_eq(sendfile(fd, original, NULL, (size_t)status.st_size), status.st_size);
	cr_assert_eq(pread(fd, &header, sizeof(header), 0), (ssize_t)sizeof(header));
	mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	cr_assert_neq(mapped, MAP_FAILED);
}

static void remove_copy(void)
{
	close(fd);
	unlink(path);
	rmdir(folder);
}

TestSuite(python_find, .init = map_copy, .fini = remove_copy);

Test(python_find, finds_each_symbol_where_the_file_is_mapped)
{
	struct python_place place;

	cr_assert_eq(python_find(getpid(), &place), 0);
	cr_assert(place.runtime && place.version && place.code_type && place.unicode_type &&
		  place.bytes_type);
}

Test(python_find, finds_it_in_a_file_that_was_deleted)
{
	struct python_place place;

	unlink(path);
	cr_assert_eq(python_find(getpid(), &place), 0);
}

Test(python_find, takes_nothing_from_a_file_that_is_cut_short)
{
	struct python_place place;

	cr_assert_eq(ftruncate(fd, 100000), 0);
	cr_assert_eq(python_find(getpid(), &place), -ENOENT);
	cr_assert_eq(ftruncate(fd, 10), 0);
	cr_assert_eq(python_find(getpid(), &place), -ENOENT);
	cr_assert_eq(ftruncate(fd, 0), 0);
	cr_assert_eq(python_find(getpid(), &place), -ENOENT);
}

/* A device in place of the file, mapped as it: to open one can do things. */
static void map_device(void)
{
	munmap(mapped, 4096);
	close(fd);
	unlink(path);
	cr_assert_eq(mknod(path, S_IFCHR | 0600, makedev(1, 5)), 0);
	fd = open(path, O_RDWR | O_CLOEXEC);
	mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	cr_assert_neq(mapped, MAP_FAILED);
}

Test(python_find, opens_no_device)
{
	_cleanup_close_ int opened = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	struct inotify_event event;
	struct python_place place;

	if (geteuid() != 0)
		cr_skip_test("only root can make a device");
	map_device();
	cr_assert_geq(inotify_add_watch(opened, path, IN_OPEN), 0);
	cr_assert_eq(python_find(getpid(), &place), -ENOENT);
	cr_assert_eq(read(opened, &event, sizeof(event)), -1);
	close(open(path, O_RDONLY | O_CLOEXEC));
	cr_assert_gt(read(opened, &event, sizeof(event)), 0, "it would have been seen");
}

/* So many tables of symbols that are all the same hole in the file. */
static void claim_tables(unsigned int count, uint64_t bytes)
{
	Elf64_Shdr names = { .sh_type = SHT_STRTAB, .sh_size = 1 };
	Elf64_Shdr table = { .sh_type = SHT_DYNSYM,
			     .sh_offset = 64 << 20,
			     .sh_size = bytes,
			     .sh_entsize = sizeof(Elf64_Sym) };
	off_t at = (off_t)(table.sh_offset + bytes);

	header.e_shoff = (Elf64_Off)at;
	header.e_shnum = (Elf64_Half)count;
	header.e_shstrndx = 0;
	cr_assert_eq(pwrite(fd, &header, sizeof(header), 0), (ssize_t)sizeof(header));
	for (unsigned int i = 0; i < count; i++, at += (off_t)sizeof(table))
		cr_assert_eq(pwrite(fd, i ? &table : &names, sizeof(table), at),
			     (ssize_t)sizeof(table));
}

Test(python_find, takes_no_more_memory_than_one_large_table_needs)
{
	struct rusage before, after;
	struct python_place place;

	claim_tables(20, 24 << 20);
	getrusage(RUSAGE_SELF, &before);
	cr_assert_eq(python_find(getpid(), &place), -ENOENT);
	getrusage(RUSAGE_SELF, &after);
	cr_assert_lt(after.ru_maxrss - before.ru_maxrss, 100 << 10, "%ld KiB more",
		     after.ru_maxrss - before.ru_maxrss);
}

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Where it is most likely to matter: what tells of the file, its segments, its sections. */
static off_t place_of_flaw(uint32_t *random)
{
	switch (next_random(random) % 3) {
	case 0:
		return next_random(random) % sizeof(header);
	case 1:
		return (off_t)header.e_phoff +
		       next_random(random) % (header.e_phnum * header.e_phentsize);
	default:
		return (off_t)header.e_shoff +
		       next_random(random) % (header.e_shnum * header.e_shentsize);
	}
}

Test(python_find, survives_every_flaw_of_a_file)
{
	uint32_t random = 362436069;
	unsigned int found = 0;

	for (int i = 0; i < 1000; i++) {
		off_t at = place_of_flaw(&random);
		uint8_t bytes[4], flawed[4];
		struct python_place place;
		int r;

		cr_assert_gt(pread(fd, bytes, sizeof(bytes), at), 0);
		for (size_t j = 0; j < sizeof(bytes); j++)
			flawed[j] = j % 3 ? bytes[j] : (uint8_t)next_random(&random);
		cr_assert_eq(pwrite(fd, flawed, sizeof(flawed), at), (ssize_t)sizeof(flawed));
		r = python_find(getpid(), &place);
		cr_assert(r == 0 || r == -ENOENT || r == -EOPNOTSUPP, "%d", r);
		found += r == 0;
		cr_assert_eq(pwrite(fd, bytes, sizeof(bytes), at), (ssize_t)sizeof(bytes));
	}
	cr_assert(found > 100 && found < 1000);
}
