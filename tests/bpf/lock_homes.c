// SPDX-License-Identifier: BSD-2-Clause
/* Words that processes share, as the probes alone see them: no daemon puts them together. */
#include <criterion/criterion.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "tests/bpf/watched.h"

TestSuite(lock_homes, .timeout = 60);

#define PAGE 4096

static struct probe *watch_oneself(bool without_find_vma)
{
	struct probe *probe = open_probe(
		(struct probe_options){ .max_threads = 64, .without_find_vma = without_find_vma });

	watch_process(probe, 0, getpid());
	return probe;
}

/* Long enough for an emulated CPU to fall asleep before it is over. */
static void wait_a_moment(const int *word)
{
	struct timespec moment = { .tv_nsec = 20 * NSEC_PER_MSEC };

	syscall(SYS_futex, word, FUTEX_WAIT, *word, &moment, NULL, 0);
}

/* A PREEMPT_RT kernel answers nothing about mappings within a switch. */
static bool kernel_can_be_asked(void)
{
	struct utsname name;

	uname(&name);
	return !strstr(name.version, "PREEMPT_RT");
}

static int *map(int file, int flags, off_t page)
{
	int *words = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, flags, file, page * PAGE);

	cr_assert_neq(words, MAP_FAILED);
	return words;
}

/* A child waits for the word at its own mapping of the file's page. */
static void child_waits(int file, off_t page, int word)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		wait_a_moment(map(file, MAP_SHARED, page) + word);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
}

static uint32_t row_of(struct probe *probe, pid_t not_of, const int *word)
{
	const uint64_t *keys = probe_lock_keys(probe);

	for (uint32_t i = 0; i < LOCK_ROWS; i++) {
		const struct lock_row *row = keys[i] > LOCK_BUSY ? probe_lock(probe, i) : NULL;

		if (row && row->pid != (uint32_t)not_of &&
		    (!word || row->address == (uintptr_t)word))
			return i + 1;
	}
	return 0;
}

static int file_of_two_pages(void)
{
	int file = memfd_create("words", MFD_CLOEXEC);

	cr_assert(file >= 0 && ftruncate(file, 2 * PAGE) == 0);
	return file;
}

/* The homes of this process's row and of a child's row, which waits for that page and word. */
static void wait_in_both(struct probe *probe, off_t page, int word, uint32_t *ret_home,
			 uint32_t *ret_own, uint32_t *ret_childs)
{
	int file = file_of_two_pages();
	int *words = map(file, MAP_SHARED, 1);
	uint32_t child;

	wait_a_moment(&words[5]);
	child_waits(file, page, word);
	*ret_home = row_of(probe, 0, &words[5]);
	child = row_of(probe, getpid(), NULL);
	cr_assert(*ret_home && child && *ret_home != child);
	*ret_own = probe_lock(probe, *ret_home - 1)->home;
	*ret_childs = probe_lock(probe, child - 1)->home;
	close(file);
}

Test(lock_homes, a_word_that_two_processes_map_has_one_home)
{
	struct probe *probe = watch_oneself(false);
	uint32_t home, own, childs;

	wait_in_both(probe, 1, 5, &home, &own, &childs);
	cr_assert_eq(own, kernel_can_be_asked() ? home : 0);
	cr_assert_eq(childs, own);
	probe_close(probe);
}

Test(lock_homes, other_words_of_the_same_file_have_none)
{
	static const struct {
		off_t page;
		int word;
	} others[] = { { 1, 6 }, { 0, 5 } };

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		struct probe *probe = watch_oneself(false);
		uint32_t home, own, childs;

		wait_in_both(probe, others[i].page, others[i].word, &home, &own, &childs);
		cr_assert_eq(own, 0);
		cr_assert_eq(childs, 0);
		probe_close(probe);
	}
}

Test(lock_homes, are_left_to_the_daemon_where_the_kernel_cannot_be_asked)
{
	struct probe *probe = watch_oneself(true);
	uint32_t home, own, childs;

	wait_in_both(probe, 1, 5, &home, &own, &childs);
	cr_assert_eq(own, 0);
	cr_assert_eq(childs, 0);
	probe_close(probe);
}

/* After fork, each has its own, at the same address. */
Test(lock_homes, a_word_in_private_memory_is_not_shared_whatever_the_call_says)
{
	struct probe *probe = watch_oneself(false);
	int *words = map(-1, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	uint32_t own, childs;
	int status;
	pid_t pid;

	wait_a_moment(words);
	pid = fork();
	if (pid == 0) {
		wait_a_moment(words);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	own = row_of(probe, pid, words);
	childs = row_of(probe, getpid(), words);
	cr_assert(own && childs && own != childs);
	cr_assert_eq(probe_lock(probe, own - 1)->home_known, kernel_can_be_asked());
	cr_assert_eq(probe_lock(probe, own - 1)->home, 0);
	cr_assert_eq(probe_lock(probe, childs - 1)->home, 0);
	probe_close(probe);
}
