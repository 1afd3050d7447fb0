// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/owned.h"

static uint64_t refused;

#define PIECE_BYTES    65536u
#define VDSO_BYTES_MAX 65536u

/* open()'s result, or -errno. The limit of files is the process's own, and so is this count. */
static int opened(long fd)
{
	if (fd >= 0)
		return (int)fd;
	if (errno == EMFILE || errno == ENFILE)
		__atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
	return -errno;
}

uint64_t files_refused(void)
{
	return __atomic_load_n(&refused, __ATOMIC_RELAXED);
}

/*
 * A device's open() can do things, a FIFO's can wait: the file is looked at by a descriptor that
 * does not open it, and opened through that one. Takes `found`.
 */
static int open_regular(int found, struct stat *ret_status)
{
	_cleanup_close_ int fd = found;
	char path[64];

	if (fstat(fd, ret_status) < 0)
		return -errno;
	if (!S_ISREG(ret_status->st_mode))
		return -EINVAL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return opened(open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
}

int files_open_here(const char *path, struct stat *ret_status)
{
	int found = opened(open(path, O_PATH | O_CLOEXEC));

	return found < 0 ? found : open_regular(found, ret_status);
}

int files_open_in_root(pid_t pid, const char *path, struct stat *ret_status)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	_cleanup_close_ int root = -1;
	char name[64];
	int found;

	snprintf(name, sizeof(name), "/proc/%d/root", pid);
	root = opened(open(name, O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (root < 0)
		return root;
	found = opened(syscall(SYS_openat2, root, path, &how, sizeof(how)));
	return found < 0 ? found : open_regular(found, ret_status);
}

/* The kernel's own, which is in memory only. */
static int open_vdso(pid_t pid, const struct mapping *mapping, struct stat *ret_status)
{
	_cleanup_close_ int fd = memfd_create("vdso", MFD_CLOEXEC);
	size_t size = mapping->end - mapping->start;
	_cleanup_free_ char *bytes = size <= VDSO_BYTES_MAX ? malloc(size) : NULL;
	struct iovec local = { bytes, size };
	struct iovec remote = { (void *)(uintptr_t)mapping->start, size };

	if (fd < 0 || !bytes)
		return -ENOMEM;
	if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != (ssize_t)size ||
	    write(fd, bytes, size) != (ssize_t)size)
		return -EIO;
	/* One for all, whenever it was copied. */
	*ret_status = (struct stat){ .st_size = (off_t)size };
	return TAKE_FD(fd);
}

/* Another file may stand at that path by now. */
static int same_inode(int fd, const struct stat *status, const struct mapping *mapping)
{
	if (fd < 0 || status->st_ino == mapping->inode)
		return fd;
	close(fd);
	return -ESTALE;
}

int files_open_mapping(pid_t pid, const struct mapping *mapping, struct stat *ret_status)
{
	char path[96];
	int fd;

	if (!strcmp(mapping->path, "[vdso]"))
		return open_vdso(pid, mapping, ret_status);
	if (!mapping->inode)
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/%d/map_files/%lx-%lx", pid, mapping->start,
		 mapping->end);
	fd = files_open_here(path, ret_status);
	/* -EINVAL: it is there, and no regular file */
	if (fd >= 0 || fd == -EINVAL || *mapping->path != '/')
		return fd;
	fd = same_inode(files_open_in_root(pid, mapping->path, ret_status), ret_status, mapping);
	if (fd >= 0)
		return fd;
	return same_inode(files_open_here(mapping->path, ret_status), ret_status, mapping);
}

int files_read_all(int fd, size_t max, char **ret, size_t *ret_size)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0, room = 0;
	ssize_t got;

	do {
		if (room - size < PIECE_BYTES + 1) {
			char *grown;

			room = room ? room * 2 : 2 * PIECE_BYTES;
			grown = realloc(text, room);
			if (!grown)
				return -ENOMEM;
			text = grown;
		}
		got = read(fd, text + size, PIECE_BYTES);
		if (got < 0)
			return -errno;
		size += (size_t)got;
		if (size > max)
			return -EFBIG;
	} while (got > 0);
	text[size] = '\0';
	*ret_size = size;
	*ret = TAKE_PTR(text);
	return 0;
}

int files_read_proc(pid_t pid, const char *name, size_t max, char **ret, size_t *ret_size)
{
	_cleanup_close_ int fd = -1;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = opened(open(path, O_RDONLY | O_CLOEXEC));
	if (fd < 0)
		return fd;
	return files_read_all(fd, max, ret, ret_size);
}
