// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/lock_kind.h"

#include <string.h>

#include "daemon/model/lock_clues.h"
#include "daemon/model/lock_rules.h"

/*
 * `*` in the pattern is any text; an `@` in the name (symbol versions) ends it. Of a method, newer
 * Rust compilers say <path::Type>::method.
 */
static bool matches(const char *pattern, const char *name)
{
	const char *star = NULL, *from = NULL;

	while (*name && *name != '@') {
		if (*pattern == '*') {
			star = ++pattern;
			from = name;
		} else if (*pattern == *name) {
			pattern++;
			name++;
		} else if (*pattern == ':' && *name == '>') {
			name++;
		} else if (star) {
			pattern = star;
			name = ++from;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

static bool names(const char *pattern, const char *name)
{
	return name && (matches(pattern, name) || matches(pattern, name + strspn(name, "_")));
}

static struct lock_memory memory_of(const struct lock_clues *clues)
{
	return (struct lock_memory){ .at = clues->memory,
				     .at_size = clues->memory_size,
				     .before = clues->before,
				     .before_size = clues->before_size,
				     .is_private = clues->is_private };
}

static const char *module_at(const struct lock_clues *clues, size_t frame)
{
	return clues->modules && frame < clues->function_count ? clues->modules[frame] : NULL;
}

/* All that a rule asks for but its function. */
static bool holds(const struct lock_rule *rule, const struct lock_clues *clues, size_t frame)
{
	struct lock_memory memory = memory_of(clues);
	const char *module = module_at(clues, frame);

	if (rule->operations &&
	    (clues->operation > 31 || !(rule->operations & 1u << clues->operation)))
		return false;
	if (rule->module && (!module || !matches(rule->module, module)))
		return false;
	if (rule->symbol && (!clues->symbol || !matches(rule->symbol, clues->symbol)))
		return false;
	if (rule->holds && !rule->holds(clues))
		return false;
	return !rule->layout || lock_layout_fits(rule->layout, &memory);
}

/* The first rule of a stage that asks for no function. */
static const struct lock_rule *rule_without_function(enum lock_stage stage,
						     const struct lock_clues *clues)
{
	for (size_t i = 0; i < lock_rules_count; i++)
		if (lock_rules[i].stage == stage && holds(&lock_rules[i], clues, 0))
			return &lock_rules[i];
	return NULL;
}

static size_t depth_of(const struct lock_rule *rule)
{
	if (rule->depth)
		return rule->depth;
	return rule->stage == STAGE_WAIT ? WAIT_DEPTH : SIZE_MAX;
}

static const struct lock_rule *rule_of_frame(enum lock_stage stage, const struct lock_clues *clues,
					     size_t frame, enum lock_kind over)
{
	for (size_t i = 0; i < lock_rules_count; i++) {
		const struct lock_rule *rule = &lock_rules[i];

		if (rule->stage != stage || frame >= depth_of(rule) ||
		    (stage == STAGE_USE && !(rule->over & 1u << over)))
			continue;
		if ((!rule->function || names(rule->function, clues->functions[frame])) &&
		    holds(rule, clues, frame))
			return rule;
	}
	return NULL;
}

static const struct lock_rule *rule_of_stack(const struct lock_clues *clues, size_t frames)
{
	const struct lock_rule *rule = NULL;

	for (size_t i = 0; i < frames && !rule; i++)
		rule = rule_of_frame(STAGE_WAIT, clues, i, LOCK_FUTEX);
	return rule;
}

/*
 * Goes outwards until a caller decides whether it is contention: the innermost one knows best.
 */
static const struct lock_rule *refined(const struct lock_rule *rule, const struct lock_clues *clues,
				       size_t frames)
{
	enum lock_kind kind = rule ? rule->kind : LOCK_FUTEX;

	for (size_t i = 0; i < frames; i++) {
		const struct lock_rule *use = rule_of_frame(STAGE_USE, clues, i, kind);

		if (!use)
			continue;
		rule = use;
		kind = use->kind;
		if (rule->contention == ALWAYS || rule->contention == NEVER)
			break;
	}
	return rule;
}

/* musl's conditions and rwlocks are waited for in the first word, which may be a waiter's own. */
static enum lock_words words_of(const struct lock_rule *rule, const struct lock_clues *clues)
{
	if (!rule || (rule->words != WORDS_PTHREAD_MUTEX && clues_are_of_musl(clues)))
		return WORDS_OWN;
	return rule->words;
}

struct lock_guess lock_kind_of(const struct lock_clues *clues)
{
	size_t frames = clues->functions ? clues->function_count : 0;
	const struct lock_rule *rule = rule_without_function(STAGE_SURE, clues);
	const struct lock_rule *wait = rule_of_stack(clues, frames);

	if (clues->is_gil)
		return (struct lock_guess){ .kind = LOCK_GIL,
					    .confidence = 0.98,
					    .contended = true,
					    .why = "a word of Python's GIL",
					    .name = "GIL" };
	if (!rule && !wait)
		wait = rule_without_function(STAGE_LOOK, clues);
	if (!rule)
		rule = refined(wait, clues, frames);
	if (!rule)
		return (struct lock_guess){ .kind = LOCK_FUTEX, .why = "nothing tells what it is" };
	return (struct lock_guess){
		.kind = rule->kind,
		.words = words_of(wait, clues),
		.confidence = rule->confidence,
		.contended = rule->contention == ALWAYS || rule->contention == UNLESS_CALLER ||
			     (rule->contention == IF_PASSED_ON && clues->wakers_are_waiters &&
			      clues->waiters > 1),
		.why = rule->why,
		.taken_by = rule->taken_by,
		.name = rule->name,
	};
}
