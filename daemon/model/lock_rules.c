// SPDX-License-Identifier: BSD-2-Clause
/*
 * What confidence means here:
 *
 *	0.95-0.99  the kernel, or the function by its name, says so
 *	0.85-0.9   the name says so, but is used for other things too; or many fields fit together
 *	0.6-0.8    the usual meaning of how it looks, with known exceptions
 *	0.5        it looks like that, and nothing confirms it
 *
 * Rules of one stage are tried in this order. In a stripped libc only the exported names are there
 * (pthread_mutex_lock, not __lll_lock_wait beneath it), so both have rules. A function that ends in
 * a jump to another (sem_wait and pthread_join in glibc 2.36) has no frame at all. In both cases,
 *and in modules without names, the look alone decides.
 */
#include "daemon/model/lock_rules.h"

#include <linux/futex.h>

#include "base/owned.h"
#include "daemon/model/lock_clues.h"

#ifndef FUTEX_LOCK_PI2 /* 5.14 */
#define FUTEX_LOCK_PI2 13
#endif

#define OP(command) (1u << (command))
#define KIND(kind)  (1u << (kind))
#define PLAIN       OP(FUTEX_WAIT)
#define BITSET      OP(FUTEX_WAIT_BITSET)
#define ANY_PARK                                                                                   \
	(KIND(LOCK_PARKER) | KIND(LOCK_CONDITION) | KIND(LOCK_SEMAPHORE) | KIND(LOCK_FUTEX))
#define SURE(...)                                                                                  \
	{                                                                                          \
		.stage = STAGE_SURE, __VA_ARGS__                                                   \
	}
#define LOOK(...)                                                                                  \
	{                                                                                          \
		.stage = STAGE_LOOK, __VA_ARGS__                                                   \
	}
#define WAIT(name, is, contends, sure, reason, ...)                                                \
	{                                                                                          \
		.stage = STAGE_WAIT, .function = (name), .kind = (is), .contention = (contends),   \
		.confidence = (sure), .why = (reason), __VA_ARGS__                                 \
	}
#define USE(name, kinds, is, contends, sure, reason, ...)                                          \
	{                                                                                          \
		.stage = STAGE_USE, .function = (name), .over = (kinds), .kind = (is),             \
		.contention = (contends), .confidence = (sure), .why = (reason), __VA_ARGS__       \
	}

