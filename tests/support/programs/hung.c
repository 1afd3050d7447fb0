// SPDX-License-Identifier: BSD-2-Clause
/*
 * hung: reads a file of a server that never answers, as one hangs on a dead NFS server: in
 * uninterruptible sleep (D). The server is a child of its own, and the mount is in a namespace of
 * its own: nothing of it outlives this process, which ends after a minute at the latest.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOUNTPOINT "/tmp"
#define FILE_ID    2

struct reply {
	struct fuse_out_header header;
	union {
		struct fuse_init_out init;
		struct fuse_entry_out entry;
		struct fuse_attr_out attr;
		struct fuse_open_out open;
	};
};

static struct fuse_attr attributes_of(uint64_t id)
{
	return (struct fuse_attr){
		.ino = id,
		.size = 4096,
		.nlink = 1,
		.mode = id == FILE_ID ? S_IFREG | 0444 : S_IFDIR | 0755,
	};
}

/* The size of the answer, 0: none. Asynchronous reads are those that wait uninterruptibly. */
static size_t answer(const struct fuse_in_header *in, struct reply *reply)
{
	switch (in->opcode) {
	case FUSE_INIT:
		reply->init = (struct fuse_init_out){ .major = FUSE_KERNEL_VERSION,
						      .minor = 31,
						      .flags = FUSE_ASYNC_READ,
						      .max_write = 4096 };
		return sizeof(reply->init);
	case FUSE_LOOKUP:
		reply->entry = (struct fuse_entry_out){ .nodeid = FILE_ID,
							.attr = attributes_of(FILE_ID) };
		return sizeof(reply->entry);
	case FUSE_GETATTR:
		reply->attr = (struct fuse_attr_out){ .attr = attributes_of(in->nodeid) };
		return sizeof(reply->attr);
	case FUSE_OPEN:
		reply->open = (struct fuse_open_out){ 0 };
		return sizeof(reply->open);
	default:
		return 0;
	}
}

static void serve(int fd)
{
	static char request[FUSE_MIN_READ_BUFFER + 4096];
	const struct fuse_in_header *in = (const struct fuse_in_header *)request;
	struct reply reply;

	while (read(fd, request, sizeof(request)) > 0 || errno == EINTR) {
		size_t size;

		memset(&reply, 0, sizeof(reply));
		if (in->opcode == FUSE_READ)
			continue;
		size = answer(in, &reply);
		reply.header.unique = in->unique;
		reply.header.len = (uint32_t)(sizeof(reply.header) + size);
		reply.header.error = size ? 0 : -ENOSYS;
		(void)!write(fd, &reply, reply.header.len);
	}
	_exit(0);
}

int main(void)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char options[100], byte;
	pid_t self = getpid();

	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (fd < 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("hung", MOUNTPOINT, "fuse", MS_NOSUID | MS_NODEV, options) < 0) {
		perror("hung");
		return 1;
	}
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == self)
			serve(fd);
		_exit(1);
	}
	close(fd);
	alarm(60);
	(void)!read(open(MOUNTPOINT "/file", O_RDONLY), &byte, 1);
	perror("hung");
	return 1;
}
