// SPDX-License-Identifier: BSD-2-Clause
/*
 * locked_memory FILE: a process whose memory nobody can look at: one thread waits for a page of a
 * file system that does not answer, and has the lock of all mappings meanwhile; another wants to
 * change them. FILE, made and removed, is that file system. A child that serves it, and ends with
 * this process, says nothing but how large its only file is. Prints a line once it is locked.
 *
 * locked_memory FILE SECONDS: locked after so long. Before that it prints the TID of a thread that
 * waits for a mutex, again and again.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES 65536

/* Not on a stack: a request may be as large as the kernel likes. */
static char request[1 << 17];
static void *page;

static void answer(int fd, const void *body, size_t size)
{
	const struct fuse_in_header *asked = (const struct fuse_in_header *)request;
	struct fuse_out_header head = { .len = (uint32_t)(sizeof(head) + size),
					.unique = asked->unique };
	char bytes[512];

	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), body, size);
	if (write(fd, bytes, head.len) < 0)
		_exit(1);
}

static void answer_request(int fd, uint32_t operation)
{
	const struct fuse_init_out init = { .major = 7, .minor = 31, .max_write = 4096 };
	const struct fuse_open_out open_file = { .fh = 1 };
	const struct fuse_attr_out attributes = {
		.attr_valid = 1000,
		.attr = { .ino = 1, .size = FILE_BYTES, .mode = S_IFREG | 0644, .nlink = 1 },
	};

	if (operation == FUSE_INIT)
		answer(fd, &init, sizeof(init));
	else if (operation == FUSE_OPEN)
		answer(fd, &open_file, sizeof(open_file));
	else if (operation == FUSE_GETATTR)
		answer(fd, &attributes, sizeof(attributes));
	else if (operation == FUSE_FLUSH)
		answer(fd, "", 0);
}

static void serve(int fd)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "fileserver");
	while (read(fd, request, sizeof(request)) > 0 || errno == EINTR || errno == ENOENT)
		answer_request(fd, ((const struct fuse_in_header *)request)->opcode);
	_exit(0);
}

/* Its file, which is all of it: open, and without a name any more. */
static int open_dead_file(const char *path)
{
	int device = open("/dev/fuse", O_RDWR | O_CLOEXEC), fd;
	char options[128];
	struct stat status;

	snprintf(options, sizeof(options), "fd=%d,rootmode=100000,user_id=0,group_id=0", device);
	if (device < 0 || close(open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600)) < 0 ||
	    mount("dead", path, "fuse", MS_NOSUID | MS_NODEV, options) < 0)
		return -1;
	if (fork() == 0)
		serve(device);
	close(device);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	umount2(path, MNT_DETACH);
	unlink(path);
	return fd < 0 || fstat(fd, &status) < 0 ? -1 : fd;
}

/* The kernel, which reads it for us, keeps the lock. */
static void *wait_with_lock(void *unused)
{
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	char byte;

	if (pread(fd, &byte, 1, (off_t)page) < 0)
		_exit(1);
	return unused;
}

/* Who wants to write goes before those who want to read from now on. */
static void *want_lock(void *unused)
{
	usleep(200000);
	return mmap(NULL, FILE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
		       ? unused
		       : NULL;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *want_mutex(void *unused)
{
	printf("%d\n", gettid());
	fflush(stdout);
	while (pthread_mutex_lock(&mutex) == 0)
		pthread_mutex_unlock(&mutex);
	return unused;
}

static void *keep_mutex(void *unused)
{
	while (pthread_mutex_lock(&mutex) == 0) {
		usleep(20000);
		pthread_mutex_unlock(&mutex);
		usleep(100);
	}
	return unused;
}

static void work(unsigned int seconds)
{
	pthread_t threads[2];

	pthread_create(&threads[0], NULL, want_mutex, NULL);
	pthread_create(&threads[1], NULL, keep_mutex, NULL);
	sleep(seconds);
}

int main(int argc, char **argv)
{
	int fd = argc >= 2 ? open_dead_file(argv[1]) : -1;
	pthread_t threads[2];

	if (fd < 0) {
		fprintf(stderr, "locked_memory: no file system of our own: %s\n", strerror(errno));
		return 3;
	}
	page = mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (argc > 2)
		work((unsigned int)atoi(argv[2]));
	pthread_create(&threads[0], NULL, wait_with_lock, NULL);
	pthread_create(&threads[1], NULL, want_lock, NULL);
	usleep(500000);
	puts("locked");
	fflush(stdout);
	pause();
	return 0;
}
