/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: one finding while it is put together; it holds all its texts. */
#ifndef PARTRACE_DIAGNOSE_FINDING_H
#define PARTRACE_DIAGNOSE_FINDING_H

#include "api/report.h"

#define FINDING_EVIDENCE 12
#define FINDING_NAME     100

/* Some things are said before all that could make a program faster. */
enum finding_class {
	CLASS_LIMIT,   /* by weight */
	CLASS_STARVED, /* somebody does not get on */
	CLASS_STUCK,   /* nobody does */
};

struct finding {
	enum finding_id id;
	enum finding_class class;
	enum severity severity;
	double weight; /* parallelism that it would give back */
	double confidence;
	char title[240];
	char detail[480];
	char advice[320];
	struct report_evidence evidence[FINDING_EVIDENCE];
	char names[FINDING_EVIDENCE][FINDING_NAME];
	size_t evidence_count;
};

#define FINDING_PRINTF __attribute__((format(printf, 2, 3)))

/* Each appends a sentence: a space stands between. */
FINDING_PRINTF void finding_title(struct finding *finding, const char *format, ...);
FINDING_PRINTF void finding_detail(struct finding *finding, const char *format, ...);
FINDING_PRINTF void finding_advice(struct finding *finding, const char *format, ...);

/* `name` is a literal, whose end is the unit (api/report_findings.h). What has no room is left. */
void finding_figure(struct finding *finding, const char *name, double value);
void finding_name(struct finding *finding, const char *name, const char *text);

/*
 * How sure: `most` well beyond the threshold, less close to it; at the threshold itself two thirds.
 */
double finding_sure(double most, double value, double limit);
/* The same of a share, which cannot go beyond 1. */
double finding_sure_part(double most, double value, double limit);

/* "54 %", "0.3 %" */
struct words {
	char text[120];
};
struct words words_share(double part);
struct words words_cpus(double cpus);                         /* "2 CPUs", "1.4 CPUs", "1 CPU" */
struct words words_count(uint64_t count, const char *things); /* "1 thread", "8 threads" */
struct words words_time(double ns);                           /* "1.9 s", "20 ms", "35 us" */
/* So many "threads", or "processes" where each has one thread. */
struct words words_target(const struct report *report, uint64_t count);
struct words words_thread(const char *name, uint64_t tid); /* "compactor (4251)" */

#endif
