// SPDX-License-Identifier: BSD-2-Clause
/* Memory of processes that would keep us waiting, or have become another program. */
#include "daemon/symbol/target_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/owned.h"
#include "daemon/symbol/python_memory.h"
#include "daemon/symbol/stack_memory.h"

#define PAGE_BYTES 4096u

TestSuite(target_memory, .timeout = 10);

/* Two pages of our own: whoever touches the second is to wait for it, and nobody brings it. */
static uint8_t *open_pages(int *ret_fd)
{
	uint8_t *pages = mmap(NULL, 2 * PAGE_BYTES, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register missing = { .range = { (uintptr_t)pages + PAGE_BYTES, PAGE_BYTES },
					   .mode = UFFDIO_REGISTER_MODE_MISSING };

	cr_assert_neq(pages, MAP_FAILED);
	memset(pages, 7, PAGE_BYTES);
	*ret_fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (*ret_fd < 0 || ioctl(*ret_fd, UFFDIO_API, &api) < 0 ||
	    ioctl(*ret_fd, UFFDIO_REGISTER, &missing) < 0)
		cr_skip_test("userfaultfd is not allowed here");
	return pages;
}

Test(target_memory, a_stack_ends_where_its_page_never_comes)
{
	_cleanup_close_ int fd = -1;
	uint8_t *pages = open_pages(&fd);
	struct stack_memory memory = { .pid = getpid(),
				       .from = (uintptr_t)pages,
				       .copy = pages,
				       .copy_size = 64,
				       .may_read_on = true };
	uint64_t value = 0;

	stack_memory_begin(&memory);
	cr_assert(stack_memory_read(&memory, (uintptr_t)pages + 1024, &value));
	cr_assert_eq(value, 0x0707070707070707);
	cr_assert_not(stack_memory_read(&memory, (uintptr_t)pages + PAGE_BYTES, &value));
	stack_memory_end(&memory);
	stack_memory_release(&memory);
}

Test(target_memory, of_python_is_torn_where_its_page_never_comes)
{
	_cleanup_close_ int fd = -1;
	uint8_t *pages = open_pages(&fd);
	struct python_process process = { .pid = getpid() };
	const struct python_memory memory = { python_memory_read, &process };
	uint64_t value = 0;

	cr_assert_eq(python_read(&memory, (uintptr_t)pages, &value, sizeof(value)), 0);
	cr_assert_eq(value, 0x0707070707070707);
	cr_assert_eq(python_read(&memory, (uintptr_t)pages + PAGE_BYTES, &value, sizeof(value)),
		     -EAGAIN);
	target_memory_close(&process.memory);
}

static uint8_t word[8] = "program";

/* A copy of this program, which is another one when the pipe is closed. */
static pid_t fork_one_that_changes(int *ret_go)
{
	int go[2];
	pid_t pid;

	cr_assert_eq(pipe2(go, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		char nothing;

		close(go[1]);
		(void)!read(go[0], &nothing, 1);
		execl("/bin/sleep", "sleep", "60", NULL);
		_exit(1);
	}
	close(go[0]);
	*ret_go = go[1];
	return pid;
}

static bool has_changed(pid_t pid)
{
	struct target_memory fresh = { 0 };
	char found[8];
	ssize_t got = target_memory_read(&fresh, pid, (uintptr_t)word, found, sizeof(found));

	target_memory_close(&fresh);
	return got != sizeof(found) || memcmp(found, word, sizeof(found)) != 0;
}

Test(target_memory, after_exec_is_the_new_one_where_that_is_asked_for)
{
	struct target_memory memory = { 0 };
	char found[8];
	int go;
	pid_t pid = fork_one_that_changes(&go);

	cr_assert_eq(target_memory_read(&memory, pid, (uintptr_t)word, found, 8), 8);
	cr_assert_str_eq(found, "program");
	close(go);
	while (!has_changed(pid))
		usleep(1000);
	cr_assert_eq(target_memory_read(&memory, pid, (uintptr_t)word, found, 8), 0, "it is gone");
	cr_assert_neq(target_memory_read_now(&memory, pid, (uintptr_t)word, found, 8), 0,
		      "there is some, if not here");
	target_memory_close(&memory);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
