/* SPDX-License-Identifier: BSD-2-Clause */
/* How long threads stood in a run queue, how they left the CPU, and what memory they hold. */
#include <string.h>

#include "abi/histogram.h"
#include "base/number.h"
#include "base/owned.h"
#include "cli/report/bar.h"
#include "cli/report/format.h"
#include "cli/report/section.h"

#define OCTAVES 64

struct octaves {
	uint64_t count[OCTAVES];
	unsigned int first;
	unsigned int last;
	uint64_t largest;
};

/* The buckets' upper ends are exclusive: what lies below 2^(n+1) belongs to octave n. */
static void merge_octaves(const struct report_run_queue *queue, struct octaves *ret)
{
	*ret = (struct octaves){ .first = OCTAVES };
	for (size_t i = 0; i < queue->histogram_count; i++) {
		const struct report_bucket *bucket = &queue->histogram[i];
		unsigned int octave = histogram_log2(bucket->up_to_ns ? bucket->up_to_ns - 1 : 0);

		if (!bucket->count)
			continue;
		ret->count[octave] += bucket->count;
		ret->first = octave < ret->first ? octave : ret->first;
		ret->last = octave > ret->last ? octave : ret->last;
		if (ret->count[octave] > ret->largest)
			ret->largest = ret->count[octave];
	}
}

static uint64_t octave_start(unsigned int octave)
{
	return octave ? 1ull << octave : 0;
}

static void add_legend(struct line *line, uint64_t largest)
{
	const char *steps = "; each step doubles";

	line_emphasis(line, EMPHASIS_FAINT);
	line_add(line, "   █ = %s", format_things(largest, "wait").text);
	if (line->used + strlen(steps) <= line->style->columns)
		line_add(line, "%s", steps);
	line_emphasis(line, EMPHASIS_NONE);
}

static void print_spark(const struct page *page)
{
	struct octaves octaves;
	unsigned int each;
	struct line line;

	merge_octaves(&page->report->run_queue, &octaves);
	if (octaves.first > octaves.last)
		return;
	/* Two columns an octave while that fits beside the ends and the legend. */
	each = octaves.last - octaves.first < 12 ? 2 : 1;
	line_start(&line, page->style);
	line_add(&line, "  %s ", format_duration(octave_start(octaves.first)).text);
	line_emphasis(&line, EMPHASIS_DELAY);
	for (unsigned int i = octaves.first; i <= octaves.last; i++)
		for (unsigned int k = 0; k < each; k++)
			bar_add_level(&line, share_of(octaves.count[i], octaves.largest));
	line_emphasis(&line, EMPHASIS_NONE);
	line_add(&line, " %s",
		 octaves.last + 1 < OCTAVES ? format_duration(octave_start(octaves.last + 1)).text
					    : "and up");
	add_legend(&line, octaves.largest);
	line_print(&line, page->out);
}

static bool is_own(const struct report_culprit *culprit)
{
	return culprit->kind && !strcmp(culprit->kind, "target");
}

/* By what they had the CPU for; nobody is named who had it for less than a hundredth of the wait.
 */
static const struct report_culprit *worst_other(const struct report_run_queue *queue,
						uint64_t whole_ns)
{
	const struct report_culprit *worst = NULL;

	for (size_t i = 0; i < queue->culprits_count; i++) {
		const struct report_culprit *culprit = &queue->culprits[i];

		if (!is_own(culprit) && (!worst || culprit->ahead_ns > worst->ahead_ns))
			worst = culprit;
	}
	return worst && share_of(worst->ahead_ns, whole_ns) >= 0.01 ? worst : NULL;
}

/* A task outside the reader's PID namespace has no number there. */
static void name_worst(const struct report_culprit *worst, uint64_t others_ns, char *ret,
		       size_t size)
{
	const char *part = 2 * worst->ahead_ns > others_ns ? "most of it" : "first of all";
	const char *name = worst->name ? worst->name : "";

	if (worst->tid)
		snprintf(ret, size, ", %s %.40s (%llu)", part, name,
			 (unsigned long long)worst->tid);
	else
		snprintf(ret, size, ", %s %.40s (outside this PID namespace)", part, name);
}

