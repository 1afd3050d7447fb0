/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/diagnose/finding.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void append(char *text, size_t size, const char *format, va_list args)
{
	size_t used = strlen(text);

	if (used && used + 2 < size) {
		text[used++] = ' ';
		text[used] = '\0';
	}
	vsnprintf(text + used, size - used, format, args);
}

#define APPEND(member)                                                                             \
	do {                                                                                       \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, format);                                                            \
		append(finding->member, sizeof(finding->member), format, args);                    \
		va_end(args);                                                                      \
	} while (0)

void finding_title(struct finding *finding, const char *format, ...)
{
	APPEND(title);
}

void finding_detail(struct finding *finding, const char *format, ...)
{
	APPEND(detail);
}

void finding_advice(struct finding *finding, const char *format, ...)
{
	APPEND(advice);
}

static struct report_evidence *next(struct finding *finding, const char *name)
{
	struct report_evidence *evidence = &finding->evidence[finding->evidence_count];

	if (finding->evidence_count == FINDING_EVIDENCE)
		return NULL;
	finding->evidence_count++;
	evidence->name = name;
	return evidence;
}

void finding_figure(struct finding *finding, const char *name, double value)
{
	struct report_evidence *evidence = next(finding, name);

	if (evidence)
		evidence->value = value;
}

void finding_name(struct finding *finding, const char *name, const char *text)
{
	char *copy = finding->names[finding->evidence_count % FINDING_EVIDENCE];
	struct report_evidence *evidence = next(finding, name);

	if (!evidence)
		return;
	snprintf(copy, FINDING_NAME, "%s", text);
	evidence->text = copy;
}

double finding_sure(double most, double value, double limit)
{
	double beyond = limit > 0 ? fmin(fmax(value / limit - 1, 0), 1) : 1;

	return most * (2 + beyond) / 3;
}

double finding_sure_part(double most, double value, double limit)
{
	return most * (2 + fmin(fmax((value - limit) / (1 - limit), 0), 1)) / 3;
}

/* ---- words ---- */

struct words words_share(double part)
{
	struct words words;

	if (part > 0 && part < 0.0005)
		snprintf(words.text, sizeof(words.text), "<0.1 %%");
	else if (part < 0.0095 && part > 0)
		snprintf(words.text, sizeof(words.text), "%.1f %%", part * 100);
	else
		snprintf(words.text, sizeof(words.text), "%.0f %%", part * 100);
	return words;
}

struct words words_cpus(double cpus)
{
	struct words words;

	if (fabs(cpus - round(cpus)) < 0.05)
		snprintf(words.text, sizeof(words.text), "%.0f CPU%s", cpus,
			 round(cpus) == 1 ? "" : "s");
	else
		snprintf(words.text, sizeof(words.text), "%.1f CPUs", cpus);
	return words;
}

struct words words_count(uint64_t count, const char *things)
{
	struct words words;
	bool hisses = things[strlen(things) - 1] == 's';

	snprintf(words.text, sizeof(words.text), "%" PRIu64 " %s%s", count, things,
		 count == 1 ? ""
		 : hisses   ? "es"
			    : "s");
	return words;
}

struct words words_time(double ns)
{
	static const struct {
		double ns;
		const char *unit;
	} units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "us" }, { 1, "ns" } };
	struct words words;
	size_t i = 0;

	while (i < 3 && ns < units[i].ns)
		i++;
	ns /= units[i].ns;
	snprintf(words.text, sizeof(words.text), "%.*f %s", ns < 10 && i < 3 ? 1 : 0, ns,
		 units[i].unit);
	return words;
}

struct words words_target(const struct report *report, uint64_t count)
{
	uint64_t processes = report->totals.processes, threads = report->totals.threads;

	return words_count(count, processes > 1 && processes == threads ? "process" : "thread");
}

struct words words_thread(const char *name, uint64_t tid)
{
	struct words words;

	if (name && *name)
		snprintf(words.text, sizeof(words.text), "%.80s (%" PRIu64 ")", name, tid);
	else
		snprintf(words.text, sizeof(words.text), "TID %" PRIu64, tid);
	return words;
}