const struct lock_rule lock_rules[] = {
	/* ---- whatever the stack ---- */
	SURE(.operations = OP(FUTEX_LOCK_PI) | OP(FUTEX_LOCK_PI2), .kind = LOCK_PI_MUTEX,
	     .contention = ALWAYS, .confidence = 0.99,
	     .why = "the kernel itself hands this lock on"),
	SURE(.operations = OP(FUTEX_WAIT_REQUEUE_PI), .kind = LOCK_CONDITION, .contention = NEVER,
	     .confidence = 0.98, .why = "the operation exists for condition variables only"),

	/* ---- glibc and musl ---- */
	WAIT("pthread_cond_wait*", LOCK_MUTEX, ALWAYS, 0.9,
	     "back from a condition variable, it waits for the mutex", .operations = PLAIN,
	     .holds = clues_take_mutex_back),
	WAIT("pthread_cond_timedwait*", LOCK_MUTEX, ALWAYS, 0.9,
	     "back from a condition variable, it waits for the mutex", .operations = PLAIN,
	     .holds = clues_take_mutex_back),
	WAIT("pthread_cond_clockwait*", LOCK_MUTEX, ALWAYS, 0.9,
	     "back from a condition variable, it waits for the mutex", .operations = PLAIN,
	     .holds = clues_take_mutex_back),
	WAIT("pthread_mutex_cond_lock*", LOCK_MUTEX, ALWAYS, 0.98, "locks a mutex"),
	WAIT("pthread_mutex_lock*", LOCK_MUTEX, ALWAYS, 0.98, "locks a mutex",
	     .words = WORDS_PTHREAD_MUTEX),
	WAIT("pthread_mutex_timedlock*", LOCK_MUTEX, ALWAYS, 0.98, "locks a mutex",
	     .words = WORDS_PTHREAD_MUTEX),
	WAIT("pthread_mutex_clocklock*", LOCK_MUTEX, ALWAYS, 0.98, "locks a mutex",
	     .words = WORDS_PTHREAD_MUTEX),
	WAIT("mtx_lock", LOCK_MUTEX, ALWAYS, 0.98, "locks a mutex", .words = WORDS_PTHREAD_MUTEX),
	WAIT("mtx_timedlock", LOCK_MUTEX, ALWAYS, 0.98, "locks a mutex",
	     .words = WORDS_PTHREAD_MUTEX),
	WAIT("pthread_rwlock_*lock*", LOCK_RWLOCK, ALWAYS, 0.98, "locks a rwlock",
	     .words = WORDS_GLIBC_RWLOCK),
	WAIT("pthread_cond_*wait*", LOCK_CONDITION, NEVER, 0.97, "waits for a condition variable",
	     .words = WORDS_GLIBC_CONDITION),
	WAIT("cnd_*wait", LOCK_CONDITION, NEVER, 0.97, "waits for a condition variable",
	     .words = WORDS_GLIBC_CONDITION),
	WAIT("pthread_cond_signal*", LOCK_CONDITION, NEVER, 0.6,
	     "a signaller waits until earlier waiters have left the condition variable"),
	WAIT("pthread_cond_broadcast*", LOCK_CONDITION, NEVER, 0.6,
	     "a signaller waits until earlier waiters have left the condition variable"),
	WAIT("sem_wait", LOCK_SEMAPHORE, IF_PASSED_ON, 0.97, "waits for a semaphore"),
	WAIT("sem_timedwait", LOCK_SEMAPHORE, IF_PASSED_ON, 0.97, "waits for a semaphore"),
	WAIT("sem_clockwait", LOCK_SEMAPHORE, IF_PASSED_ON, 0.97, "waits for a semaphore"),
	WAIT("new_sem_wait*", LOCK_SEMAPHORE, IF_PASSED_ON, 0.97, "waits for a semaphore"),
	WAIT("pthread_barrier_wait*", LOCK_BARRIER, NEVER, 0.98, "waits at a barrier"),
	WAIT("pthread_join*", LOCK_JOIN, NEVER, 0.98, "waits for a thread to end"),
	WAIT("pthread_timedjoin*", LOCK_JOIN, NEVER, 0.98, "waits for a thread to end"),
	WAIT("pthread_clockjoin*", LOCK_JOIN, NEVER, 0.98, "waits for a thread to end"),
	WAIT("thrd_join", LOCK_JOIN, NEVER, 0.98, "waits for a thread to end"),
	/* Whoever is in there first runs the program's code, with waits of its own: not far out. */
	WAIT("pthread_once*", LOCK_MUTEX, ALWAYS, 0.7,
	     "waits until another thread has initialised: a lock taken once", .depth = 2),
	WAIT("cxa_guard_acquire", LOCK_MUTEX, ALWAYS, 0.8,
	     "waits until another thread has initialised a static variable: a lock taken once"),
	WAIT("lll_lock_wait*", LOCK_MUTEX, ALWAYS, 0.85, "glibc's own lock, or a mutex"),
	WAIT("lll_*lock_elision", LOCK_MUTEX, ALWAYS, 0.85, "glibc's own lock, or a mutex"),
	WAIT("__lock", LOCK_MUTEX, ALWAYS, 0.85, "musl's own lock", .operations = PLAIN),
	WAIT("__lockfile", LOCK_MUTEX, ALWAYS, 0.85, "musl's lock of a stream"),

	/* ---- libstdc++, OpenMP, TBB ---- */
	WAIT("std::__atomic_futex_unsigned_base::_M_futex_wait*", LOCK_CONDITION, NEVER, 0.95,
	     "waits for a std::future"),
	WAIT("std::condition_variable*::wait*", LOCK_CONDITION, NEVER, 0.95,
	     "waits for a condition variable", .operations = BITSET,
	     .words = WORDS_GLIBC_CONDITION),
	WAIT("std::*counting_semaphore<*acquire*", LOCK_SEMAPHORE, IF_PASSED_ON, 0.9,
	     "waits for a semaphore"),
	/* The same in GCC 12, which leaves nothing of acquire() but the predicate of its wait. */
	WAIT("std::*__atomic_semaphore::*acquire*", LOCK_SEMAPHORE, IF_PASSED_ON, 0.9,
	     "waits for a semaphore"),
	WAIT("std::*latch::wait*", LOCK_BARRIER, NEVER, 0.9, "waits at a latch"),
	WAIT("std::*barrier<*wait*", LOCK_BARRIER, NEVER, 0.9, "waits at a barrier"),
	WAIT("gomp_mutex_lock_slow", LOCK_MUTEX, ALWAYS, 0.95, "OpenMP's lock"),
	WAIT("GOMP_critical_*start", LOCK_MUTEX, ALWAYS, 0.95, "OpenMP's critical section"),
	WAIT("omp_set_*lock*", LOCK_MUTEX, ALWAYS, 0.95, "OpenMP's lock"),
	WAIT("gomp_*barrier_wait*", LOCK_BARRIER, NEVER, 0.95,
	     "OpenMP's barrier, or its idle team"),
	WAIT("GOMP_barrier*", LOCK_BARRIER, NEVER, 0.95, "OpenMP's barrier"),
	WAIT("GOMP_parallel*", LOCK_BARRIER, NEVER, 0.8,
	     "waits for the team, at the end of a parallel part", .depth = 4),
	WAIT("gomp_sem_wait*", LOCK_SEMAPHORE, NEVER, 0.95,
	     "OpenMP's own semaphore: a turn, or tasks"),
	/*
	 * In a stripped libgomp none of these has a name, and what begins a critical section has
	 * no frame: it jumps there.
	 */
	WAIT(NULL, LOCK_MUTEX, ALWAYS, 0.9, "OpenMP's lock or critical section",
	     .operations = PLAIN, .module = "*/libgomp.so*", .holds = clues_are_gomp_mutex,
	     .depth = 1),
	WAIT(NULL, LOCK_SEMAPHORE, NEVER, 0.85, "OpenMP's own semaphore: a turn, or tasks",
	     .operations = PLAIN, .module = "*/libgomp.so*", .holds = clues_are_gomp_semaphore,
	     .depth = 1),
	WAIT(NULL, LOCK_BARRIER, NEVER, 0.8, "OpenMP's barrier, or its idle team",
	     .operations = PLAIN, .module = "*/libgomp.so*", .depth = 1),
	WAIT("tbb::*mutex::lock*", LOCK_MUTEX, ALWAYS, 0.85, "locks a TBB mutex"),
	/* Of mutex and rw_mutex, whose own functions are inlined; on a word of each thread's. */
	WAIT("tbb::*wait_on_address*", LOCK_PARKER, ALWAYS, 0.85, "locks a TBB mutex",
	     .taken_by = "tbb::wait_on_address"),
	WAIT(NULL, LOCK_CONDITION, NEVER, 0.7, "a TBB worker waits for work",
	     .module = "*/libtbb.so*", .depth = 2),
	WAIT("tbb::*", LOCK_CONDITION, NEVER, 0.8, "a TBB worker waits for work", .depth = 4),
	WAIT("rml::*", LOCK_CONDITION, NEVER, 0.8, "a TBB worker waits for work", .depth = 4),

	/* ---- GLib, Abseil ---- */
	WAIT("g_cond_wait*", LOCK_CONDITION, NEVER, 0.97, "waits for a GCond"),
	WAIT("g_bit_lock*", LOCK_MUTEX, ALWAYS, 0.97, "locks a bit"),
	WAIT("g_pointer_bit_lock*", LOCK_MUTEX, ALWAYS, 0.97, "locks a bit"),
	WAIT("g_mutex_lock*", LOCK_MUTEX, ALWAYS, 0.97, "locks a GMutex"),
	/* Stripped, it waits in a function without a name that g_mutex_lock jumps to. */
	WAIT(NULL, LOCK_MUTEX, ALWAYS, 0.9, "locks a GMutex", .operations = PLAIN,
	     .module = "*/libglib-2.0.so*", .holds = clues_are_two, .depth = 2),
	WAIT("absl::*SpinLock::SlowLock*", LOCK_MUTEX, ALWAYS, 0.95, "locks Abseil's SpinLock"),
	WAIT("absl::*SpinLockWait*", LOCK_MUTEX, ALWAYS, 0.7,
	     "waits until another thread has initialised: a lock taken once"),
	WAIT("absl::*Waiter::Wait*", LOCK_PARKER, BY_CALLER, 0.95, "parked by Abseil"),
	WAIT("AbslInternalPerThreadSemWait*", LOCK_PARKER, BY_CALLER, 0.95, "parked by Abseil"),

	/* ---- Qt ---- */
	WAIT("QBasicMutex::lockInternal*", LOCK_MUTEX, ALWAYS, 0.97, "locks a QMutex"),
	WAIT("QMutex::lock*", LOCK_MUTEX, ALWAYS, 0.97, "locks a QMutex"),
	WAIT("QMutex::tryLock*", LOCK_MUTEX, ALWAYS, 0.97, "locks a QMutex"),
	WAIT("QRecursiveMutex::*ock*", LOCK_MUTEX, ALWAYS, 0.97, "locks a QRecursiveMutex"),
	WAIT("QSemaphore::*cquire*", LOCK_SEMAPHORE, IF_PASSED_ON, 0.97, "waits for a QSemaphore"),

	/* ---- Rust, Go, PostgreSQL ---- */
	WAIT("*std::sys::*Mutex::lock*", LOCK_MUTEX, ALWAYS, 0.97, "locks a std::sync::Mutex"),
	WAIT("*std::sys::*RwLock::write*", LOCK_RWLOCK, ALWAYS, 0.97,
	     "locks a std::sync::RwLock to write", .words = WORDS_RUST_WRITER),
	WAIT("*std::sys::*RwLock::*", LOCK_RWLOCK, ALWAYS, 0.97, "locks a std::sync::RwLock"),
	/* Its condition variable is often inlined; its mutex has its own frame, above. */
	WAIT("*std::sync::*Barrier*::wait*", LOCK_BARRIER, NEVER, 0.95,
	     "waits at a std::sync::Barrier", .depth = 4),
	WAIT("*std::sys::*Condvar::wait*", LOCK_CONDITION, NEVER, 0.97,
	     "waits for a std::sync::Condvar"),
	WAIT("*std::sys::*Once::*", LOCK_MUTEX, ALWAYS, 0.7,
	     "waits until another thread has initialised: a lock taken once", .depth = 3),
	WAIT("*std::sys::*Parker::park*", LOCK_PARKER, BY_CALLER, 0.95, "a parked thread"),
	WAIT("*std::thread::*park*", LOCK_PARKER, BY_CALLER, 0.95, "a parked thread"),
	WAIT("*parking_lot_core::*park*", LOCK_PARKER, BY_CALLER, 0.95, "parked by parking_lot"),
	WAIT("runtime.futexsleep*", LOCK_PARKER, BY_CALLER, 0.95,
	     "a thread of Go's runtime; which goroutine waits for what is not observable"),
	WAIT("runtime.futex*", LOCK_PARKER, BY_CALLER, 0.9,
	     "a thread of Go's runtime; which goroutine waits for what is not observable"),
	WAIT("PGSemaphoreLock*", LOCK_SEMAPHORE, IF_PASSED_ON, 0.97,
	     "PostgreSQL's semaphore of one backend"),

	/* ---- CPython, JVM ---- */
	WAIT("take_gil", LOCK_GIL, ALWAYS, 0.98, "takes Python's GIL", .name = "GIL"),
	WAIT("PyThread_acquire_lock*", LOCK_SEMAPHORE, IF_PASSED_ON, 0.9, "Python's lock"),
	WAIT("PySemaphore_*", LOCK_PARKER, BY_CALLER, 0.85, "parked by CPython"),
	WAIT("Unsafe_Park*", LOCK_PARKER, BY_CALLER, 0.95, "a parked Java thread"),
	WAIT("Parker::park*", LOCK_PARKER, BY_CALLER, 0.95, "a parked Java thread"),

	/* ---- by its look ---- */
	LOOK(.operations = BITSET, .holds = clues_name_thread, .kind = LOCK_JOIN,
	     .contention = NEVER, .confidence = 0.95,
	     .why = "waits until the kernel clears a thread's TID"),
	/* By a bitset where the wait may end by a clock: pthread_mutex_timedlock and clocklock. */
	LOOK(.layout = LAYOUT_MUTEX, .operations = PLAIN | BITSET, .holds = clues_have_mutex_value,
	     .kind = LOCK_MUTEX, .contention = ALWAYS, .confidence = 0.9,
	     .why = "the memory there is a mutex that names its owner"),
	LOOK(.operations = PLAIN | BITSET, .holds = clues_name_owner, .kind = LOCK_MUTEX,
	     .contention = ALWAYS, .confidence = 0.85,
	     .why = "whoever let it go was named in the memory there, as a mutex names its owner"),
	LOOK(.layout = LAYOUT_MUSL_PLAIN, .operations = PLAIN, .holds = clues_are_musl_plain,
	     .kind = LOCK_MUTEX, .words = WORDS_PTHREAD_MUTEX, .contention = ALWAYS,
	     .confidence = 0.9, .why = "the memory there is musl's default mutex"),
	LOOK(.operations = PLAIN, .holds = clues_are_musl_plain, .kind = LOCK_MUTEX,
	     .words = WORDS_PTHREAD_MUTEX, .contention = ALWAYS, .confidence = 0.8,
	     .why = "the value that musl's default mutex is waited for with"),
	LOOK(.layout = LAYOUT_RWLOCK, .operations = BITSET, .holds = clues_have_rwlock_value,
	     .kind = LOCK_RWLOCK, .words = WORDS_GLIBC_RWLOCK, .contention = ALWAYS,
	     .confidence = 0.85, .why = "the memory there is a rwlock"),
	LOOK(.layout = LAYOUT_CONDITION, .operations = PLAIN | BITSET, .holds = clues_are_zero,
	     .kind = LOCK_CONDITION, .words = WORDS_GLIBC_CONDITION, .contention = NEVER,
	     .confidence = 0.85, .why = "the memory there is a condition variable"),
	LOOK(.layout = LAYOUT_SEMAPHORE, .operations = BITSET, .holds = clues_are_zero,
	     .kind = LOCK_SEMAPHORE, .contention = IF_PASSED_ON, .confidence = 0.7,
	     .why = "the memory there can be a semaphore"),
	/* Old semaphores of musl are waited for with the value of its rwlocks: by their memory. */
	LOOK(.layout = LAYOUT_MUSL_SEMAPHORE, .operations = PLAIN, .holds = clues_are_musl_waited,
	     .kind = LOCK_SEMAPHORE, .contention = IF_PASSED_ON, .confidence = 0.7,
	     .why = "the memory there can be musl's semaphore"),
	LOOK(.layout = LAYOUT_MUSL_RWLOCK, .operations = PLAIN, .holds = clues_are_musl_written,
	     .kind = LOCK_RWLOCK, .contention = IF_PASSED_ON, .confidence = 0.7,
	     .why = "the memory there can be musl's rwlock, with a writer in it"),
	LOOK(.layout = LAYOUT_BARRIER, .operations = PLAIN, .kind = LOCK_BARRIER,
	     .contention = NEVER, .confidence = 0.7, .why = "the memory there can be a barrier"),
	/* pthread_once waits with numbers, too, but has an exported name. */
	LOOK(.operations = PLAIN, .holds = clues_are_two_in_glibc, .kind = LOCK_MUTEX,
	     .contention = ALWAYS, .confidence = 0.8, .why = "libc waits so for its own locks"),
	LOOK(.symbol = "runtime.*", .operations = PLAIN, .holds = clues_are_two, .kind = LOCK_MUTEX,
	     .contention = ALWAYS, .confidence = 0.8, .why = "a lock of Go's runtime"),
	LOOK(.symbol = "runtime.*", .operations = PLAIN, .kind = LOCK_PARKER, .contention = NEVER,
	     .confidence = 0.8, .why = "a thread of Go's runtime; goroutines are not observable"),
	LOOK(.operations = PLAIN, .holds = clues_are_musl_join, .kind = LOCK_JOIN,
	     .contention = NEVER, .confidence = 0.6,
	     .why = "the value that musl's joins wait for, and whoever ended the wait has ended"),
	/* musl waits so in condition variables and joins: contention only where it is passed on. */
	LOOK(.operations = PLAIN, .holds = clues_are_always_two, .kind = LOCK_MUTEX,
	     .contention = IF_PASSED_ON, .confidence = 0.5,
	     .why = "the value that a mutex is waited for with"),
	LOOK(.operations = BITSET, .holds = clues_are_rust_like, .kind = LOCK_MUTEX,
	     .contention = ALWAYS, .confidence = 0.6,
	     .why = "the value Rust's mutex is waited for with, and it is passed on"),
	LOOK(.operations = PLAIN | BITSET, .holds = clues_are_held_value, .kind = LOCK_MUTEX,
	     .contention = ALWAYS, .confidence = 0.6,
	     .why = "all wait for it with one value, and pass it on"),
	LOOK(.operations = BITSET, .holds = clues_are_rust_parked, .kind = LOCK_PARKER,
	     .contention = BY_CALLER, .confidence = 0.6,
	     .why = "the value that Rust's parker is waited for with"),
	LOOK(.operations = BITSET, .holds = clues_are_zero, .kind = LOCK_CONDITION,
	     .words = WORDS_GLIBC_CONDITION, .contention = NEVER, .confidence = 0.5,
	     .why = "the value that condition variables are waited for with"),

	/* ---- what callers use it for ---- */
	/* The GIL is a condition variable and its mutex. */
	USE("take_gil", KIND(LOCK_CONDITION) | KIND(LOCK_MUTEX), LOCK_GIL, ALWAYS, 0.98,
	    "takes Python's GIL", .name = "GIL"),
	USE("PyEval_RestoreThread", KIND(LOCK_CONDITION), LOCK_GIL, ALWAYS, 0.9,
	    "comes back to Python: it takes the GIL there, and waits for nothing else", .depth = 5,
	    .name = "GIL"),
	USE("PyEval_AcquireThread", KIND(LOCK_CONDITION), LOCK_GIL, ALWAYS, 0.9,
	    "comes back to Python: it takes the GIL there, and waits for nothing else", .depth = 5,
	    .name = "GIL"),
	/* A thread of Ruby's waits for its turn by a condition variable of its own. */
	USE(NULL, KIND(LOCK_CONDITION) | KIND(LOCK_MUTEX), LOCK_GIL, ALWAYS, 0.9,
	    "takes Ruby's global lock (GVL)", .holds = clues_take_ruby_gvl, .name = "Ruby GVL"),
	USE(NULL, KIND(LOCK_CONDITION), LOCK_PARKER, ALWAYS, 0.9, "locks a Mutex of Ruby's",
	    .holds = clues_take_ruby_mutex, .taken_by = "Mutex#lock"),
	/* Condition.wait, Event.wait, Queue.get and joins wait for a lock that others let go. */
	USE("PyThread_acquire_lock*", KIND(LOCK_SEMAPHORE), LOCK_SEMAPHORE, IF_PASSED_ON, 0.95,
	    "Python's lock"),
	USE("multiprocessing_SemLock_acquire*", KIND(LOCK_SEMAPHORE), LOCK_SEMAPHORE, IF_PASSED_ON,
	    0.97, "multiprocessing's lock"),
	USE("queue_SimpleQueue_get*", KIND(LOCK_SEMAPHORE), LOCK_SEMAPHORE, NEVER, 0.95,
	    "waits for work in a queue"),
	/* Static functions in extension modules that distributions strip: by the module. */
	USE(NULL, KIND(LOCK_SEMAPHORE), LOCK_SEMAPHORE, NEVER, 0.9, "waits for work in a queue",
	    .module = "*/_queue.*"),
	USE(NULL, KIND(LOCK_SEMAPHORE), LOCK_SEMAPHORE, IF_PASSED_ON, 0.95,
	    "multiprocessing's lock", .module = "*/_multiprocessing.*"),
	/* Each that waits does so for a lock of its own, which whoever releases hands to it. */
	USE("wait", KIND(LOCK_SEMAPHORE), LOCK_SEMAPHORE, ALWAYS, 0.9,
	    "Python's threading.Semaphore, taken by `with`", .module = "*/threading.py",
	    .holds = clues_are_in_with_of_semaphore, .taken_by = "Semaphore.acquire"),
	USE("wait", KIND(LOCK_SEMAPHORE), LOCK_SEMAPHORE, IF_PASSED_ON, 0.9,
	    "Python's threading.Semaphore", .module = "*/threading.py",
	    .holds = clues_are_in_python_semaphore, .taken_by = "Semaphore.acquire"),
	/* Python's frames are read a moment late: what waiters pass on is a lock all the same. */
	USE("wait", KIND(LOCK_SEMAPHORE), LOCK_CONDITION, NEVER, 0.85,
	    "Python's threading.Condition", .module = "*/threading.py",
	    .holds = clues_are_not_passed_on),
	USE("*_wait_for_tstate_lock", KIND(LOCK_SEMAPHORE), LOCK_JOIN, NEVER, 0.95,
	    "joins a Python thread"),
	USE("SemLock.__enter__", KIND(LOCK_SEMAPHORE), LOCK_SEMAPHORE, ALWAYS, 0.95,
	    "multiprocessing's lock, taken by `with`"),
	USE("PyMutex_Lock*", KIND(LOCK_PARKER) | KIND(LOCK_SEMAPHORE), LOCK_PARKER, ALWAYS, 0.85,
	    "locks a PyMutex", .taken_by = "PyMutex_Lock"),
	USE("LWLockAcquire*", KIND(LOCK_SEMAPHORE), LOCK_SEMAPHORE, ALWAYS, 0.97,
	    "PostgreSQL's lightweight lock: the backend sleeps on a semaphore of its own",
	    .taken_by = "LWLockAcquire"),
	USE("LWLockWaitForVar*", KIND(LOCK_SEMAPHORE), LOCK_SEMAPHORE, ALWAYS, 0.9,
	    "PostgreSQL waits for the holder of a lightweight lock",
	    .taken_by = "LWLockWaitForVar"),
	USE("os::PlatformEvent::park*", KIND(LOCK_CONDITION), LOCK_PARKER, BY_CALLER, 0.9,
	    "a parked Java thread"),
	USE("Unsafe_Park*", KIND(LOCK_CONDITION), LOCK_PARKER, BY_CALLER, 0.95,
	    "a parked Java thread"),
	USE("Parker::park*", KIND(LOCK_CONDITION), LOCK_PARKER, BY_CALLER, 0.95,
	    "a parked Java thread"),
	USE("os::PlatformMonitor::wait*", KIND(LOCK_CONDITION), LOCK_CONDITION, NEVER, 0.95,
	    "a monitor of the JVM's own"),
	USE(NULL, KIND(LOCK_CONDITION), LOCK_PARKER, BY_CALLER, 0.6,
	    "a Java thread waits where no other does", .module = "*/libjvm.so",
	    .holds = clues_have_one_waiter, .depth = 5),
	/* Taken back in Object.wait; in there first, so before the rule for wait. */
	USE("ObjectMonitor::*enter*", ANY_PARK, LOCK_PARKER, ALWAYS, 0.95,
	    "enters a Java monitor (synchronized)", .taken_by = "ObjectMonitor::enter"),
	USE("ObjectMonitor::*Enter*", ANY_PARK, LOCK_PARKER, ALWAYS, 0.95,
	    "enters a Java monitor (synchronized)", .taken_by = "ObjectMonitor::enter"),
	USE("ObjectMonitor::wait*", ANY_PARK, LOCK_PARKER, NEVER, 0.95, "Object.wait"),
	USE("*ConditionObject*await*", ANY_PARK, LOCK_PARKER, NEVER, 0.9,
	    "waits for a Java condition"),
	USE("*CountDownLatch*await*", ANY_PARK, LOCK_PARKER, NEVER, 0.9, "waits at a Java latch"),
	USE("*ReentrantLock*lock*", ANY_PARK, LOCK_PARKER, ALWAYS, 0.9, "locks a ReentrantLock",
	    .taken_by = "ReentrantLock.lock"),
	USE("*ReentrantReadWriteLock*lock*", ANY_PARK, LOCK_PARKER, ALWAYS, 0.9,
	    "locks a ReentrantReadWriteLock", .taken_by = "ReentrantReadWriteLock.lock"),
	USE("*StampedLock*acquire*", ANY_PARK, LOCK_PARKER, ALWAYS, 0.9, "locks a StampedLock",
	    .taken_by = "StampedLock.acquire"),
	/* What the JVM itself says, where Java's frames have no names: queues of threads have their
	 * lock's class, and waits for a condition ConditionObject. */
	USE("LockSupport.park(java.util.concurrent.locks.ReentrantLock$*", ANY_PARK, LOCK_PARKER,
	    ALWAYS, 0.9, "locks a ReentrantLock", .taken_by = "ReentrantLock.lock"),
	USE("LockSupport.park(java.util.concurrent.locks.ReentrantReadWriteLock$*", ANY_PARK,
	    LOCK_PARKER, ALWAYS, 0.9, "locks a ReentrantReadWriteLock",
	    .taken_by = "ReentrantReadWriteLock.lock"),
	USE("LockSupport.park(java.util.concurrent.locks.StampedLock*", ANY_PARK, LOCK_PARKER,
	    ALWAYS, 0.9, "locks a StampedLock", .taken_by = "StampedLock.acquire"),
	USE("LockSupport.park(*", ANY_PARK, LOCK_PARKER, NEVER, 0.9,
	    "a parked Java thread that waits for no lock"),
	USE("*parking_lot::*Condvar::wait*", ANY_PARK, LOCK_CONDITION, NEVER, 0.95,
	    "waits for a parking_lot::Condvar"),
	USE("*RawMutex::lock_slow*", ANY_PARK, LOCK_PARKER, ALWAYS, 0.95,
	    "locks a parking_lot::Mutex", .taken_by = "RawMutex::lock_slow"),
	USE("*RawRwLock::*lock_*slow*", ANY_PARK, LOCK_PARKER, ALWAYS, 0.95,
	    "locks a parking_lot::RwLock", .taken_by = "RawRwLock::lock_slow"),
	/* Lock() and LockWhen() both come by LockSlow(); only the latter waits for a condition. */
	USE("absl::*Mutex::LockSlow*", ANY_PARK, LOCK_PARKER, UNLESS_CALLER, 0.9,
	    "locks an absl::Mutex", .taken_by = "absl::Mutex::Lock"),
	USE("absl::*Mutex::*LockWhen*", ANY_PARK, LOCK_PARKER, NEVER, 0.95,
	    "waits for a condition of an absl::Mutex"),
	USE("absl::*Mutex::Await*", ANY_PARK, LOCK_PARKER, NEVER, 0.95,
	    "waits for a condition of an absl::Mutex"),
	USE("absl::*CondVar::Wait*", ANY_PARK, LOCK_PARKER, NEVER, 0.95,
	    "waits for an absl::CondVar"),
	/*
	 * A shared variable's lock is a condition variable, its mutex and the owner. So is the one
	 * of all shared variables, which each access takes; cond_wait() is called from elsewhere.
	 */
	USE("Perl_pp_lock", KIND(LOCK_CONDITION), LOCK_MUTEX, ALWAYS, 0.95,
	    "Perl's lock() of a shared variable", .depth = 6),
	USE("Perl_mg_*", KIND(LOCK_CONDITION), LOCK_MUTEX, ALWAYS, 0.85,
	    "Perl takes the lock of all shared variables", .depth = 6),
	/* Locks that are made of a condition variable. */
	USE("boost::shared_mutex::*lock*", KIND(LOCK_CONDITION), LOCK_RWLOCK, ALWAYS, 0.95,
	    "locks a boost::shared_mutex"),
	USE("boost::upgrade_mutex::*lock*", KIND(LOCK_CONDITION), LOCK_RWLOCK, ALWAYS, 0.95,
	    "locks a boost::upgrade_mutex"),
	USE("QReadWriteLock::*ockFor*", KIND(LOCK_CONDITION), LOCK_RWLOCK, ALWAYS, 0.95,
	    "locks a QReadWriteLock"),
	/* All of GLib's share one condition variable. What they run has waits of its own. */
	USE("g_once_impl", KIND(LOCK_CONDITION), LOCK_MUTEX, ALWAYS, 0.7,
	    "waits until another thread has initialised: a lock taken once", .depth = 3),
	USE("g_once_init_enter*", KIND(LOCK_CONDITION), LOCK_MUTEX, ALWAYS, 0.7,
	    "waits until another thread has initialised: a lock taken once", .depth = 3),
	/* A flag, a phase, a lock of its own: what the program makes of it is not to be seen. */
	USE("std::__detail::__platform_wait*", KIND(LOCK_FUTEX), LOCK_FUTEX, BY_CALLER, 0.9,
	    "waits until a std::atomic changes"),
	USE("runtime.lock*", ANY_PARK, LOCK_MUTEX, ALWAYS, 0.9, "a lock of Go's runtime"),
};
const size_t lock_rules_count = ARRAY_LEN(lock_rules);
