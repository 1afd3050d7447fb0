// SPDX-License-Identifier: BSD-2-Clause
#include "cli/explain/words.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/owned.h"

#define WORD_BYTES 48u

static const struct {
	const char *title;
	const struct word *words;
} groups[] = {
	{ "Words", words_of_states },      { "Of locks", words_of_locks },
	{ "Findings", words_of_findings }, { "Columns and figures", words_of_columns },
	{ "Of sweeps", words_of_sweeps },
};

const struct word *words_group(size_t index, const char **ret_title)
{
	if (index >= ARRAY_LEN(groups))
		return NULL;
	*ret_title = groups[index].title;
	return groups[index].words;
}

/* "Lock_Wait" is "lock-wait". */
static void normalise(const char *name, char ret[WORD_BYTES])
{
	size_t i = 0;

	for (; name[i] && i + 1 < WORD_BYTES; i++)
		ret[i] = name[i] == ' ' || name[i] == '_' ? '-'
							  : (char)tolower((unsigned char)name[i]);
	ret[i] = '\0';
}

static bool is_among(const char *names, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = names; at && *at; at += strspn(at, " ")) {
		size_t its = strcspn(at, " ");

		if (its == length && !strncmp(at, name, length))
			return true;
		at += its;
	}
	return false;
}

const struct word *words_find(const char *name)
{
	char wanted[WORD_BYTES];

	normalise(name, wanted);
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		for (const struct word *word = groups[i].words; word->name; word++)
			if (!strcmp(word->name, wanted) || is_among(word->also, wanted))
				return word;
	return NULL;
}

/* Levenshtein's distance; both are short. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_BYTES + 1];

	for (size_t j = 0; j <= strlen(b); j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; b[j - 1]; j++) {
			size_t changed = diagonal + (a[i - 1] != b[j - 1]);
			size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

			diagonal = row[j];
			row[j] = changed < shorter ? changed : shorter;
		}
	}
	return row[strlen(b)];
}

/* A part of the word is nearer than any misspelling. */
static size_t far(const struct word *word, const char *name)
{
	return *name && strstr(word->name, name) ? 0 : 1 + distance(name, word->name);
}

size_t words_nearest(const char *name, const struct word **ret, size_t limit)
{
	char wanted[WORD_BYTES];
	size_t count = 0;

	normalise(name, wanted);
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		for (const struct word *word = groups[i].words; word->name; word++) {
			size_t at = count;

			while (at && far(ret[at - 1], wanted) > far(word, wanted))
				at--;
			if (at >= limit)
				continue;
			count += count < limit;
			memmove(&ret[at + 1], &ret[at], (count - at - 1) * sizeof(ret[0]));
			ret[at] = word;
		}
	return count;
}
