/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections of the human report; each prints itself, or nothing when it has nothing to say. */
#ifndef PARTRACE_REPORT_SECTION_H
#define PARTRACE_REPORT_SECTION_H

#include "cli/report/line.h"
#include "cli/report/namesakes.h"

struct page {
	FILE *out;
	const struct report *report;
	const json_t *workload;
	const struct report_style *style;
	unsigned int right; /* the column where tables end */
	struct report_locks_choice locks;
	const struct namesakes *namesakes; /* of the report's threads; NULL: no memory for it */
};

/* Where the text of a "Label            figures" line starts. */
#define SECTION_LABEL 17u

void section_verdict(const struct page *page);
/* The verdict and what else is worth a line; what to do about them. */
void section_findings(const struct page *page);
void section_advice(const struct page *page);
void section_subject(const struct page *page);
void section_time(const struct page *page);
void section_balance(const struct page *page);
void section_run_queue(const struct page *page);
void section_switches(const struct page *page);
void section_memory(const struct page *page);
void section_threads(const struct page *page);
void section_truth(const struct page *page);
void section_probes(const struct page *page);
void section_next(const struct page *page);

/* Of the views in detail. */
void section_loss(const struct page *page);
void section_every_finding(const struct page *page);
void section_every_thread(const struct page *page);
void section_processes(const struct page *page);
void section_waits(const struct page *page);
void section_cpus(const struct page *page);
void section_levels(const struct page *page);
void section_histogram(const struct page *page);
void section_ready_threads(const struct page *page);
void section_culprits(const struct page *page);

/* Of locks: in the summary, then in their views. */
void section_other_deadlocks(const struct page *page); /* those that the verdict has not told */
/* That nobody is left to wake a process's threads; false: not in this report. */
bool section_hung(const struct page *page);
void section_deadlocks_first(const struct page *page);
void section_locks(const struct page *page);
void section_every_lock(const struct page *page);
void section_deadlocks(const struct page *page);
void section_stacks(const struct page *page);
/* On which functions it ran. */
void section_code(const struct page *page);
void section_snapshot(const struct page *page);

/* What the workload knows without probes. */
void section_own_clock(const struct page *page);
/* Of that, what only this workload knows: lost updates, the cost of a message. */
void section_own_truth(const struct page *page);

/* A heading that stands out, without ending the line. */
void section_heading(struct line *line, const struct page *page, const char *heading);
/* "Label            figures", wrapped where the terminal is narrow. */
void section_labelled(const struct page *page, const char *label, const char *text);
void section_gap(const struct page *page);

/*
 * " FILE" as a shell takes it, to stand behind the verb in a command that prints more of this
 * report; "" for the last one saved. Stdin, and what no line has room for, is left to the reader: "
 * FILE".
 */
#define SECTION_FILE_BYTES 64u
const char *section_file(const struct page *page, char ret[SECTION_FILE_BYTES]);

/* "name (tid)"; "name #2 (tid)", "name/start (tid)" where others of the process bear its name */
#define SECTION_THREAD_BYTES 100u
void section_thread_label(const struct page *page, const struct report_thread *thread,
			  char ret[SECTION_THREAD_BYTES]);

/* Of workload.truth; NO_VALUE when it is not there. */
uint64_t section_truth_of(const struct page *page, const char *key);

#endif
