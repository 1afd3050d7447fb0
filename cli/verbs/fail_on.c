/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/verbs/fail_on.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/format.h"
#include "cli/report/verdict.h"
#include "cli/verbs/parse.h"

enum { FIGURE_SHARE, FIGURE_STOLEN, FIGURE_PARALLELISM };

/* Shares of all thread time, as the summary has them; what is no share stands below. */
static const struct {
	const char *name;
	int kind;
	int share;
} figures[] = {
	{ "running", FIGURE_SHARE, SHARE_RUNNING },
	{ "ready", FIGURE_SHARE, SHARE_READY },
	{ "lock-wait", FIGURE_SHARE, SHARE_WAITS + WAIT_LOCK },
	{ "condition-wait", FIGURE_SHARE, SHARE_WAITS + WAIT_CONDITION },
	{ "io-wait", FIGURE_SHARE, SHARE_WAITS + WAIT_IO },
	{ "ipc-wait", FIGURE_SHARE, SHARE_WAITS + WAIT_IPC },
	{ "poll-wait", FIGURE_SHARE, SHARE_WAITS + WAIT_POLL },
	{ "sleep-wait", FIGURE_SHARE, SHARE_WAITS + WAIT_SLEEP },
	{ "child-wait", FIGURE_SHARE, SHARE_WAITS + WAIT_CHILD },
	{ "fault-wait", FIGURE_SHARE, SHARE_WAITS + WAIT_FAULT },
	{ "stopped-wait", FIGURE_SHARE, SHARE_WAITS + WAIT_STOPPED },
	{ "other-wait", FIGURE_SHARE, SHARE_WAITS + WAIT_OTHER },
	{ "stolen", FIGURE_STOLEN, 0 },
	{ "parallelism", FIGURE_PARALLELISM, 0 },
};

static int find_finding(const char *id)
{
	for (int i = 0; i < FINDING_COUNT; i++)
		if (!strcmp(finding_names[i], id))
			return i;
	return -1;
}

static int find_figure(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(figures); i++)
		if (!strcmp(figures[i].name, name))
			return (int)i;
	return -1;
}

static int parse_number(const char *text, double *ret)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	*ret = strtod(text, &end);
	return *end || !isfinite(*ret) ? -EINVAL : 0;
}

/* What a refused text is answered with. */
struct refusal {
	char *text;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static int refuse(const struct refusal *why, const char *form,
							...)
{
	va_list arguments;

	va_start(arguments, form);
	vsnprintf(why->text, why->size, form, arguments);
	va_end(arguments);
	return -EINVAL;
}

static int parse_limit(const char *text, struct fail_term *ret, const struct refusal *why)
{
	const char *name = figures[ret->figure].name;

	if (figures[ret->figure].kind == FIGURE_PARALLELISM) {
		if (parse_number(text, &ret->limit) < 0)
			return refuse(why,
				      "%s is compared with a number such as 1.5, not with '%s'",
				      name, text);
	} else if (parse_share(text, &ret->limit) < 0) {
		return refuse(why, "%s is compared with a share such as 20%% or 0.2, not with '%s'",
			      name, text);
	}
	return 0;
}

/* "lock-wait>20%" */
static int parse_condition(char *term, struct fail_term *ret, const struct refusal *why)
{
	char *sign = strpbrk(term, "<>");
	char name[32];

	if (!sign && find_figure(term) >= 0)
		return refuse(why, "'%s' needs > or < and a limit", term);
	if (!sign)
		return refuse(why, "there is no finding '%s'", term);
	snprintf(name, sizeof(name), "%.*s", (int)(sign - term), term);
	ret->figure = (size_t)(sign - term) < sizeof(name) ? find_figure(name) : -1;
	ret->above = *sign == '>';
	if (ret->figure < 0)
		return refuse(why, "there is no figure '%.*s' to compare", (int)(sign - term),
			      term);
	return parse_limit(sign + 1, ret, why);
}

static int parse_term(char *term, struct fail_term *ret, const struct refusal *why)
{
	*ret = (struct fail_term){ .finding = find_finding(term), .figure = -1 };
	ret->problem = !strcmp(term, severity_names[SEVERITY_PROBLEM]);
	if (!*term)
		return refuse(why, "a name is missing");
	return ret->finding >= 0 || ret->problem ? 0 : parse_condition(term, ret, why);
}

int fail_on_parse(const char *text, struct fail_on *ret, char *why, size_t why_size)
{
	const struct refusal refusal = { why, why_size };
	_cleanup_free_ char *copy = strdup(text);
	struct fail_on fail_on = *ret;
	char *rest = copy, *term;
	int r = copy ? 0 : -ENOMEM;

	while (!r && (term = strsep(&rest, ","))) {
		struct fail_term *slot = &fail_on.terms[fail_on.count];

		if (fail_on.count == FAIL_ON_MAX) {
			refuse(&refusal, "more than %u names are not possible", FAIL_ON_MAX);
			return -E2BIG;
		}
		r = parse_term(term, slot, &refusal);
		slot->text = text + (term - copy);
		slot->length = (int)strlen(term);
		fail_on.count++;
	}
	if (!r)
		*ret = fail_on;
	return r;
}

/* ---- against a report ---- */

static double value_of(int figure, const struct report *report)
{
	const struct report_figures *sums = &report->totals.figures;
	struct verdict_shares shares = verdict_shares(sums);

	if (figures[figure].kind == FIGURE_PARALLELISM)
		return report->parallelism.mean;
	if (figures[figure].kind == FIGURE_STOLEN)
		return share_of(sums->stolen_ns, sums->running_ns);
	return share_of(shares.ns[figures[figure].share], shares.whole_ns);
}

static bool meets(const struct fail_term *term, const struct report *report, char *why, size_t size)
{
	double value = value_of(term->figure, report);

	if (!(term->above ? value > term->limit : value < term->limit))
		return false;
	if (figures[term->figure].kind == FIGURE_PARALLELISM)
		snprintf(why, size, "parallelism is %.2f (%.*s)", value, term->length, term->text);
	else
		snprintf(why, size, "%s is %.1f %% (%.*s)", figures[term->figure].name, value * 100,
			 term->length, term->text);
	return true;
}

static bool is_found(const struct fail_term *term, const struct report_finding *finding)
{
	if (term->problem)
		return finding->severity &&
		       !strcmp(finding->severity, severity_names[SEVERITY_PROBLEM]);
	return finding->id && !strcmp(finding->id, finding_names[term->finding]);
}

static bool finds(const struct fail_term *term, const struct report *report, char *why, size_t size)
{
	for (size_t i = 0; i < report->findings_count; i++) {
		const struct report_finding *finding = &report->findings[i];

		if (!is_found(term, finding))
			continue;
		snprintf(why, size, "%s: %s", finding->id ? finding->id : "a problem",
			 finding->title ? finding->title : "");
		return true;
	}
	return false;
}

bool fail_on_matches(const struct fail_on *fail_on, const struct report *report, char *why,
		     size_t why_size)
{
	for (size_t i = 0; i < fail_on->count; i++) {
		const struct fail_term *term = &fail_on->terms[i];

		if (term->figure >= 0 ? meets(term, report, why, why_size)
				      : finds(term, report, why, why_size))
			return true;
	}
	return false;
}

bool fail_on_is_open(const struct fail_on *fail_on, const struct report *report)
{
	return fail_on->count && report->findings_count && report->findings[0].id &&
	       !strcmp(report->findings[0].id, finding_names[FINDING_INCOMPLETE]);
}
