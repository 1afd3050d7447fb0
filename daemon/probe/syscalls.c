// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/probe/syscalls.h"

#include <string.h>
#include <sys/syscall.h>

#include "base/owned.h"

struct syscall_row {
	int number;
	int wait;
};

/* Old system calls that newer architectures never had. */
static const struct syscall_row legacy_rows[] = {
#ifdef SYS_poll
	{ SYS_poll, WAIT_POLL },
#endif
#ifdef SYS_select
	{ SYS_select, WAIT_POLL },
#endif
#ifdef SYS_pause
	{ SYS_pause, WAIT_POLL },
#endif
#ifdef SYS_epoll_wait
	{ SYS_epoll_wait, WAIT_POLL },
#endif
#ifdef SYS_vfork
	{ SYS_vfork, WAIT_CHILD },
#endif
#ifdef SYS_open
	{ SYS_open, WAIT_IO },
#endif
#ifdef SYS_mkdir
	{ SYS_mkdir, WAIT_IO },
	{ SYS_rmdir, WAIT_IO },
	{ SYS_unlink, WAIT_IO },
	{ SYS_rename, WAIT_IO },
	{ SYS_stat, WAIT_IO },
	{ SYS_lstat, WAIT_IO },
	{ SYS_getdents, WAIT_IO },
#endif
#ifdef SYS_futex_waitv
	{ SYS_futex_waitv, SYSCALL_FUTEX_WAITV },
#endif
};

static const struct syscall_row rows[] = {
	{ SYS_futex, SYSCALL_FUTEX },
	{ 455,
	  SYSCALL_FUTEX_WAIT }, /* futex_wait, the same number everywhere, not in old headers */
	{ SYS_flock, WAIT_LOCK },
	{ SYS_fcntl, WAIT_LOCK }, /* of its commands only F_SETLKW and F_OFD_SETLKW wait */

	{ SYS_read, SYSCALL_FILE },
	{ SYS_write, SYSCALL_FILE },
	{ SYS_readv, SYSCALL_FILE },
	{ SYS_writev, SYSCALL_FILE },
	{ SYS_pread64, SYSCALL_FILE },
	{ SYS_pwrite64, SYSCALL_FILE },
	{ SYS_preadv, SYSCALL_FILE },
	{ SYS_pwritev, SYSCALL_FILE },
	{ SYS_preadv2, SYSCALL_FILE },
	{ SYS_pwritev2, SYSCALL_FILE },
	{ SYS_recvfrom, SYSCALL_FILE },
	{ SYS_recvmsg, SYSCALL_FILE },
	{ SYS_recvmmsg, SYSCALL_FILE },
	{ SYS_sendto, SYSCALL_FILE },
	{ SYS_sendmsg, SYSCALL_FILE },
	{ SYS_sendmmsg, SYSCALL_FILE },
	{ SYS_connect, SYSCALL_FILE },
	{ SYS_accept, SYSCALL_FILE },
	{ SYS_accept4, SYSCALL_FILE },
	{ SYS_splice, SYSCALL_FILE },
	{ SYS_tee, SYSCALL_FILE },
	{ SYS_vmsplice, SYSCALL_FILE },
	{ SYS_sendfile, SYSCALL_FILE },
	{ SYS_ioctl, SYSCALL_FILE },

	{ SYS_fsync, WAIT_IO },
	{ SYS_fdatasync, WAIT_IO },
	{ SYS_sync, WAIT_IO },
	{ SYS_syncfs, WAIT_IO },
	{ SYS_sync_file_range, WAIT_IO },
	{ SYS_msync, WAIT_IO },
	{ SYS_openat, WAIT_IO },
	{ SYS_close, WAIT_IO },
	{ SYS_ftruncate, WAIT_IO },
	{ SYS_fallocate, WAIT_IO },
	{ SYS_unlinkat, WAIT_IO },
	{ SYS_mkdirat, WAIT_IO },
	{ SYS_renameat2, WAIT_IO },
	{ SYS_getdents64, WAIT_IO },
	{ SYS_statx, WAIT_IO },
	{ SYS_newfstatat, WAIT_IO },
	{ SYS_copy_file_range, WAIT_IO },
	{ SYS_io_getevents, WAIT_IO },
	{ SYS_io_pgetevents, WAIT_IO },
	{ SYS_io_submit, WAIT_IO },
	{ SYS_io_uring_enter, WAIT_IO },
	{ SYS_readahead, WAIT_IO },

	{ SYS_msgrcv, WAIT_IPC },
	{ SYS_msgsnd, WAIT_IPC },
	{ SYS_mq_timedreceive, WAIT_IPC },
	{ SYS_mq_timedsend, WAIT_IPC },
	{ SYS_semop, WAIT_IPC },
	{ SYS_semtimedop, WAIT_IPC },

	{ SYS_ppoll, WAIT_POLL },
	{ SYS_pselect6, WAIT_POLL },
	{ SYS_epoll_pwait, WAIT_POLL },
	{ 441, WAIT_POLL }, /* epoll_pwait2 */
	{ SYS_rt_sigtimedwait, WAIT_POLL },
	{ SYS_rt_sigsuspend, WAIT_POLL },

	{ SYS_nanosleep, WAIT_SLEEP },
	{ SYS_clock_nanosleep, WAIT_SLEEP },

	{ SYS_wait4, WAIT_CHILD },
	{ SYS_waitid, WAIT_CHILD },
};

static void fill(__u8 *table, const struct syscall_row *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (from[i].number >= 0 && from[i].number < SYSCALLS_MAX)
			table[from[i].number] = from[i].wait;
}

void syscalls_fill(__u8 wait_of_syscall[SYSCALLS_MAX])
{
	memset(wait_of_syscall, WAIT_OTHER, SYSCALLS_MAX);
	fill(wait_of_syscall, legacy_rows, ARRAY_LEN(legacy_rows));
	fill(wait_of_syscall, rows, ARRAY_LEN(rows));
}
