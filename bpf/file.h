/* SPDX-License-Identifier: BSD-2-Clause */
/* What is behind a file descriptor of a task that waits. */
#ifndef PARTRACE_BPF_FILE_H
#define PARTRACE_BPF_FILE_H

#include "bpf/maps.h"

#include <bpf/bpf_core_read.h>

/* A typed pointer out of an address: reads through it cost a load, not a helper's call (6.2). */
extern void *bpf_rdonly_cast(const void *address, u32 type) __ksym __weak;

static __always_inline u32 kind_of(u32 mode, u32 family)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
		return FILE_REGULAR;
	case S_IFIFO:
		return FILE_PIPE;
	case S_IFSOCK:
		return family == AF_UNIX ? FILE_UNIX_SOCKET : FILE_SOCKET;
	case S_IFCHR:
		return FILE_DEVICE;
	case S_IFBLK:
		return FILE_BLOCK;
	default:
		return FILE_ANONYMOUS;
	}
}

/* Files without an inode of their own differ by what can be done with them. */
static __always_inline u32 anonymous_kind(u64 operations)
{
	for (u32 i = 0; i < FILE_LEARNED; i++)
		if (operations == control.file_operations[i])
			return FILE_EVENT + i;
	return FILE_ANONYMOUS;
}

/*
 * Pipes, Unix sockets and the kernel's own files lead to another task of this machine, a timer to
 * the thread's own wish, the rest to I/O.
 */
static __always_inline u32 cause_of_file(u32 kind)
{
	if (kind == FILE_NONE)
		return WAIT_OTHER;
	if (kind == FILE_TIMER)
		return WAIT_SLEEP;
	return kind == FILE_PIPE || kind == FILE_UNIX_SOCKET || kind >= FILE_EVENT ? WAIT_IPC
										   : WAIT_IO;
}

/*
 * A table of files is an array of pointers, and the verifier knows no such type. But the kernel has
 * structs with such a pointer in them: an entry is taken for the `file` of a socket.
 */
static __always_inline u32 entry_kind(struct file **entry)
{
	u64 before = bpf_core_field_offset(struct socket, file);
	struct socket *holder, *socket;
	struct file *file;
	u32 mode;

	holder = bpf_rdonly_cast((void *)((u64)entry - before),
				 bpf_core_type_id_kernel(struct socket));
	file = holder->file;
	if (!file)
		return FILE_NONE;
	mode = file->f_inode->i_mode;
	if (!(mode & S_IFMT))
		return anonymous_kind((u64)file->f_op);
	if ((mode & S_IFMT) != S_IFSOCK)
		return kind_of(mode, 0);
	socket = bpf_rdonly_cast(file->private_data, bpf_core_type_id_kernel(struct socket));
	return kind_of(mode, socket->sk->__sk_common.skc_family);
}

/* The same before 6.2. */
static __always_inline u32 entry_kind_by_copy(struct file **entry)
{
	struct file *file = NULL;
	struct inode *inode;
	struct socket *socket;
	u32 mode;

	if (bpf_probe_read_kernel(&file, sizeof(file), entry) || !file)
		return FILE_NONE;
	inode = BPF_CORE_READ(file, f_inode);
	mode = BPF_CORE_READ(inode, i_mode);
	if (!(mode & S_IFMT))
		return anonymous_kind((u64)BPF_CORE_READ(file, f_op));
	if ((mode & S_IFMT) != S_IFSOCK)
		return kind_of(mode, 0);
	socket = BPF_CORE_READ(file, private_data);
	return kind_of(mode, BPF_CORE_READ(socket, sk, __sk_common.skc_family));
}

/* The operations of the daemon's own examples: in its own context, before anything is watched. */
static __always_inline void learn_files(struct task_struct *self)
{
	struct file **table = BPF_CORE_READ(self, files, fdt, fd);
	struct file *file;

	for (u32 i = 0; i < FILE_LEARNED; i++)
		if (control.file_examples[i] != (u32)-1 &&
		    !bpf_probe_read_kernel(&file, sizeof(file), table + control.file_examples[i]))
			control.file_operations[i] = (u64)BPF_CORE_READ(file, f_op);
}

/*
 * The kind of the file `fd` of `task`. `typed` only where it matters, on the hot
 * path: libbpf 1.1 links no two objects that both name the same kernel function.
 */
static __always_inline u32 file_kind(struct task_struct *task, u32 fd, bool typed)
{
	bool casts = typed && settings.has_typed_cast;
	struct files_struct *files;
	struct fdtable *table;

	if (casts)
		task = bpf_rdonly_cast(task, bpf_core_type_id_kernel(struct task_struct));
	files = task->files;
	table = files ? files->fdt : NULL;
	if (!table || fd >= table->max_fds)
		return FILE_NONE;
	return casts ? entry_kind(table->fd + fd) : entry_kind_by_copy(table->fd + fd);
}

#endif
