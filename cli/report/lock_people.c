/* SPDX-License-Identifier: BSD-2-Clause */
/* Who waited for a lock and who held it, by name. */
#include <inttypes.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/fold_names.h"
#include "cli/report/lock_parts.h"

/* From this share on the main holder stands for all of them. */
#define MAIN_SHARE 0.5

void lock_waiters_text(const struct report_lock *lock, char *ret, size_t size)
{
	_cleanup_free_ const char **names = calloc(lock->waiters_count + 1, sizeof(*names));

	snprintf(ret, size, "waiters");
	for (size_t i = 0; names && i < lock->waiters_count; i++)
		names[i] = lock->waiters[i].name;
	if (names && lock->waiters_count)
		fold_names(names, lock->waiters_count, ret, size);
	/* Only so many have a name here. */
	if (locks_more(lock->more_waiters))
		snprintf(ret + strlen(ret), size - strlen(ret), " and %s more",
			 format_count(locks_more(lock->more_waiters)).text);
}

static const char *holder_name(const struct report_lock *lock, size_t index)
{
	const char *name = lock->holders[index].name;

	return name && *name ? name : "unnamed";
}

/* Another one who held it or waited for it has this one's name. */
static bool has_namesake(const struct report_lock *lock, const struct report_holder *one)
{
	const char *name = one->name ? one->name : "";

	for (size_t i = 0; i < lock->holders_count; i++)
		if (lock->holders[i].tid != one->tid && lock->holders[i].name &&
		    strcmp(lock->holders[i].name, name) == 0)
			return true;
	for (size_t i = 0; i < lock->waiters_count; i++)
		if (lock->waiters[i].tid != one->tid && lock->waiters[i].name &&
		    strcmp(lock->waiters[i].name, name) == 0)
			return true;
	return false;
}

void lock_main_holder_text(const struct report_lock *lock, char *ret, size_t size)
{
	*ret = '\0';
	if (!lock->holders_count)
		return;
	if (has_namesake(lock, &lock->holders[0]))
		snprintf(ret, size, "%.64s (%" PRIu64 ")", holder_name(lock, 0),
			 lock->holders[0].tid);
	else
		snprintf(ret, size, "%s", holder_name(lock, 0));
}

void lock_holders_text(const struct report_lock *lock, char *ret, size_t size)
{
	_cleanup_free_ const char **names = calloc(lock->holders_count + 1, sizeof(*names));

	snprintf(ret, size, "not known");
	if (!lock->holders_count || !names)
		return;
	for (size_t i = 0; i < lock->holders_count; i++)
		names[i] = holder_name(lock, i);
	if (share_of(lock->holders[0].blocked_others_ns, locks_blocked_ns(lock)) >= MAIN_SHARE)
		lock_main_holder_text(lock, ret, size);
	else
		fold_names(names, lock->holders_count, ret, size);
}
