/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of one lock, in words. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/owned.h"
#include "base/path.h"
#include "cli/report/lock_parts.h"

typedef void (*fact)(FILE *text, const struct page *page, const struct report_lock *lock);

static void tell_place(FILE *text, const struct page *page, const struct report_lock *lock)
{
	const struct report_place *place = &lock->place;
	/* "[heap]" is no file, and the kind of memory says the same. */
	const char *module = place->module && *place->module != '[' ? place->module : NULL;

	(void)page;
	if (place->symbol && place->offset)
		fprintf(text, "%.120s+0x%" PRIx64 " in ", place->symbol, place->offset);
	else if (place->symbol)
		fprintf(text, "%.120s in ", place->symbol);
	if (module || place->symbol)
		fprintf(text, "%.120s", module ? base_name(module) : "a file without a name");
	if (!place->symbol && report_lock_is_crowd(lock))
		fprintf(text, "%s%.40s memory", module ? ", " : "",
			place->mapping ? place->mapping : "unknown");
	else if (!place->symbol)
		fprintf(text, "%s%.40s memory, offset 0x%" PRIx64, module ? ", " : "",
			place->mapping ? place->mapping : "unknown", place->offset);
	if (place->file)
		fprintf(text, ", declared at %.120s", base_name(place->file));
	if (place->file && place->line && place->line != NO_VALUE)
		fprintf(text, ":%" PRIu64, place->line);
}

static void tell_crowd(FILE *text, const struct page *page, const struct report_lock *lock)
{
	const struct report_lock *crowd = locks_by_id(page->report, lock->crowd);

	if (report_lock_is_crowd(lock))
		fprintf(text,
			"%s, each the word that one thread sleeps on. Which lock %.80s takes, one "
			"or several, is not in them",
			format_things(lock->members, lock->kind ? lock->kind : "futex").text,
			locks_name(lock));
	else if (crowd)
		fprintf(text,
			"the word that one thread sleeps on, and no lock: one of the rows that "
			"are summed as %s",
			locks_name(crowd));
}

static void tell_waits(FILE *text, const struct page *page, const struct report_lock *lock)
{
	(void)page;
	fprintf(text, "%s · %s · max %s", format_things(lock->waits, "wait").text,
		format_duration(lock->wait_ns).text, format_duration(lock->max_wait_ns).text);
	if (lock->waits && lock->waits != NO_VALUE)
		fprintf(text, " · mean %s", format_duration(lock->wait_ns / lock->waits).text);
	if (lock->timeouts && lock->timeouts != NO_VALUE)
		fprintf(text, " · %s ended by a timeout", format_count(lock->timeouts).text);
	if (lock->waiting_now && lock->waiting_now != NO_VALUE)
		fprintf(text, " · %s waiting now", format_count(lock->waiting_now).text);
}

/* Jain's index of n waiters goes from 1/n, one has all of it, to 1. */
static void tell_fairness(FILE *text, const struct page *page, const struct report_lock *lock)
{
	const char *words = "one or a few of its waiters do nearly all of the waiting";

	(void)page;
	if (!lock->contended || !isfinite(lock->fairness) || lock->waiters_count < 2)
		return;
	if (lock->fairness >= 0.9)
		words = "its waiters wait about equally long";
	else if (lock->fairness >= 0.6)
		words = "some of its waiters wait longer than others";
	fprintf(text, "%.2f: %s", lock->fairness, words);
}

static void tell_convoy(FILE *text, const struct page *page, const struct report_lock *lock)
{
	const char *words = "seldom a queue";

	(void)page;
	if (!lock->contended || !isfinite(lock->convoy) || lock->waiters_count < 2)
		return;
	if (lock->convoy >= 0.5)
		words = "mostly a queue";
	else if (lock->convoy >= 0.1)
		words = "at times a queue";
	fprintf(text, "%.0f %% of the waits found another waiter there: %s", lock->convoy * 100,
		words);
}

static void tell_now(FILE *text, const struct page *page, const struct report_lock *lock)
{
	uint64_t owner = locks_owner(lock);

	if (owner)
		fprintf(text, "held by %s", locks_thread_label(page->report, owner).text);
}

static void tell_unknown(FILE *text, const struct page *page, const struct report_lock *lock)
{
	(void)page;
	if (!lock->unattributed_ns || lock->unattributed_ns == NO_VALUE)
		return;
	fprintf(text, "%s of the blocked time (%s): nobody known, or a hand-over",
		lock_percent(lock->unattributed_ns, locks_blocked_ns(lock)).text,
		format_duration(lock->unattributed_ns).text);
}

/* Below that it changes no holder's place. */
#define EXCESS_SHARE 0.01

static void tell_excess(FILE *text, const struct page *page, const struct report_lock *lock)
{
	uint64_t blocked_ns = locks_blocked_ns(lock);

	(void)page;
	if (lock->excess_ns == NO_VALUE ||
	    (double)lock->excess_ns <= EXCESS_SHARE * (double)blocked_ns)
		return;
	fprintf(text,
		"%s more than was blocked (%s) was blamed on holders, and taken off again: "
		"their shares are less sure",
		format_duration(lock->excess_ns).text, format_duration(blocked_ns).text);
}

static const struct {
	const char *label;
	fact tell;
} facts[] = {
	{ "place", tell_place },       { "crowd", tell_crowd },   { "waits", tell_waits },
	{ "fairness", tell_fairness }, { "convoy", tell_convoy }, { "now", tell_now },
	{ "no holder", tell_unknown }, { "excess", tell_excess },
};

static void print_fact(const struct page *page, const struct report_lock *lock, size_t which)
{
	_cleanup_free_ char *words = NULL;
	size_t size;
	FILE *text = open_memstream(&words, &size);
	char label[16];

	if (!text)
		return;
	facts[which].tell(text, page, lock);
	fclose(text);
	if (!words || !*words)
		return;
	snprintf(label, sizeof(label), "  %-9s", facts[which].label);
	line_paragraph(page->out, page->style, label, words);
}

void lock_facts_print(const struct page *page, const struct report_lock *lock)
{
	for (size_t i = 0; i < ARRAY_LEN(facts); i++)
		print_fact(page, lock, i);
}
