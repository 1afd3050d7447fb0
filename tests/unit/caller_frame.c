/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/caller_frame.h"

#include <criterion/criterion.h>

#include "base/owned.h"

#define LIBC "/usr/lib/x86_64-linux-gnu/libc.so.6"
#define OWN(f)                                                                                     \
	{                                                                                          \
		.function = f, .module = "/usr/bin/orderd", .kind = "native"                       \
	}
#define IN(m, f)                                                                                   \
	{                                                                                          \
		.function = f, .module = m, .kind = "native"                                       \
	}
#define PYTHON(f)                                                                                  \
	{                                                                                          \
		.function = f, .file = "app.py", .line = 7, .kind = "python"                       \
	}
#define FRAMES_MAX 8

/* The innermost first; the last one of each that has a name or a module is the last there is. */
static const struct {
	const char *what;
	struct report_frame frames[FRAMES_MAX];
	const char *caller;
} stacks[] = {
	{ "glibc",
	  { IN(LIBC, "__lll_lock_wait"), IN(LIBC, "___pthread_mutex_lock"), OWN("put"),
	    OWN("main") },
	  "put" },
	{ "glibc's alias",
	  { IN(LIBC, "__GI___lll_lock_wait"), IN(LIBC, "__GI___pthread_mutex_lock"), OWN("put") },
	  "put" },
	{ "glibc without symbols", { IN(LIBC, NULL), IN(LIBC, NULL), OWN("put") }, "put" },
	{ "a static binary",
	  { OWN("__lll_lock_wait"), OWN("pthread_mutex_lock"), OWN("put") },
	  "put" },
	{ "musl",
	  { IN("/lib/ld-musl-x86_64.so.1", NULL), OWN("__timedwait_cp"),
	    OWN("__pthread_mutex_timedlock"), OWN("put") },
	  "put" },
	{ "C++, not inlined",
	  { IN(LIBC, "pthread_mutex_lock"), OWN("__gthread_mutex_lock(pthread_mutex_t*)"),
	    OWN("std::mutex::lock()"), OWN("std::lock_guard<std::mutex>::lock_guard(std::mutex&)"),
	    OWN("store::put(int)") },
	  "store::put(int)" },
	{ "C++ condition",
	  { IN(LIBC, "pthread_cond_wait"),
	    IN("/usr/lib/libstdc++.so.6",
	       "std::condition_variable::wait(std::unique_lock<std::mutex>&)"),
	    OWN("pool::take()") },
	  "pool::take()" },
	{ "Rust",
	  { OWN("std::sys::sync::mutex::futex::Mutex::lock_contended"),
	    OWN("std::sync::poison::mutex::Mutex<T>::lock"), OWN("store::put") },
	  "store::put" },
	{ "Java, compiled by C1",
	  { IN("libjvm.so", "ObjectMonitor::enter"), IN("libjvm.so", "ObjectSynchronizer::enter"),
	    IN("libjvm.so", "SharedRuntime::monitor_enter_helper"),
	    IN("libjvm.so", "Runtime1::monitorenter"), OWN("monitorenter_nofpu Runtime1 stub"),
	    OWN("void Book.update()") },
	  "void Book.update()" },
	{ "Java, compiled by C2",
	  { IN("libjvm.so", "ObjectMonitor::enter"),
	    IN("libjvm.so", "SharedRuntime::complete_monitor_locking_C"),
	    OWN("_complete_monitor_locking_Java"), OWN("void Book.update()") },
	  "void Book.update()" },
	{ "a rwlock", { IN(LIBC, "__pthread_rwlock_wrlock_full64"), OWN("put") }, "put" },
	{ "a semaphore", { IN(LIBC, "__new_sem_wait_slow64.constprop.0"), OWN("put") }, "put" },
	{ "a futex by hand", { IN(LIBC, "syscall"), OWN("futex_wait"), OWN("put") }, "put" },
	{ "Python",
	  { IN(LIBC, "__futex_abstimed_wait_common64"), OWN("PyThread_acquire_lock_timed"),
	    OWN("acquire_timed"), PYTHON("load"), PYTHON("run"), OWN("_PyEval_EvalFrameDefault") },
	  "load" },
	{ "Python without its frames",
	  { IN(LIBC, "pthread_cond_timedwait"), OWN("take_gil.lto_priv.0"),
	    OWN("PyEval_RestoreThread"), OWN("_PyEval_EvalFrameDefault") },
	  "_PyEval_EvalFrameDefault" },
	{ "a JVM's parker",
	  { IN(LIBC, "pthread_cond_wait"),
	    IN("/jvm/libjvm.so", "Parker::park(bool, long)"),
	    IN("/jvm/libjvm.so", "Unsafe_Park"),
	    { .function = "jdk.internal.misc.Unsafe.park", .kind = "jit" },
	    { .function = "java.util.concurrent.locks.LockSupport.park", .kind = "jit" },
	    { .function = "Store.put", .kind = "jit" } },
	  "Store.put" },
	{ "PostgreSQL",
	  { IN(LIBC, "do_futex_wait.constprop.0"), OWN("PGSemaphoreLock"), OWN("LWLockAcquire"),
	    OWN("XLogInsertRecord") },
	  "XLogInsertRecord" },
	/* What only sounds like a lock is the program's. */
	{ "names of the program's own",
	  { IN(LIBC, "pthread_mutex_lock"), OWN("lock"), OWN("main") },
	  "lock" },
	{ "more of them",
	  { IN(LIBC, "pthread_cond_wait"), OWN("wait_for_job"), OWN("main") },
	  "wait_for_job" },
	{ "a table of futexes",
	  { IN(LIBC, "pthread_mutex_lock"), OWN("futex_table_add") },
	  "futex_table_add" },
	{ "a lock within libc",
	  { IN(LIBC, "__lll_lock_wait_private"), IN(LIBC, "malloc"), OWN("put") },
	  "malloc" },
	{ "code without names",
	  { IN(LIBC, "pthread_mutex_lock"), { .module = "/opt/a.so", .offset = 8 } },
	  NULL },
	{ "nothing but locks",
	  { IN(LIBC, "__lll_lock_wait"), IN(LIBC, "pthread_mutex_lock") },
	  "pthread_mutex_lock" },
};

