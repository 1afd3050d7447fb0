// SPDX-License-Identifier: BSD-2-Clause
#include "cli/sweep/cause.h"

#include <stdio.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/format.h"

/* The CPUs are out when so much of their time is used. */
#define SATURATED_MIN 0.9
/* What takes less of all thread time holds nothing up. */
#define HINDRANCE_MIN 0.1

static const struct {
	const char *name;
	const char *share; /* what the share is, after "NN % of all thread time is " */
} causes[] = {
	[CAUSE_UNKNOWN] = { NULL, NULL },
	[CAUSE_SCALES_WELL] = { "scales-well", "running" },
	[CAUSE_CPU_SATURATED] = { "cpu-saturated", "ready, with no CPU free" },
	[CAUSE_IO_BOUND] = { "io-bound", "waiting for I/O" },
	[CAUSE_LOCK_BOUND] = { "lock-bound", "lock wait" },
	[CAUSE_GIL_BOUND] = { "gil-bound", "waiting for Python's GIL" },
	[CAUSE_IDLE] = { "idle", "waiting for work or for each other" },
};
_Static_assert(ARRAY_LEN(causes) == CAUSES, "name every cause");

static const enum sweep_cause_id cause_of_state[ACCOUNT_STATES] = {
	[ACCOUNT_RUNNING] = CAUSE_SCALES_WELL, [ACCOUNT_READY] = CAUSE_CPU_SATURATED,
	[ACCOUNT_LOCK] = CAUSE_LOCK_BOUND,     [ACCOUNT_GIL] = CAUSE_GIL_BOUND,
	[ACCOUNT_IO] = CAUSE_IO_BOUND,         [ACCOUNT_CONDITION] = CAUSE_IDLE,
	[ACCOUNT_OTHER] = CAUSE_IDLE,
};

const char *cause_name(enum sweep_cause_id id)
{
	return causes[id].name;
}

/*
 * As in the account, but that threads beyond the workers, such as a shell or a main thread that
 * waits for them to end, are held up by nothing.
 */
static void hindrances(const struct sweep_account *account, uint64_t ret[ACCOUNT_STATES])
{
	uint64_t workers_ns = account->predict.workers * account->elapsed_ns;
	uint64_t beyond_ns = account->whole_ns > workers_ns ? account->whole_ns - workers_ns : 0;
	uint64_t idle_ns = account->ns[ACCOUNT_CONDITION] + account->ns[ACCOUNT_OTHER];

	memcpy(ret, account->ns, sizeof(account->ns));
	ret[ACCOUNT_CONDITION] = idle_ns > beyond_ns ? idle_ns - beyond_ns : 0;
	ret[ACCOUNT_OTHER] = 0;
}

enum sweep_cause_id cause_of(const struct sweep_account *account, unsigned int cpus,
			     double *ret_share)
{
	uint64_t hindrance[ACCOUNT_STATES];
	int largest = ACCOUNT_READY;
	double busy;

	*ret_share = 0;
	if (!account->known || !account->whole_ns || !account->elapsed_ns || !cpus)
		return CAUSE_UNKNOWN;
	busy = (double)account->ns[ACCOUNT_RUNNING] / (double)account->elapsed_ns / cpus;
	if (busy >= SATURATED_MIN) {
		*ret_share = busy < 1 ? busy : 1;
		return CAUSE_CPU_SATURATED;
	}
	hindrances(account, hindrance);
	for (int i = ACCOUNT_READY; i < ACCOUNT_STATES; i++)
		if (hindrance[i] > hindrance[largest])
			largest = i;
	*ret_share = share_of(hindrance[largest], account->whole_ns);
	if (*ret_share >= HINDRANCE_MIN)
		return cause_of_state[largest];
	*ret_share = share_of(account->ns[ACCOUNT_RUNNING], account->whole_ns);
	return CAUSE_SCALES_WELL;
}

/* Of work that hardly runs, a longer running time slows nothing down. */
static bool running_matters(const struct sweep_account *account)
{
	return account->predict.running_ns >= HINDRANCE_MIN * account->predict.useful_ns;
}

static double running_per_task(const struct sweep_account *account)
{
	return account->tasks ? (double)account->ns[ACCOUNT_RUNNING] / (double)account->tasks
			      : (double)account->ns[ACCOUNT_RUNNING];
}

void cause_add(struct sweep_cause *cause, unsigned int workers, unsigned int cpus,
	       const struct sweep_account *first, const struct sweep_account *account)
{
	enum sweep_cause_id id = cause_of(account, cpus, &cause->share);
	double before = running_per_task(first);
	double slower = before > 0 ? running_per_task(account) / before : 1;

	if (id != cause->id)
		cause->from_workers = workers;
	cause->id = id;
	if (cause->slower < 1)
		cause->slower = 1;
	if (slower > cause->slower && running_matters(account)) {
		cause->slower = slower;
		cause->slower_at = workers;
	}
}

void cause_say(const struct sweep_cause *cause, unsigned int cpus, const char *lock, char *ret,
	       size_t size)
{
	char from[48] = "";

	if (cause->id == CAUSE_UNKNOWN) {
		snprintf(ret, size, "nothing was measured");
		return;
	}
	if (cause->from_workers > 1)
		snprintf(from, sizeof(from), " from %u workers", cause->from_workers);
	if (cause->id == CAUSE_CPU_SATURATED && cause->share >= SATURATED_MIN)
		snprintf(ret, size, "%s%s: %s busy %.0f %% of the time", causes[cause->id].name,
			 from, cpus == 1 ? "1 CPU was" : "its CPUs were", cause->share * 100);
	else
		snprintf(ret, size, "%s%s: %.0f %% of all thread time is %s%s%s",
			 causes[cause->id].name, from, cause->share * 100, causes[cause->id].share,
			 cause->id == CAUSE_LOCK_BOUND && *lock ? " for " : "",
			 cause->id == CAUSE_LOCK_BOUND ? lock : "");
}
