/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/caller_frame.h"

#include <fnmatch.h>
#include <string.h>

#include "base/owned.h"
#include "base/path.h"

/*
 * Patterns of fnmatch(3), against the name as it is and without its leading underscores (libc calls
 * one function __pthread_mutex_lock, ___pthread_mutex_lock and __GI___pthread_mutex_lock).
 */
static const char *const lock_functions[] = {
	/* glibc and musl */
	"pthread_mutex_*",
	"pthread_rwlock_*",
	"pthread_spin_*",
	"pthread_cond_*",
	"pthread_barrier_*",
	"pthread_*join*",
	"lll_*",
	"futex_wait*",
	"do_futex*",
	"futex_*wait*",
	"futex_lock*",
	"futexwait*",
	"sem_*wait*",
	"new_sem_*",
	"mtx_*lock",
	"cnd_*wait",
	"thrd_join",
	"nptl_*",
	"syscall",
	"syscall_cp*",
	"__lock",
	"__wait",
	"__timedwait*",
	"__cp_begin",
	"__cp_end",
	"__syscall_cancel*",
	"__internal_syscall_cancel*",
	/* libstdc++ and libc++ */
	"gthread_*",
	"gthrw_*",
	"std::*mutex::*",
	"std::*mutex_base::*",
	"std::unique_lock<*",
	"std::lock_guard<*",
	"std::scoped_lock<*",
	"std::shared_lock<*",
	"std::lock<*",
	"std::condition_variable*",
	"std::*condvar::*",
	"std::counting_semaphore*",
	"std::*semaphore*::*acquire*",
	"std::barrier*",
	"std::latch::*",
	"std::thread::join*",
	"std::__*::*",
	"absl::*Mutex*",
	"absl::*Synch*",
	"boost::*mutex*",
	/* Rust */
	"std::sys::*",
	"std::sync::*",
	"std::thread::park*",
	"std::thread::JoinHandle*",
	"parking_lot*",
	"lock_api::*",
	/* CPython, where the stack has no Python frame */
	"PyThread_*",
	"PyMutex_*",
	"PySemaphore_*",
	"PyParkingLot_*",
	"PyEval_*Thread",
	"take_gil*",
	"acquire_timed*",
	"lock_PyThread_acquire*",
	"rlock_acquire*",
	/* the JVM, and its compiled code by perf-PID.map */
	"*Parker::park*",
	"*PlatformEvent::park*",
	"*PlatformMonitor::wait*",
	"Unsafe_Park*",
	"ObjectMonitor::*",
	"ObjectSynchronizer::*",
	"SharedRuntime::*monitor_*",
	"*complete_monitor_locking*",
	"monitorenter_*stub",
	"*::monitorenter*",
	"JVM_MonitorWait*",
	"*Unsafe*park*",
	"*java?util?concurrent?locks?*",
	/* Go's runtime, PostgreSQL */
	"runtime.futex*",
	"runtime.note*",
	"runtime.lock*",
	"PGSemaphoreLock*",
	"LWLockAcquire*",
};

/* Without a name, code of these is taken for the lock's: a stripped libc names few of its own. */
static const char *const lock_modules[] = {
	"libc.so*",  "libc-*.so*",    "libpthread.so*", "libpthread-*.so*", "ld-linux*.so*",
	"ld-*.so*",  "libstdc++.so*", "libc++.so*",     "libgcc_s.so*",     "ld-musl-*.so*",
	"libjvm.so", "[[]vdso[]]",    "linux-vdso*",
};

static bool matches_any(const char *text, const char *const *patterns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fnmatch(patterns[i], text, 0) == 0)
			return true;
	return false;
}

/* __GI___lll_lock_wait -> lll_lock_wait */
static const char *plain_name(const char *function)
{
	const char *name = function + strspn(function, "_");

	if (strncmp(name, "GI_", 3) == 0)
		name += 3;
	return name + strspn(name, "_");
}

static bool is_in_system_library(const struct report_frame *frame)
{
	return frame->module &&
	       matches_any(base_name(frame->module), lock_modules, ARRAY_LEN(lock_modules));
}

/* Whether it is part of a lock, so that its caller says more. */
static bool is_of_a_lock(const struct report_frame *frame)
{
	const char *function = frame->function;

	if (!function)
		return is_in_system_library(frame);
	return matches_any(function, lock_functions, ARRAY_LEN(lock_functions)) ||
	       matches_any(plain_name(function), lock_functions, ARRAY_LEN(lock_functions));
}

static const struct report_frame *innermost_python(const struct report_frame *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (frames[i].kind && strcmp(frames[i].kind, "python") == 0)
			return &frames[i];
	return NULL;
}

const struct report_frame *caller_frame(const struct report_frame *frames, size_t count)
{
	const struct report_frame *python = innermost_python(frames, count);

	if (python)
		return python;
	for (size_t i = 0; i < count; i++)
		if (!is_of_a_lock(&frames[i]))
			return &frames[i];
	return count ? &frames[count - 1] : NULL;
}

const struct report_frame *caller_frame_own(const struct report_frame *frames, size_t count)
{
	const struct report_frame *python = innermost_python(frames, count);

	if (python)
		return python;
	for (size_t i = 0; i < count; i++)
		if (!is_of_a_lock(&frames[i]) && !is_in_system_library(&frames[i]))
			return &frames[i];
	return caller_frame(frames, count);
}
