/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: what the words of partrace mean, its findings and the columns of its tables. */
#ifndef PARTRACE_EXPLAIN_WORDS_H
#define PARTRACE_EXPLAIN_WORDS_H

#include <stddef.h>

struct word {
	const char *name;
	const char *also;    /* other names, parted by spaces; NULL: none */
	const char *text;    /* with the command no more than five lines of 80 columns */
	const char *command; /* that shows it */
};

/* Each table ends with a word that has no name. */
extern const struct word words_of_states[];
extern const struct word words_of_locks[];
extern const struct word words_of_findings[];
extern const struct word words_of_columns[];
extern const struct word words_of_sweeps[];

/* The groups, in the order in which they are listed; NULL after the last. */
const struct word *words_group(size_t index, const char **ret_title);

/* Whatever its case, with spaces or underscores for dashes; NULL when there is none. */
const struct word *words_find(const char *name);

/* Those most like `name`, the nearest first; how many of at most `limit`. */
size_t words_nearest(const char *name, const struct word **ret, size_t limit);

#endif
