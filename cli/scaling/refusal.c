// SPDX-License-Identifier: BSD-2-Clause
#include "cli/scaling/refusal.h"

#include <stdio.h>

#include "base/owned.h"
#include "cli/scaling/amdahl.h"

static const struct {
	const char *name;
	const char *sentence;
} refusals[] = {
	[SCALING_DONE] = { NULL, "" },
	[SCALING_NO_POINTS] = { "no-points", "Nothing was measured, so there is no law to fit." },
	[SCALING_NO_TIME] = { "no-time", "A time is zero or no number, so no law is fitted." },
	[SCALING_NO_WORKERS] = { "no-workers",
				 "A number of workers is below 1, so no law is fitted." },
	[SCALING_NOT_ASCENDING] = { "not-ascending",
				    "The numbers of workers do not ascend, so no law is fitted." },
	[SCALING_TOO_FEW] = { "too-few-points", NULL },
	[SCALING_EQUAL_TIMES] = { "equal-times",
				  "Every time is the same: more workers change nothing, and there "
				  "is no law to fit." },
	[SCALING_SUPERLINEAR] = { "superlinear",
				  "N workers are more than N times as fast as one, which neither "
				  "law allows: look for caches that fit or for work that "
				  "shrinks." },
	[SCALING_NO_FIT] = { "no-fit", "Least squares found no law through these points." },
};
_Static_assert(ARRAY_LEN(refusals) == SCALING_REFUSALS, "a sentence for every refusal");

const char *scaling_refusal_name(enum scaling_refusal refusal)
{
	return refusals[refusal].name;
}

static void say_too_few(size_t points, unsigned int cpus, char *ret, size_t size)
{
	snprintf(ret, size,
		 "%u CPU%s give%s %zu point%s, and fewer than %u within the CPUs are too few "
		 "to fit a law.",
		 cpus, cpus == 1 ? "" : "s", cpus == 1 ? "s" : "", points, points == 1 ? "" : "s",
		 SCALING_POINTS_MIN);
}

void scaling_refusal_say(enum scaling_refusal refusal, size_t points, unsigned int cpus, char *ret,
			 size_t size)
{
	char sentence[SCALING_SENTENCE_BYTES];

	if (refusal == SCALING_TOO_FEW)
		say_too_few(points, cpus, sentence, sizeof(sentence));
	else
		snprintf(sentence, sizeof(sentence), "%s", refusals[refusal].sentence);
	if (refusal == SCALING_DONE || refusal == SCALING_NO_POINTS)
		snprintf(ret, size, "%s", sentence);
	else
		snprintf(ret, size,
			 "%s Amdahl's law would be " AMDAHL_FORMULA ", s being the serial "
			 "share.",
			 sentence);
}
