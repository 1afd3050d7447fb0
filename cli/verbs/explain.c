// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/owned.h"
#include "cli/explain/words.h"
#include "cli/report/line.h"
#include "cli/verb.h"

#define NEAREST 4u

static void list_words(const struct report_style *style)
{
	const struct word *words;
	const char *title;

	for (size_t i = 0; (words = words_group(i, &title)); i++) {
		_cleanup_free_ char *names = NULL;
		size_t size;
		FILE *out = open_memstream(&names, &size);

		for (; out && words->name; words++)
			fprintf(out, "%s%s", words->name, words[1].name ? ", " : "");
		if (out)
			fclose(out);
		line_paragraph(stdout, style, title, names ? names : "");
	}
	puts("\n`partrace explain WORD` explains one.");
}

static void print_word(const struct word *word, const struct report_style *style)
{
	char title[48] = "";

	for (size_t i = 0; word->name[i] && i + 1 < sizeof(title); i++)
		title[i] = (char)toupper((unsigned char)word->name[i]);
	line_paragraph(stdout, style, title, word->text);
	line_paragraph(stdout, style, "  $", word->command);
}

static void say_unknown(const char *name)
{
	const struct word *nearest[NEAREST];
	size_t count = words_nearest(name, nearest, NEAREST);
	char list[256] = "";

	for (size_t i = 0; i < count; i++) {
		strncat(list, i ? ", " : "", sizeof(list) - strlen(list) - 1);
		strncat(list, nearest[i]->name, sizeof(list) - strlen(list) - 1);
	}
	log_line("there is no word %s here; the nearest are: %s; `partrace explain` lists all",
		 name, list);
}

/* "run-queue wait" may come as two arguments. */
static void join(int count, char **words, char *ret, size_t size)
{
	*ret = '\0';
	for (int i = 0; i < count; i++) {
		strncat(ret, i ? " " : "", size - strlen(ret) - 1);
		strncat(ret, words[i], size - strlen(ret) - 1);
	}
}

int verb_explain(int argc, char **argv)
{
	struct report_style style = report_style_for(stdout, COLOUR_AUTO);
	const struct word *word;
	char name[80];

	if (argc == 1) {
		list_words(&style);
		return STATUS_DONE;
	}
	if (!strcmp(argv[1], "--help")) {
		puts("Usage: partrace explain [WORD]\nSays what a word, a finding or a column "
		     "means, and which command\nshows it; without WORD, lists them "
		     "all.\n\nExamples:\n  "
		     "partrace explain lock-bound\n  partrace explain run-queue wait");
		return STATUS_DONE;
	}
	join(argc - 1, argv + 1, name, sizeof(name));
	word = words_find(name);
	if (!word) {
		say_unknown(name);
		return STATUS_USAGE;
	}
	print_word(word, &style);
	return STATUS_DONE;
}
