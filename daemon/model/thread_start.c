// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/thread_start.h"

#include <fnmatch.h>
#include <string.h>

#include "base/owned.h"
#include "base/path.h"

/* Patterns of fnmatch(3) for names without their leading underscores: outside of the program. */
static const char *const starters[] = {
	/* glibc and musl */
	"start",
	"start_c",
	"start_thread",
	"start_c11",
	"clone",
	"clone3",
	"libc_start_*",
	"generic_start_main*",
	/* C++ */
	"*execute_native_thread_routine",
	"std::thread::*",
	"std::*thread_proxy*",
	"std::*invoke*",
	/* Rust */
	"std::sys::*",
	"std::sys_common::*",
	"std::panicking::*",
	"std::panic::*",
	"std::rt::*",
	"core::*",
	"<core::*",
	"alloc::*",
	"<alloc::*",
	"rust_try*",
	"rust_begin_short_backtrace*",
	/* GLib, Qt */
	"g_thread_proxy",
	"QThreadPrivate::start*",
};

/* Stripped, these have no names for what starts threads. */
static const char *const starting_modules[] = {
	"libc.so*",      "libc-*.so*",    "libpthread.so*", "libpthread-*.so*",
	"ld-musl-*.so*", "libstdc++.so*", "libc++.so*",     "libglib-2.0.so*",
};

/* Where one of these is in the stack, its native functions do not tell. */
static const char *const runtimes[] = {
	"runtime.goexit*", "runtime.mstart*",   "runtime.rt0_go*",          "Py_BytesMain",
	"Py_RunMain",      "pymain_*",          "pythread_wrapper*",        "t_bootstrap*",
	"thread_run",      "PyEval_EvalFrame*", "PyEval_EvalFrameDefault*",
};

static bool matches_any(const char *text, const char *const *patterns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fnmatch(patterns[i], text, 0) == 0)
			return true;
	return false;
}

static bool is_starter(const struct report_frame *frame)
{
	const char *name = frame->function;

	if (!name)
		return frame->module && matches_any(base_name(frame->module), starting_modules,
						    ARRAY_LEN(starting_modules));
	return matches_any(name + strspn(name, "_"), starters, ARRAY_LEN(starters));
}

static bool is_of_runtime(const struct report_frame *frame)
{
	const char *name = frame->function;

	return name && matches_any(name + strspn(name, "_"), runtimes, ARRAY_LEN(runtimes));
}

/* A library's function called by none of the program's: on the way in or out of the program. */
static bool is_in_libc(const struct report_frame *frame)
{
	return frame->module && (!strncmp(base_name(frame->module), "ld-", 3) ||
				 matches_any(base_name(frame->module), starting_modules,
					     ARRAY_LEN(starting_modules)));
}

static bool is_python(const struct report_frame *frame)
{
	return frame->kind && !strcmp(frame->kind, "python");
}

/* threading's own frames, and those of `python -m`. */
static bool is_python_starter(const struct report_frame *frame)
{
	const char *file = frame->file ? base_name(frame->file) : "";

	return !strcmp(file, "threading.py") || !strcmp(file, "<frozen runpy>") ||
	       !strcmp(file, "runpy.py");
}

const char *thread_start_of(const struct report_frame *frames, size_t count)
{
	bool is_runtime = false, has_python = false;

	for (size_t i = 0; i < count; i++) {
		has_python |= is_python(&frames[i]);
		is_runtime |= is_of_runtime(&frames[i]);
	}
	for (size_t i = count; i-- > 0;) {
		const struct report_frame *frame = &frames[i];

		if (has_python && is_python(frame) && !is_python_starter(frame))
			return frame->function;
		if (!has_python && !is_starter(frame))
			return is_runtime || is_in_libc(frame) ? NULL : frame->function;
	}
	return NULL;
}
