// SPDX-License-Identifier: BSD-2-Clause
/*
 * unfilled: a thread waits for a lock in a page that goes away then, and that whoever touches it is
 * to wait for: userfaultfd(2) is asked to bring it, and nobody does. Prints "ready", or "refused".
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE_BYTES 4096

static uint32_t *lock;

static void *wait_for_lock(void *unused)
{
	*lock = 2; /* as glibc's mutex when it is waited for */
	for (;;)
		syscall(SYS_futex, lock, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
	return unused;
}

static int take_page_away(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register page = { .range = { (uintptr_t)lock, PAGE_BYTES },
					.mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0 || ioctl(fd, UFFDIO_REGISTER, &page) < 0)
		return -1;
	return madvise(lock, PAGE_BYTES, MADV_DONTNEED);
}

int main(void)
{
	pthread_t thread;

	lock = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (lock == MAP_FAILED || pthread_create(&thread, NULL, wait_for_lock, NULL))
		return 1;
	usleep(300000);
	puts(take_page_away() < 0 ? "refused" : "ready");
	fflush(stdout);
	for (;;)
		pause();
}
