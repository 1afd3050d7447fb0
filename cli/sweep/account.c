// SPDX-License-Identifier: BSD-2-Clause
#include "cli/sweep/account.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/locks.h"
#include "cli/report/verdict.h"
#include "cli/sweep/hindrance.h"

const char *const account_state_names[] = {
	[ACCOUNT_RUNNING] = "running", [ACCOUNT_READY] = "ready", [ACCOUNT_LOCK] = "lock",
	[ACCOUNT_GIL] = "gil",         [ACCOUNT_IO] = "io",       [ACCOUNT_CONDITION] = "condition",
	[ACCOUNT_OTHER] = "other",
};
_Static_assert(ARRAY_LEN(account_state_names) == ACCOUNT_STATES, "name every state");

static enum account_state state_of(int share)
{
	switch (share) {
	case SHARE_RUNNING:
		return ACCOUNT_RUNNING;
	case SHARE_READY:
		return ACCOUNT_READY;
	case SHARE_WAITS + WAIT_LOCK:
		return ACCOUNT_LOCK;
	case SHARE_WAITS + WAIT_IO:
		return ACCOUNT_IO;
	case SHARE_WAITS + WAIT_CONDITION:
		return ACCOUNT_CONDITION;
	default:
		return ACCOUNT_OTHER;
	}
}

/* The GIL's waits are among the lock waits. */
static void split_gil(const struct report *report, struct sweep_account *account)
{
	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];
		uint64_t ns = lock->wait_ns;

		if (!lock->kind || strcmp(lock->kind, "gil") != 0 || ns == NO_VALUE)
			continue;
		if (ns > account->ns[ACCOUNT_LOCK])
			ns = account->ns[ACCOUNT_LOCK];
		account->ns[ACCOUNT_LOCK] -= ns;
		account->ns[ACCOUNT_GIL] += ns;
	}
}

static void name_lock(const struct report *report, struct sweep_account *account)
{
	const struct report_lock *first = locks_foremost(report);

	if (first && first->name)
		snprintf(account->lock, sizeof(account->lock), "%s", first->name);
}

/* Of less than this of what ran alone, a name would stand for too little. */
#define ALONE_WORTH_A_NAME 0.25

static void name_code(const struct report *report, struct sweep_account *account)
{
	const struct report_code *most = NULL;
	const char *file;
	double sum = 0;

	for (size_t i = 0; i < report->code_count; i++) {
		const struct report_code *code = &report->code[i];

		if (code->alone_ns == NO_VALUE)
			continue;
		sum += (double)code->alone_ns;
		if (!most || code->alone_ns > most->alone_ns)
			most = code;
	}
	if (!most || (double)most->alone_ns < fmax(1, ALONE_WORTH_A_NAME * sum))
		return;
	file = most->module ? strrchr(most->module, '/') : NULL;
	if (most->function)
		snprintf(account->code, sizeof(account->code), "%s", most->function);
	else if (most->module)
		snprintf(account->code, sizeof(account->code), "code of %s",
			 file ? file + 1 : most->module);
}

static uint64_t memory_of(const struct report *report)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < report->processes_count; i++) {
		if (report->processes[i].pss_bytes == NO_VALUE)
			return NO_VALUE;
		sum += report->processes[i].pss_bytes;
	}
	return sum ? sum : NO_VALUE;
}

/* CPUs that it never ran on may not be its own. */
static uint64_t others_of(const struct report *report)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < report->cpus_count; i++) {
		const struct report_cpu *cpu = &report->cpus[i];

		if (cpu->target_ns && cpu->target_ns != NO_VALUE && cpu->other_ns != NO_VALUE)
			sum += cpu->other_ns;
	}
	return sum;
}

/* The shell behind a command only waits for what it was told to run: that is not the work's time.
 */
static void leave_out_shell(const struct report *report, struct sweep_account *account)
{
	if (!report->target.kind || strcmp(report->target.kind, "exec") != 0 ||
	    !report->target.pids_count)
		return;
	for (size_t i = 0; i < report->processes_count; i++) {
		const struct report_wait *child = &report->processes[i].figures.waits[WAIT_CHILD];
		uint64_t ns = account->ns[ACCOUNT_OTHER];

		if (report->processes[i].pid != report->target.pids[0])
			continue;
		if (child->time_ns < ns)
			ns = child->time_ns;
		account->ns[ACCOUNT_OTHER] -= ns;
		account->whole_ns -= ns;
	}
}

static void of_probes(const struct report *report, struct sweep_account *account,
		      unsigned int workers)
{
	struct verdict_shares shares = verdict_shares(&report->totals.figures);

	for (int i = 0; i < SHARE_COUNT; i++)
		account->ns[state_of(i)] += shares.ns[i];
	account->whole_ns = shares.whole_ns;
	account->others_ns = others_of(report);
	leave_out_shell(report, account);
	account->parallelism = report->parallelism.mean;
	account->memory_bytes = memory_of(report);
	split_gil(report, account);
	name_lock(report, account);
	name_code(report, account);
	account->predict = hindrance_of(report, account, workers);
}

