/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lock-bound by spinning: who waits for such a lock runs meanwhile, so that no wait shows it;
 * samples of code do.
 */
#include <fnmatch.h>
#include <math.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/diagnose/rules.h"

/* Functions that do nothing but try again, without their leading underscores: fnmatch(3). */
static const char *const spinners[] = {
	"*spin_lock*", /* glibc, musl, and what is called so by usual name */
	"*spin_trylock*",
	"*[sS]pin[lL]ock*[lL]ock*", /* SpinLock::SlowLock of gperftools and Abseil */
	"*[sS]pinLockDelay*",
	"*spin_mutex*lock*", /* TBB */
	"*spin_rw_mutex*lock*",
	"s_lock", /* PostgreSQL */
	"perform_spin_delay",
	"ut_delay", /* InnoDB */
};

static bool is_spinner(const char *name)
{
	name += strspn(name, "_");
	if (strstr(name, "unlock"))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(spinners); i++)
		if (fnmatch(spinners[i], name, 0) == 0)
			return true;
	return false;
}

struct spinning {
	double samples;
	double running_ns;
	const struct report_code *most;
	const char *caller; /* where the most of it comes from; NULL: no stack tells */
};

static const char *caller_of(const struct report *report)
{
	for (size_t i = 0; i < report->code_stacks_count; i++) {
		const struct report_code_stack *stack = &report->code_stacks[i];

		if (stack->frames_count < 2 || !stack->frames[0].function ||
		    !is_spinner(stack->frames[0].function))
			continue;
		for (size_t j = 1; j < stack->frames_count; j++)
			if (stack->frames[j].function && !is_spinner(stack->frames[j].function))
				return stack->frames[j].function;
	}
	return NULL;
}

static struct spinning spinning_of(const struct report *report)
{
	struct spinning spinning = { .caller = caller_of(report) };

	for (size_t i = 0; i < report->code_count; i++) {
		const struct report_code *code = &report->code[i];

		if (!code->function || !is_spinner(code->function))
			continue;
		spinning.samples += (double)code->samples;
		spinning.running_ns += (double)code->running_ns;
		if (!spinning.most || code->samples > spinning.most->samples)
			spinning.most = code;
	}
	return spinning;
}

double rule_spin_share(const struct picture *picture)
{
	struct spinning spinning = spinning_of(picture->report);

	if (spinning.samples < threshold(THRESHOLD_SAMPLES))
		return 0;
	return fmin(share(spinning.samples, (double)picture->report->sampling.samples), 1);
}

/* More CPUs would be spun away as well: it is its part of all that the threads would run. */
bool rule_spins(const struct picture *picture, struct finding *ret)
{
	struct spinning spinning = spinning_of(picture->report);
	double part = rule_spin_share(picture), limit = threshold(THRESHOLD_CAUSE);
	struct words function;

	if (part < limit || !spinning.most)
		return false;
	snprintf(function.text, sizeof(function.text), "%.60s", spinning.most->function);
	ret->weight = part * picture_unbounded(picture, CAUSE_READY);
	ret->severity = rule_severity(picture, ret->weight);
	ret->confidence = finding_sure(0.9, part, limit);
	finding_title(ret, "%s of the running time is spinning for a lock, in %s.",
		      words_share(part).text, function.text);
	if (spinning.caller)
		finding_detail(ret, "Most of it is called by %.80s.", spinning.caller);
	finding_detail(ret, "Who spins runs, so that no lock wait and no idle CPU shows it.");
	finding_name(ret, "function", function.text);
	finding_figure(ret, "spin_share", part);
	finding_figure(ret, "spin_ns", spinning.running_ns);
	finding_figure(ret, "parallelism_cpus", picture->parallelism);
	finding_advice(ret, "Use a lock that sleeps (a mutex) where it is held for long or by more "
			    "threads than CPUs, hold it for less, or split it; `partrace report "
			    "--view code` shows from where it is taken.");
	return true;
}