/* "Behind": who had the CPU meanwhile; what they are matters more than how many. */
static void print_behind(const struct page *page)
{
	const struct report_run_queue *queue = &page->report->run_queue;
	uint64_t whole_ns = page->report->totals.figures.ready_ns;
	uint64_t own_ns = queue->more_own_ns, others_ns = less(queue->more_ns, own_ns);
	const struct report_culprit *worst = worst_other(queue, whole_ns);
	char text[512], name[160] = "", unknown[128] = "";

	for (size_t i = 0; i < queue->culprits_count; i++)
		*(is_own(&queue->culprits[i]) ? &own_ns : &others_ns) +=
			queue->culprits[i].ahead_ns;
	if (!whole_ns || share_of(own_ns + others_ns, whole_ns) < 0.01)
		return;
	if (worst)
		name_worst(worst, others_ns, name, sizeof(name));
	if (share_of(queue->earlier_ns, whole_ns) >= 0.01)
		snprintf(unknown, sizeof(unknown), " · not known %s",
			 format_share(queue->earlier_ns, whole_ns).text);
	snprintf(text, sizeof(text), "the target's own threads %s · other tasks %s%s%s",
		 format_share(own_ns, whole_ns).text, format_share(others_ns, whole_ns).text, name,
		 unknown);
	section_labelled(page, "  ready behind", text);
}

static void print_quotas(const struct page *page)
{
	uint64_t whole_ns = page->report->window.duration_ns;
	char text[512];
	int used;

	for (size_t i = 0; i < page->report->quotas_count; i++) {
		const struct report_quota *quota = &page->report->quotas[i];

		if (!quota->throttled_periods)
			continue;
		used = snprintf(text, sizeof(text),
				"%s in %s of %s by the quota of %.2f CPUs of %.200s",
				format_duration(quota->throttled_ns).text,
				format_count(quota->throttled_periods).text,
				format_things(quota->periods, "period").text, quota->cpus,
				quota->cgroup ? quota->cgroup : "");
		/* Reports from before this was told have no figure here. */
		if (quota->watched_ns < whole_ns - whole_ns / 10)
			snprintf(text + used, sizeof(text) - (size_t)used,
				 " · under it for %s of %s",
				 format_duration(quota->watched_ns).text,
				 format_duration(whole_ns).text);
		section_labelled(page, "Throttled", text);
	}
}

void section_run_queue(const struct page *page)
{
	const struct report_run_queue *queue = &page->report->run_queue;
	unsigned int step = page->style->columns >= 72 ? 15 : 14;
	struct line line;

	section_heading(&line, page, "Run-queue wait");
	line_to(&line, SECTION_LABEL);
	line_add(&line, "%s", format_things(queue->count, "wait").text);
	if (queue->count)
		line_add(&line, " · mean %s", format_duration(queue->mean_ns).text);
	line_print(&line, page->out);
	if (!queue->count)
		return;
	line_add(&line, "  p50 %s", format_duration(queue->p50_ns).text);
	line_to(&line, 2 + step);
	line_add(&line, "p90 %s", format_duration(queue->p90_ns).text);
	line_to(&line, 2 + 2 * step);
	line_add(&line, "p99 %s", format_duration(queue->p99_ns).text);
	line_to(&line, 2 + 3 * step);
	line_add(&line, "max %s", format_duration(queue->max_ns).text);
	line_print(&line, page->out);
	print_spark(page);
	print_behind(page);
	print_quotas(page);
}

void section_switches(const struct page *page)
{
	const struct report_figures *figures = &page->report->totals.figures;
	char yields[80] = "", text[320];

	if (figures->yields)
		snprintf(yields, sizeof(yields), " (%s)",
			 format_things(figures->yields, "yield").text);
	snprintf(text, sizeof(text), "%s involuntary%s · %s voluntary · %s",
		 format_count(figures->involuntary).text, yields,
		 format_count(figures->voluntary).text,
		 format_things(figures->migrations, "migration").text);
	section_labelled(page, "Switches", text);
	if (share_of(figures->stolen_ns, figures->running_ns) < 0.001)
		return;
	snprintf(text, sizeof(text), "%s = %s of running time (hypervisor, interrupts)",
		 format_duration(figures->stolen_ns).text,
		 format_share(figures->stolen_ns, figures->running_ns).text);
	section_labelled(page, "Stolen", text);
}

/* One process's memory says little about parallel work; what copies cost does. */
void section_memory(const struct page *page)
{
	const struct report *report = page->report;
	uint64_t rss_bytes = 0;
	char text[160];
	size_t known = 0;

	for (size_t i = 0; i < report->processes_count; i++) {
		if (report->processes[i].rss_bytes == NO_VALUE)
			continue;
		rss_bytes += report->processes[i].rss_bytes;
		known++;
	}
	if (report->processes_count > 1 && known) {
		snprintf(text, sizeof(text), "%s resident, summed over %s",
			 format_bytes(rss_bytes).text, format_things(known, "process").text);
		section_labelled(page, "Memory", text);
	}
	section_gap(page);
}
