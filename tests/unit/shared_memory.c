// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/shared_memory.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(shared_memory);

static char *map(int fd, int flags)
{
	char *memory = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, flags, fd, 0);

	cr_assert_neq(memory, MAP_FAILED);
	return memory;
}

static int look(const char *at, struct shared_memory *ret)
{
	return shared_memory_at(getpid(), (uintptr_t)at, ret);
}

Test(shared_memory, is_the_same_wherever_it_is_mapped)
{
	struct shared_memory one, other;
	int fd = memfd_create("locks", MFD_CLOEXEC);
	struct stat status;

	cr_assert_eq(ftruncate(fd, 2 * 4096), 0);
	cr_assert_eq(look(map(fd, MAP_SHARED) + 4100, &one), 0);
	cr_assert_eq(look(map(fd, MAP_SHARED) + 4100, &other), 0);
	cr_assert_eq(memcmp(&one, &other, sizeof(one)), 0);
	cr_assert_eq(fstat(fd, &status), 0);
	cr_assert_eq(one.inode, status.st_ino);
	cr_assert_eq(one.offset, 4100);
	close(fd);
}

Test(shared_memory, of_a_fork_is_told_from_any_other)
{
	struct shared_memory one, other;

	cr_assert_eq(look(map(-1, MAP_SHARED | MAP_ANONYMOUS), &one), 0);
	cr_assert_eq(look(map(-1, MAP_SHARED | MAP_ANONYMOUS), &other), 0);
	cr_assert(one.inode != other.inode || one.offset != other.offset);
}

Test(shared_memory, is_of_those_who_have_mapped_it)
{
	char *before = map(-1, MAP_SHARED | MAP_ANONYMOUS), *after;
	struct shared_memory one, other;
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	after = map(-1, MAP_SHARED | MAP_ANONYMOUS);
	cr_assert_eq(look(before + 4100, &one), 0);
	cr_assert_eq(look(after, &other), 0);
	cr_assert(shared_memory_is_of(getpid(), &one));
	cr_assert(shared_memory_is_of(getpid(), &other));
	cr_assert(shared_memory_is_of(child, &one));
	cr_assert_not(shared_memory_is_of(child, &other), "it was made after the fork");
	one.offset += 4096;
	cr_assert_not(shared_memory_is_of(child, &one), "that is behind its end");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

Test(shared_memory, is_not_what_is_private_or_not_there)
{
	struct shared_memory none = { .inode = 4711 };
	char *gone = map(-1, MAP_SHARED | MAP_ANONYMOUS);

	munmap(gone, 2 * 4096);
	cr_assert_eq(look(map(-1, MAP_PRIVATE | MAP_ANONYMOUS), &none), -ENOENT);
	cr_assert_eq(shared_memory_at(getpid(), 8, &none), -ENOENT);
	cr_assert_eq(none.inode, 4711, "it is written on success only");
	cr_assert_neq(look(gone, &none), -EINVAL);
}

Test(shared_memory, of_a_process_that_is_gone_is_not_known)
{
	struct shared_memory none;

	cr_assert_eq(shared_memory_at(4194304 + 1, 4096, &none), -ESRCH);
}
