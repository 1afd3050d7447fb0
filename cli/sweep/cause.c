// SPDX-License-Identifier: BSD-2-Clause
#include "cli/sweep/cause.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/owned.h"
#include "cli/report/format.h"

/* The CPUs are out when so much of their time is used. */
#define SATURATED_MIN 0.9
/* What takes less of all thread time holds nothing up. */
#define HINDRANCE_MIN 0.1
/* Who waits for others waits for what holds those up: only far more of it is a lack of work. */
#define IDLE_TIMES 2

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
	[CAUSE_IDLE] = { "idle", "waiting for work, for each other or for time to pass" },
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
	uint64_t beyond_ns = less(account->whole_ns, workers_ns);
	uint64_t idle_ns = account->ns[ACCOUNT_CONDITION] + account->ns[ACCOUNT_OTHER];

	memcpy(ret, account->ns, sizeof(account->ns));
	ret[ACCOUNT_CONDITION] = less(idle_ns, beyond_ns);
	ret[ACCOUNT_OTHER] = 0;
}

static enum account_state largest_of(const uint64_t hindrance[ACCOUNT_STATES])
{
	enum account_state largest = ACCOUNT_READY;
	uint64_t most = 0;

	for (enum account_state i = ACCOUNT_READY; i < ACCOUNT_STATES; i++) {
		uint64_t weight = hindrance[i] / (i == ACCOUNT_CONDITION ? IDLE_TIMES : 1);

		if (weight > most) {
			most = weight;
			largest = i;
		}
	}
	return largest;
}

enum sweep_cause_id cause_of(const struct sweep_account *account, unsigned int cpus,
			     double *ret_share, double *ret_busy)
{
	uint64_t hindrance[ACCOUNT_STATES];
	enum account_state largest;
	double busy;

	*ret_share = *ret_busy = 0;
	if (!account->known || !account->whole_ns || !account->elapsed_ns || !cpus)
		return CAUSE_UNKNOWN;
	busy = (double)account->ns[ACCOUNT_RUNNING] / (double)account->elapsed_ns / cpus;
	*ret_busy = busy < 1 ? busy : 1;
	if (busy >= SATURATED_MIN) {
		*ret_share = *ret_busy;
		return CAUSE_CPU_SATURATED;
	}
	hindrances(account, hindrance);
	largest = largest_of(hindrance);
	/* Who holds another lock of such a program has to have the GIL as well to go on. */
	if (largest == ACCOUNT_LOCK &&
	    share_of(hindrance[ACCOUNT_GIL], account->whole_ns) >= HINDRANCE_MIN)
		largest = ACCOUNT_GIL;
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
	enum sweep_cause_id id = cause_of(account, cpus, &cause->share, &cause->busy);
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
	if (cause->id == CAUSE_CPU_SATURATED && cause->busy >= SATURATED_MIN)
		snprintf(ret, size, "%s%s: %s busy %.0f %% of the time", causes[cause->id].name,
			 from, cpus == 1 ? "1 CPU was" : "its CPUs were", cause->busy * 100);
	else if (cause->id == CAUSE_CPU_SATURATED)
		snprintf(ret, size,
			 "%s%s: %.0f %% of all thread time is %s; others, or a limit, left it "
			 "%.0f %% of %s",
			 causes[cause->id].name, from, cause->share * 100, causes[cause->id].share,
			 cause->busy * 100, format_things(cpus, "CPU").text);
	else
		snprintf(ret, size, "%s%s: %.0f %% of all thread time is %s%s%s",
			 causes[cause->id].name, from, cause->share * 100, causes[cause->id].share,
			 cause->id == CAUSE_LOCK_BOUND && *lock ? " for " : "",
			 cause->id == CAUSE_LOCK_BOUND ? lock : "");
}
