// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/frozen.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/owned.h"

static void run(const char *name, const char *const *arguments, int out)
{
	const char *build = getenv("PARTRACE_BUILD");
	char path[4096];
	char *argv[16] = { path };

	snprintf(path, sizeof(path), "%s%s%s",
		 *name == '/' ? ""
		 : build      ? build
			      : "build",
		 *name == '/' ? "" : "/tests/programs/", name);
	for (size_t i = 0; arguments[i] && i + 2 < ARRAY_LEN(argv); i++)
		argv[i + 1] = (char *)arguments[i];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(out, STDOUT_FILENO);
	execv(path, argv);
	_exit(127);
}

/* Until the line that begins with "end", which is the last. */
static void read_text(struct frozen *frozen, int fd)
{
	size_t size = 0;
	ssize_t got;

	do {
		got = read(fd, frozen->text + size, sizeof(frozen->text) - 1 - size);
		size += got > 0 ? (size_t)got : 0;
		frozen->text[size] = '\0';
	} while (got > 0 && !strstr(frozen->text, "end "));
	cr_assert(strstr(frozen->text, "end "), "it says what it has: %s", frozen->text);
}

/* The kernel lists them as they came. Their numbers tell less: these begin anew when they run out.
 */
size_t frozen_threads(const struct frozen *frozen, pid_t *tids, size_t room)
{
	_cleanup_closedir_ DIR *threads = NULL;
	struct dirent *entry;
	char path[64];
	size_t count = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", frozen->pid);
	threads = opendir(path);
	while (threads && count < room && (entry = readdir(threads)))
		if (atoi(entry->d_name))
			tids[count++] = atoi(entry->d_name);
	return count;
}

static pid_t newest_thread(const struct frozen *frozen)
{
	static pid_t tids[4096];
	size_t count = frozen_threads(frozen, tids, ARRAY_LEN(tids));

	return count ? tids[count - 1] : 0;
}

/* System call 202, with the operation of a mutex: FUTEX_WAIT, private. */
static bool waits_in_futex(pid_t tid)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[64], line[256] = "";

	snprintf(path, sizeof(path), "/proc/%d/syscall", tid);
	file = fopen(path, "re");
	return file && fgets(line, sizeof(line), file) && !strncmp(line, "202 ", 4) &&
	       strstr(line, " 0x80 ");
}

void frozen_start(struct frozen *frozen, const char *name, const char *const *arguments)
{
	int ends[2];

	memset(frozen, 0, sizeof(*frozen));
	cr_assert_eq(pipe(ends), 0);
	frozen->pid = fork();
	if (frozen->pid == 0)
		run(name, arguments, ends[1]);
	close(ends[1]);
	read_text(frozen, ends[0]);
	close(ends[0]);
	for (int i = 0; i < 5000; i++) {
		frozen->tid = newest_thread(frozen);
		if (waits_in_futex(frozen->tid))
			return;
		usleep(1000);
	}
	frozen_kill(frozen);
	cr_assert_fail("%s does not block in a lock", name);
}

void frozen_kill(struct frozen *frozen)
{
	if (frozen->pid <= 0)
		return;
	kill(frozen->pid, SIGKILL);
	waitpid(frozen->pid, NULL, 0);
	frozen->pid = 0;
}

static void take_registers(const struct user_regs_struct *from, uint64_t *to)
{
	const uint64_t values[STACK_REGISTERS] = {
		from->rax, from->rdx, from->rcx, from->rbx, from->rsi, from->rdi,
		from->rbp, from->rsp, from->r8,  from->r9,  from->r10, from->r11,
		from->r12, from->r13, from->r14, from->r15, from->rip,
	};

	memcpy(to, values, sizeof(values));
}

void frozen_copy(struct frozen *frozen, size_t size)
{
	struct user_regs_struct registers;
	struct iovec local = { frozen->bytes, size }, remote = { NULL, size };
	ssize_t got = -1;

	cr_assert_eq(ptrace(PTRACE_SEIZE, frozen->tid, NULL, NULL), 0);
	cr_assert_eq(ptrace(PTRACE_INTERRUPT, frozen->tid, NULL, NULL), 0);
	cr_assert_eq(waitpid(frozen->tid, NULL, __WALL), frozen->tid);
	cr_assert_eq(ptrace(PTRACE_GETREGS, frozen->tid, NULL, &registers), 0);
	take_registers(&registers, frozen->stack.registers);
	remote.iov_base = (void *)(uintptr_t)registers.rsp;
	/* Shorter where the stack ends before that. */
	for (; size && got < 0; local.iov_len = remote.iov_len = size) {
		got = process_vm_readv(frozen->pid, &local, 1, &remote, 1, 0);
		size /= 2;
	}
	ptrace(PTRACE_DETACH, frozen->tid, NULL, NULL);
	frozen->stack.bytes = frozen->bytes;
	frozen->stack.size = got > 0 ? (size_t)got : 0;
	for (int i = 0; i < 5000 && !waits_in_futex(frozen->tid); i++)
		usleep(1000);
}

uint64_t frozen_address(const struct frozen *frozen, const char *name)
{
	char line[64];
	const char *at;

	snprintf(line, sizeof(line), "%s ", name);
	at = strstr(frozen->text, line);
	cr_assert(at, "it tells where %s is", name);
	return strtoull(at + strlen(line), NULL, 16);
}