static size_t count_frames(const struct report_frame *frames)
{
	size_t count = 0;

	while (count < FRAMES_MAX && (frames[count].function || frames[count].module))
		count++;
	return count;
}

Test(caller_frame, is_the_first_that_is_not_of_a_lock)
{
	for (size_t i = 0; i < ARRAY_LEN(stacks); i++) {
		const struct report_frame *caller =
			caller_frame(stacks[i].frames, count_frames(stacks[i].frames));

		cr_assert_not_null(caller, "%s", stacks[i].what);
		if (stacks[i].caller)
			cr_assert_str_eq(caller->function, stacks[i].caller, "%s: %s",
					 stacks[i].what, caller->function);
		else
			cr_assert_str_eq(caller->module, "/opt/a.so", "%s", stacks[i].what);
	}
}

Test(caller_frame, of_no_frames_is_none)
{
	cr_assert_null(caller_frame(NULL, 0));
	cr_assert_null(caller_frame_own(NULL, 0));
}

Test(caller_frame, of_unknown_code_is_that_code)
{
	static const struct report_frame frames[] = { { .offset = 0x7f00 }, OWN("main") };

	cr_assert_eq(caller_frame(frames, 2), &frames[0]);
}

Test(caller_frame, own_is_behind_the_whole_of_libc)
{
	static const struct report_frame frames[] = { IN(LIBC, "fdatasync"), OWN("wal_sync"),
						      IN(LIBC, "start_thread") };

	cr_assert_eq(caller_frame_own(frames, 3), &frames[1]);
	cr_assert_eq(caller_frame_own(frames, 1), &frames[0], "all there is");
}
