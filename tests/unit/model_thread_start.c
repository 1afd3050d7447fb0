/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/model/thread_start.h"

#include <criterion/criterion.h>

#include "base/owned.h"

#define LIBC "/usr/lib/x86_64-linux-gnu/libc.so.6"
#define IN(m, f)                                                                                   \
	{                                                                                          \
		.function = f, .module = m, .kind = "native"                                       \
	}
#define OWN(f) IN("/usr/bin/orderd", f)
#define PYTHON(path, f)                                                                            \
	{                                                                                          \
		.function = f, .file = path, .line = 7, .kind = "python"                           \
	}
#define THREADING(f) PYTHON("/usr/lib/python3.11/threading.py", f)
#define FRAMES_MAX   10

/* The innermost first; the last one of each that has a name or a module is the last there is. */
static const struct {
	const char *what;
	struct report_frame frames[FRAMES_MAX];
	const char *start;
} stacks[] = {
	{ "glibc",
	  { IN(LIBC, "read"), OWN("get"), OWN("consume"), IN(LIBC, "start_thread"),
	    IN(LIBC, "__clone3") },
	  "consume" },
	{ "glibc without symbols",
	  { IN(LIBC, "read"), OWN("consume"), IN(LIBC, NULL), IN(LIBC, NULL) },
	  "consume" },
	{ "the main thread",
	  { OWN("wait_for_all"), OWN("main"), IN(LIBC, "__libc_start_call_main"),
	    IN(LIBC, "__libc_start_main"), OWN("_start") },
	  "main" },
	{ "musl",
	  { OWN("consume"), IN("/lib/ld-musl-x86_64.so.1", "start"),
	    IN("/lib/ld-musl-x86_64.so.1", "__clone") },
	  "consume" },
	{ "C++",
	  { OWN("pool::work"), OWN("std::__invoke_impl<void, void (*)()>"),
	    OWN("std::thread::_State_impl<std::thread::_Invoker<std::tuple<void (*)()> > "
		">::_M_run"),
	    IN("/usr/lib/libstdc++.so.6", NULL), IN(LIBC, NULL), IN(LIBC, NULL) },
	  "pool::work" },
	{ "Rust",
	  { OWN("orders::consume"), OWN("std::sys_common::backtrace::__rust_begin_short_backtrace"),
	    OWN("core::ops::function::FnOnce::call_once{{vtable.shim}}"),
	    OWN("std::sys::unix::thread::Thread::new::thread_start"), IN(LIBC, NULL) },
	  "orders::consume" },
	{ "Python",
	  { PYTHON("app.py", "get"), PYTHON("app.py", "consume"), THREADING("run"),
	    THREADING("_bootstrap_inner"), THREADING("_bootstrap"), IN("/usr/bin/python3.11", NULL),
	    IN(LIBC, NULL) },
	  "consume" },
	{ "a Python thread with a run() of its own",
	  { PYTHON("app.py", "run"), THREADING("_bootstrap_inner"), THREADING("_bootstrap"),
	    IN(LIBC, NULL) },
	  "run" },
	{ "Python's main thread",
	  { PYTHON("app.py", "<module>"), IN("/usr/bin/python3.11", "Py_BytesMain"),
	    IN(LIBC, "__libc_start_main"), IN("/usr/bin/python3.11", "_start") },
	  "<module>" },
	{ "a Python thread on its way",
	  { THREADING("wait"), THREADING("_bootstrap"), IN(LIBC, NULL) },
	  NULL },
	{ "Python without its frames",
	  { IN("/usr/bin/python3.11", "_PyEval_EvalFrameDefault"),
	    IN("/usr/bin/python3.11", "_PyFunction_Vectorcall"), IN(LIBC, NULL), IN(LIBC, NULL) },
	  NULL },
	{ "a goroutine", { OWN("main.consume"), OWN("runtime.goexit.abi0") }, NULL },
	{ "a stripped program", { OWN("read"), OWN(NULL), IN(LIBC, NULL) }, NULL },
	{ "a thread of the library's own", { IN(LIBC, "sigwaitinfo"), IN(LIBC, NULL) }, NULL },
	{ "a process that is being loaded",
	  { IN("/lib64/ld-linux-x86-64.so.2", "_dl_start"),
	    IN("/lib64/ld-linux-x86-64.so.2", NULL) },
	  NULL },
	{ "nothing", { { 0 } }, NULL },
};

Test(thread_start, is_the_outermost_function_that_is_the_programs_own)
{
	for (size_t i = 0; i < ARRAY_LEN(stacks); i++) {
		size_t count = FRAMES_MAX;
		const char *start;

		while (count && !stacks[i].frames[count - 1].function &&
		       !stacks[i].frames[count - 1].module)
			count--;
		start = thread_start_of(stacks[i].frames, count);
		if (stacks[i].start)
			cr_assert_str_eq(start ? start : "none", stacks[i].start, "%s",
					 stacks[i].what);
		else
			cr_assert_null(start, "%s: %s", stacks[i].what, start);
	}
}
