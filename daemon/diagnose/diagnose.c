/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/diagnose/diagnose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/diagnose/rules.h"

enum when {
	WHEN_EVER,
	WHEN_NOT_STUCK, /* a deadlock explains the same waits */
	WHEN_FREE,      /* where nothing that was found limits */
};

static const struct rule {
	bool (*applies)(const struct picture *picture, struct finding *ret);
	enum finding_id id;
	enum when when;
} rules[] = {
	{ rule_deadlock, FINDING_DEADLOCK, WHEN_EVER },
	{ rule_livelock, FINDING_LIVELOCK, WHEN_EVER },
	{ rule_starvation, FINDING_STARVATION, WHEN_EVER },
	{ rule_gil_bound, FINDING_GIL_BOUND, WHEN_EVER },
	{ rule_lock_bound, FINDING_LOCK_BOUND, WHEN_NOT_STUCK },
	{ rule_throttled, FINDING_THROTTLED, WHEN_EVER },
	{ rule_spawn_bound, FINDING_SPAWN_BOUND, WHEN_EVER },
	{ rule_ipc_bound, FINDING_IPC_BOUND, WHEN_EVER },
	{ rule_cpu_saturated, FINDING_CPU_SATURATED, WHEN_EVER },
	{ rule_imbalance, FINDING_IMBALANCE, WHEN_EVER },
	{ rule_io_bound, FINDING_IO_BOUND, WHEN_EVER },
	{ rule_oversubscribed, FINDING_OVERSUBSCRIBED, WHEN_EVER },
	{ rule_slower_cpus, FINDING_SLOWER_CPUS, WHEN_EVER },
	{ rule_scales_well, FINDING_SCALES_WELL, WHEN_FREE },
	{ rule_short_at_times, FINDING_CPU_SATURATED, WHEN_FREE },
	{ rule_idle, FINDING_IDLE, WHEN_FREE },
	{ rule_keeps_up, FINDING_SCALES_WELL, WHEN_FREE },
};
/* `incomplete` is no rule: it is about the others; cpu-saturated and scales-well have two. */
_Static_assert(ARRAY_LEN(rules) == FINDING_COUNT + 1, "a rule for every finding");

/* What is stuck first, then by what it would give back; equals in the order of the rules. */
static bool comes_before(const struct finding *one, const struct finding *two)
{
	if (one->class != two->class)
		return one->class > two->class;
	return one->weight > two->weight;
}

static void insert(struct diagnosis *diagnosis, const struct finding *finding)
{
	size_t at = diagnosis->count++;

	for (; at && comes_before(finding, &diagnosis->findings[at - 1]); at--)
		diagnosis->findings[at] = diagnosis->findings[at - 1];
	diagnosis->findings[at] = *finding;
}

static bool is_asked(const struct rule *rule, const struct picture *picture,
		     const struct diagnosis *diagnosis)
{
	const struct finding *first = diagnosis->count ? diagnosis->findings : NULL;

	if (!first || rule->when == WHEN_EVER)
		return true;
	if (rule->when == WHEN_NOT_STUCK)
		return first->id != FINDING_DEADLOCK;
	return first->class == CLASS_LIMIT && first->weight < rule_least_weight(picture);
}

static void ask_rules(const struct picture *picture, struct diagnosis *diagnosis)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		struct finding finding = { .id = rules[i].id };

		if (!is_asked(&rules[i], picture, diagnosis))
			continue;
		if (!rules[i].applies(picture, &finding))
			continue;
		if (picture->window < threshold(THRESHOLD_SHORT_WINDOW_NS))
			finding.confidence /= 2;
		finding.confidence *= 1 - picture->loss;
		insert(diagnosis, &finding);
	}
}

/* ---- losses ---- */

/* That a process hangs comes before all else: where one is known to, more of them change nothing.
 */
static bool may_hang(const struct report *report)
{
	for (size_t i = 0; i < report->processes_count; i++)
		if (report->processes[i].stuck)
			return false;
	return report->completeness.unchecked_processes &&
	       report->completeness.unchecked_processes != NO_VALUE;
}

/* Could what is not known have made another one the first? */
static bool could_change(const struct picture *picture, const struct diagnosis *diagnosis)
{
	double lead;

	if (picture->loss >= threshold(THRESHOLD_LOSS) || may_hang(picture->report))
		return true;
	if (diagnosis->count < 2 || diagnosis->findings[0].class != diagnosis->findings[1].class)
		return false;
	lead = diagnosis->findings[0].weight - diagnosis->findings[1].weight;
	return lead < picture->loss * picture->active;
}

static void say_incomplete(const struct picture *picture, struct diagnosis *diagnosis)
{
	struct finding finding = { .id = FINDING_INCOMPLETE,
				   .severity = SEVERITY_NOTICE,
				   .confidence = 1 };
	const struct report_completeness *complete = &picture->report->completeness;
	const struct finding *found = diagnosis->findings;
	bool withheld = could_change(picture, diagnosis);

	if (withheld)
		finding.class = CLASS_STUCK + 1;
	else
		finding.weight = -1;
	if (picture->loss > 0 || !complete->reasons_count)
		finding_title(&finding, "%s of what happened was not seen.",
			      words_share(picture->loss).text);
	else
		finding_title(&finding, "Not all is told: %.150s.", complete->reasons[0]);
	if (withheld && diagnosis->count > 1)
		finding_detail(&finding, "%s and %s both remain possible.",
			       finding_names[found[0].id], finding_names[found[1].id]);
	else if (withheld && diagnosis->count)
		finding_detail(&finding, "%s is likely, and not certain.",
			       finding_names[found[0].id]);
	else if (!withheld && picture->loss > 0)
		finding_detail(&finding, "That is too little to change what is said here.");
	finding_figure(&finding, "lost_share", picture->loss);
	finding_advice(&finding,
		       "Watch it again, for longer; more than %s threads at once need "
		       "--max-threads.",
		       "16,384");
	insert(diagnosis, &finding);
}

/* ---- the report ---- */

static const char *text_or_null(const char *text)
{
	return *text ? text : NULL;
}

static void fill_rows(struct diagnosis *diagnosis, struct report *report)
{
	for (size_t i = 0; i < diagnosis->count; i++) {
		struct finding *finding = &diagnosis->findings[i];

		/* They have been moved while they were sorted. */
		for (size_t j = 0; j < finding->evidence_count; j++)
			if (finding->evidence[j].text)
				finding->evidence[j].text = finding->names[j];
		diagnosis->rows[i] = (struct report_finding){
			.id = finding_names[finding->id],
			.severity = severity_names[finding->severity],
			.confidence = finding->confidence,
			.title = finding->title,
			.detail = text_or_null(finding->detail),
			.advice = text_or_null(finding->advice),
			.evidence = finding->evidence,
			.evidence_count = finding->evidence_count,
		};
	}
	report->findings = diagnosis->rows;
	report->findings_count = diagnosis->count;
	report->verdict = diagnosis->count ? diagnosis->rows[0].id : NULL;
}

int diagnose(struct report *report, struct diagnosis *diagnosis)
{
	_cleanup_(picture_release) struct picture picture = { 0 };
	int r;

	diagnosis->count = 0;
	report->findings = NULL;
	report->findings_count = 0;
	report->verdict = NULL;
	r = picture_of(report, &picture);
	if (r < 0)
		return r;
	if (picture.life > 0)
		ask_rules(&picture, diagnosis);
	if (!report->completeness.complete)
		say_incomplete(&picture, diagnosis);
	fill_rows(diagnosis, report);
	return 0;
}
