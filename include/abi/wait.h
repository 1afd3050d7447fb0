/* SPDX-License-Identifier: BSD-2-Clause */
/* The ten causes of waiting, and their names. */
#ifndef PARTRACE_ABI_WAIT_H
#define PARTRACE_ABI_WAIT_H

enum wait_cause {
	WAIT_LOCK,
	WAIT_CONDITION,
	WAIT_IO,
	WAIT_IPC,
	WAIT_POLL,
	WAIT_SLEEP,
	WAIT_CHILD,
	WAIT_FAULT,
	WAIT_STOPPED,
	WAIT_OTHER,
	WAIT_COUNT,
};

/* What is behind the file descriptor that a thread waits for. */
enum file_kind {
	FILE_NONE, /* it waits for no file */
	FILE_REGULAR,
	FILE_PIPE,
	FILE_UNIX_SOCKET,
	FILE_SOCKET,
	FILE_DEVICE,    /* character devices: terminals and the like */
	FILE_BLOCK,     /* block devices */
	FILE_EVENT,     /* eventfd */
	FILE_TIMER,     /* timerfd */
	FILE_SIGNAL,    /* signalfd */
	FILE_NOTIFY,    /* inotify */
	FILE_ANONYMOUS, /* others of the kernel's own files */
	FILE_KINDS,
};

/* Kinds that only their operations tell apart: FILE_EVENT and those after it. */
#define FILE_LEARNED 4

/* A wait as a thread's table of system calls keys it: cause, kind of file, number of the call. */
#define WAIT_KEY(cause, kind, number) ((cause) << 24 | (kind) << 16 | ((number)&0xffff))
#define WAIT_KEY_CAUSE(key)           ((key) >> 24)
#define WAIT_KEY_FILE(key)            ((key) >> 16 & 0xff)
#define WAIT_KEY_NUMBER(key)          ((key)&0xffff)
#define WAIT_NO_SYSCALL               0xffff /* a page fault, a stop, a kernel thread */

#ifndef __bpf__
static const char *const wait_names[] = {
	[WAIT_LOCK] = "lock",   [WAIT_CONDITION] = "condition", [WAIT_IO] = "io",
	[WAIT_IPC] = "ipc",     [WAIT_POLL] = "poll",           [WAIT_SLEEP] = "sleep",
	[WAIT_CHILD] = "child", [WAIT_FAULT] = "fault",         [WAIT_STOPPED] = "stopped",
	[WAIT_OTHER] = "other",
};
static const char *const file_names[] = {
	[FILE_NONE] = "none",      [FILE_REGULAR] = "file",
	[FILE_PIPE] = "pipe",      [FILE_UNIX_SOCKET] = "unix socket",
	[FILE_SOCKET] = "socket",  [FILE_DEVICE] = "device",
	[FILE_BLOCK] = "disk",     [FILE_EVENT] = "eventfd",
	[FILE_TIMER] = "timerfd",  [FILE_SIGNAL] = "signalfd",
	[FILE_NOTIFY] = "inotify", [FILE_ANONYMOUS] = "anonymous",
};
_Static_assert(FILE_ANONYMOUS - FILE_EVENT == FILE_LEARNED, "an example for each kind");
_Static_assert(sizeof(file_names) / sizeof(file_names[0]) == FILE_KINDS, "name every kind");
_Static_assert(sizeof(wait_names) / sizeof(wait_names[0]) == WAIT_COUNT, "name every wait");
#endif

#endif
