// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a thread of Ruby waits for. Each sleeps on condition variables of its own, for its turn at
 * the GVL as for anything else, and what it does so for are static functions, which distributions
 * strip. So what counts is the first function with an exported name that leads there, as long as
 * all frames in between are Ruby's own: what is further out has called something else meanwhile.
 */
#include <string.h>

#include "base/owned.h"
#include "daemon/model/lock_clues.h"

/* Frames of static functions that stand, at most, between an exported one and where it waits. */
#define GVL_INSIDE   3
#define MUTEX_INSIDE 4

static const char *file_of(const char *module)
{
	const char *slash = module ? strrchr(module, '/') : NULL;

	return slash ? slash + 1 : module;
}

static bool is_of_ruby(const char *module)
{
	const char *file = file_of(module);

	return file && (!strncmp(file, "libruby", 7) || !strncmp(file, "ruby", 4));
}

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strncmp(name, names[i], strlen(names[i])))
			return true;
	return false;
}

/* How it waits, whatever for. */
static bool is_way_to_wait(const char *name)
{
	static const char *const ways[] = {
		"rb_native_", "native_cond_",       "do_gvl_timer",           "native_sleep",
		"sleep_",     "thread_sched_wait_", "thread_sched_to_waiting"
	};

	return is_one_of(name, ways, ARRAY_LEN(ways));
}

/* Past the frames of libc, in which it waits: the first one of Ruby's that tells what for. */
struct user {
	const char *name;   /* NULL: none of them has a name that tells */
	const char *module; /* of the frame that called it, or them */
	size_t inside;      /* frames without a name in it */
};

static struct user user_of(const struct lock_clues *clues)
{
	size_t count = clues->functions && clues->modules ? clues->function_count : 0, i = 0;
	struct user user = { 0 };

	while (i < count && clues->modules[i] && !is_of_ruby(clues->modules[i]) &&
	       !strcmp(clues->modules[i], clues->modules[0]))
		i++;
	for (; i < count && !user.name && is_of_ruby(clues->modules[i]); i++) {
		if (!clues->functions[i])
			user.inside++;
		else if (!is_way_to_wait(clues->functions[i]))
			user.name = clues->functions[i];
	}
	if (i < count)
		user.module = file_of(clues->modules[i]);
	return user;
}

/* It calls what waits by itself, too: but an extension's function has a frame of its own. */
static bool leaves_gvl_for_extension(const struct user *user)
{
	static const char *const users[] = { "rb_nogvl", "rb_thread_call_without_gvl" };

	return is_one_of(user->name, users, ARRAY_LEN(users)) && user->module &&
	       !is_of_ruby(user->module);
}

bool clues_take_ruby_gvl(const struct lock_clues *clues)
{
	/* Static ones have names where nothing is stripped. */
	static const char *const users[] = {
		"gvl_acquire",
		"gvl_yield",
		"thread_sched_to_running",
		"thread_sched_yield",
		"rb_threadptr_execute_interrupts",
		"rb_thread_io_blocking_",
		"rb_thread_schedule",
	};
	struct user user = user_of(clues);

	return user.name && user.inside <= GVL_INSIDE &&
	       (is_one_of(user.name, users, ARRAY_LEN(users)) || leaves_gvl_for_extension(&user));
}

bool clues_take_ruby_mutex(const struct lock_clues *clues)
{
	static const char *const users[] = { "do_mutex_lock", "rb_mutex_lock",
					     "rb_mutex_synchronize" };
	struct user user = user_of(clues);

	if (user.inside > MUTEX_INSIDE)
		return false;
	/* A Monitor is a Mutex with an owner, whose rb_mutex_lock() jumps on and has no frame. */
	if (!user.name)
		return user.inside && user.module && !strncmp(user.module, "monitor.so", 10);
	return is_one_of(user.name, users, ARRAY_LEN(users));
}