static uint64_t truth_of(const json_t *workload, const char *key)
{
	const json_t *value = json_object_get(json_object_get(workload, "truth"), key);

	return json_is_integer(value) && json_integer_value(value) > 0
		       ? (uint64_t)json_integer_value(value)
		       : 0;
}

/* The workers' own clocks: they cannot tell who else was on a CPU. */
static void of_truth(const json_t *workload, struct sweep_account *account, unsigned int workers)
{
	account->ns[ACCOUNT_RUNNING] = truth_of(workload, "running_ns");
	account->ns[ACCOUNT_READY] = truth_of(workload, "ready_ns");
	account->ns[ACCOUNT_LOCK] = truth_of(workload, "lock_wait_ns");
	account->ns[ACCOUNT_IO] = truth_of(workload, "io_wait_ns");
	for (int i = 0; i < ACCOUNT_STATES; i++)
		account->whole_ns += account->ns[i];
	account->predict = (struct predict_account){
		.running_ns = (double)account->ns[ACCOUNT_RUNNING],
		.useful_ns = (double)account->ns[ACCOUNT_RUNNING] + (double)account->ns[ACCOUNT_IO],
		.hindered_ns = NAN,
		.alone_ns = NAN,
		.workers = workers,
	};
}

static uint64_t start_of(const json_t *workload, unsigned int workers)
{
	uint64_t made_ns = truth_of(workload, "made_ns");

	return made_ns && workers ? made_ns / workers : NO_VALUE;
}

struct sweep_account account_of(const struct report *report, const json_t *workload,
				unsigned int workers, uint64_t elapsed_ns, uint64_t tasks)
{
	struct sweep_account account = { .known = true,
					 .probed = report->totals.threads > 0,
					 .elapsed_ns = elapsed_ns,
					 .tasks = tasks,
					 .parallelism = NAN,
					 .memory_bytes = NO_VALUE,
					 .start_ns = start_of(workload, workers) };

	if (account.probed)
		of_probes(report, &account, workers);
	else
		of_truth(workload, &account, workers);
	return account;
}

#define OFFSET(member) offsetof(struct sweep_account, member)

/* Of one member, wherever it stands, over those that know it. */
static uint64_t median_u64(const struct sweep_account *accounts, size_t count, size_t offset)
{
	_cleanup_free_ double *values = calloc(count, sizeof(double));
	size_t known = 0;

	for (size_t i = 0; values && i < count; i++) {
		uint64_t value;

		memcpy(&value, (const char *)&accounts[i] + offset, sizeof(value));
		if (value != NO_VALUE)
			values[known++] = (double)value;
	}
	return known ? (uint64_t)gsl_stats_median(values, 1, known) : NO_VALUE;
}

/* NaN where one is NaN: then all of them are. */
static double median_real(const struct sweep_account *accounts, size_t count, size_t offset)
{
	_cleanup_free_ double *values = calloc(count, sizeof(double));

	for (size_t i = 0; values && i < count; i++) {
		memcpy(&values[i], (const char *)&accounts[i] + offset, sizeof(double));
		if (isnan(values[i]))
			return NAN;
	}
	return values ? gsl_stats_median(values, 1, count) : NAN;
}

static void set_medians(const struct sweep_account *accounts, size_t count,
			struct sweep_account *ret)
{
	for (size_t i = 0; i < ACCOUNT_STATES; i++)
		ret->ns[i] = median_u64(accounts, count, OFFSET(ns) + i * sizeof(uint64_t));
	ret->whole_ns = median_u64(accounts, count, OFFSET(whole_ns));
	ret->elapsed_ns = median_u64(accounts, count, OFFSET(elapsed_ns));
	ret->others_ns = median_u64(accounts, count, OFFSET(others_ns));
	ret->start_ns = median_u64(accounts, count, OFFSET(start_ns));
	ret->memory_bytes = median_u64(accounts, count, OFFSET(memory_bytes));
	ret->parallelism = median_real(accounts, count, OFFSET(parallelism));
	ret->predict.running_ns = median_real(accounts, count, OFFSET(predict.running_ns));
	ret->predict.useful_ns = median_real(accounts, count, OFFSET(predict.useful_ns));
	ret->predict.hindered_ns = median_real(accounts, count, OFFSET(predict.hindered_ns));
	ret->predict.alone_ns = median_real(accounts, count, OFFSET(predict.alone_ns));
}

struct sweep_account account_median(const struct sweep_account *accounts, size_t count)
{
	struct sweep_account account = { 0 };

	if (!count)
		return account;
	account = accounts[count - 1];
	set_medians(accounts, count, &account);
	return account;
}

uint64_t account_each_ns(const struct sweep_account *account, enum account_state state)
{
	return account->tasks ? account->ns[state] / account->tasks : account->ns[state];
}
