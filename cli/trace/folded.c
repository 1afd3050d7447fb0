/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/trace/folded.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/owned.h"
#include "base/path.h"
#include "base/units.h"
#include "cli/report/fold_names.h"
#include "cli/report/locks.h"

#define NAME_BYTES 200u

static bool is(const char *text, const char *what)
{
	return text && strcmp(text, what) == 0;
}

/* What ends a frame, a stack or a line cannot be part of a name; nor can what moves a cursor. */
static void put_name(FILE *out, const char *name)
{
	for (; *name; name++) {
		if (*name == ';')
			fputc(':', out);
		else
			fputc((unsigned char)*name < ' ' || *name == 0x7f ? '_' : *name, out);
	}
}

static void put_frame(FILE *out, const struct report_frame *frame)
{
	if (frame->function)
		put_name(out, frame->function);
	else if (frame->module)
		put_name(out, base_name(frame->module));
	if (!frame->function)
		fprintf(out, "%s0x%" PRIx64, frame->module ? "+" : "", frame->offset);
	if (!is(frame->kind, "python") || !frame->file)
		return;
	fputs(" (", out);
	put_name(out, base_name(frame->file));
	if (frame->line != NO_VALUE)
		fprintf(out, ":%" PRIu64, frame->line);
	fputc(')', out);
}

static void put_frames(FILE *out, const struct report_frame *frames, size_t count)
{
	for (size_t i = count; i; i--) {
		fputc(';', out);
		put_frame(out, &frames[i - 1]);
	}
}

/* ---- whose ---- */

/* A stack stands for all threads that were there; their names are those of the lock's. */
struct people {
	const char **names;
	uint64_t *pids;
	size_t count;
};

static int list_people(const struct report_lock *lock, bool waiters, struct people *ret)
{
	size_t count = waiters ? lock->waiters_count : lock->holders_count;

	ret->names = calloc(count + 1, sizeof(*ret->names));
	ret->pids = calloc(count + 1, sizeof(*ret->pids));
	ret->count = count;
	if (!ret->names || !ret->pids)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		ret->names[i] = waiters ? lock->waiters[i].name : lock->holders[i].name;
		ret->pids[i] = waiters ? lock->waiters[i].pid : lock->holders[i].pid;
	}
	return 0;
}

static void put_process(FILE *out, const struct report *report, const struct people *people,
			const struct report_lock *lock)
{
	uint64_t pid = people->count ? people->pids[0] : lock->pid;

	for (size_t i = 1; i < people->count; i++)
		if (people->pids[i] != pid) {
			fputs("several processes", out);
			return;
		}
	for (size_t i = 0; i < report->processes_count; i++)
		if (report->processes[i].pid == pid && report->processes[i].name) {
			put_name(out, report->processes[i].name);
			return;
		}
	fprintf(out, "PID %" PRIu64, pid);
}

static void put_head(FILE *out, const struct report *report, const struct report_lock *lock,
		     bool waiters)
{
	struct people people = { 0 };
	char names[NAME_BYTES] = "threads";

	if (list_people(lock, waiters, &people) == 0) {
		put_process(out, report, &people, lock);
		if (people.count)
			fold_names(people.names, people.count, names, sizeof(names));
		fputc(';', out);
		put_name(out, names);
	}
	free(people.names);
	free(people.pids);
}

/* ---- lines ---- */

static uint64_t weight_of(uint64_t ns)
{
	return ns == NO_VALUE ? 0 : (ns + NSEC_PER_USEC / 2) / NSEC_PER_USEC;
}

static void put_tail(FILE *out, const struct report_lock *lock, uint64_t ns)
{
	fputs(";[", out);
	put_name(out, locks_name(lock));
	fprintf(out, "] %" PRIu64 "\n", weight_of(ns));
}

static void put_stack(FILE *out, const struct report *report, const struct report_lock *lock,
		      const struct report_stack *stack)
{
	/* Nothing that took no time has a width in a flame graph. */
	if (!weight_of(stack->wait_ns))
		return;
	put_head(out, report, lock, is(stack->role, "waiter"));
	if (is(stack->end, "short"))
		fputs(";[cut off]", out);
	put_frames(out, stack->frames, stack->frames_count);
	put_tail(out, lock, stack->wait_ns);
}

/* So that the widths of a lock's waits sum to all of its waiting. */
static void put_stackless(FILE *out, const struct report *report, const struct report_lock *lock)
{
	if (!weight_of(lock->stackless_ns))
		return;
	put_head(out, report, lock, true);
	fputs(";[no stack]", out);
	put_tail(out, lock, lock->stackless_ns);
}

static bool is_chosen(const struct report_lock *lock, const struct report_stack *stack,
		      const struct folded_choice *choice)
{
	return (choice->all || lock->contended) && is(stack->role, choice->role) &&
	       stack->frames_count;
}

/* ---- samples of code ---- */

/* Samples of all processes are summed. */
static void put_target(FILE *out, const struct report *report)
{
	const char *first = report->processes_count ? report->processes[0].name : NULL;

	for (size_t i = 1; first && i < report->processes_count; i++)
		if (!is(report->processes[i].name, first))
			first = NULL;
	put_name(out, first ? first : "several processes");
}

/* A system call stands on the code that called it. */
static void put_samples(FILE *out, const struct report *report,
			const struct report_code_stack *stack, bool in_kernel)
{
	uint64_t kernel = stack->kernel_samples == NO_VALUE ? 0 : stack->kernel_samples;
	uint64_t samples = in_kernel ? kernel : stack->samples - kernel;

	if (!samples || stack->samples == NO_VALUE)
		return;
	put_target(out, report);
	if (is(stack->end, "short"))
		fputs(";[cut off]", out);
	put_frames(out, stack->frames, stack->frames_count);
	fprintf(out, "%s %" PRIu64 "\n", in_kernel ? ";[kernel]" : "", samples);
}

static void put_all_samples(FILE *out, const struct report *report)
{
	uint64_t rest = report->sampling.stackless_samples;

	for (size_t i = 0; i < report->code_stacks_count; i++) {
		put_samples(out, report, &report->code_stacks[i], false);
		put_samples(out, report, &report->code_stacks[i], true);
	}
	if (!rest || rest == NO_VALUE)
		return;
	put_target(out, report);
	fprintf(out, ";[no stack] %" PRIu64 "\n", rest);
}

size_t folded_count(const struct report *report, const struct folded_choice *choice)
{
	struct lock_walk walk = { .report = report };
	const struct report_lock *lock;
	size_t count = 0;

	if (choice->on_cpu)
		return report->code_stacks_count;
	while ((lock = locks_next(&walk)))
		for (size_t k = 0; k < lock->stacks_count; k++)
			count += is_chosen(lock, &lock->stacks[k], choice);
	return count;
}

int folded_write(FILE *out, const struct report *report, const struct folded_choice *choice)
{
	struct lock_walk walk = { .report = report };
	const struct report_lock *lock;

	if (choice->on_cpu) {
		put_all_samples(out, report);
		return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
	}
	while ((lock = locks_next(&walk))) {
		for (size_t k = 0; k < lock->stacks_count; k++)
			if (is_chosen(lock, &lock->stacks[k], choice))
				put_stack(out, report, lock, &lock->stacks[k]);
		if ((choice->all || lock->contended) && is(choice->role, "waiter"))
			put_stackless(out, report, lock);
	}
	return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}
