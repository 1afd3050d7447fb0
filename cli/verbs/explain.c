// SPDX-License-Identifier: BSD-2-Clause
#include <argp.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/owned.h"
#include "cli/explain/words.h"
#include "cli/report/line.h"
#include "cli/verb.h"

#define NEAREST 4u

struct asked {
	char name[80];
	bool any;
};

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
static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct asked *asked = state->input;
	size_t used = strlen(asked->name);

	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	snprintf(asked->name + used, sizeof(asked->name) - used, "%s%s", state->arg_num ? " " : "",
		 argument);
	asked->any = true;
	return 0;
}

int verb_explain(int argc, char **argv)
{
	static const struct argp argp = {
		NULL,
		parse_option,
		"[WORD]",
		"Says what a word, a finding or a column means, and which command shows it; "
		"without WORD, lists them all.\v"
		"Examples:\n"
		"  partrace explain lock-bound\n"
		"  partrace explain run-queue wait",
		NULL,
		NULL,
		NULL
	};
	struct report_style style = report_style_for(stdout, COLOUR_AUTO);
	struct asked asked = { 0 };
	const struct word *word;

	argv[0] = "partrace explain";
	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	if (!asked.any) {
		list_words(&style);
		return STATUS_DONE;
	}
	word = words_find(asked.name);
	if (!word) {
		say_unknown(asked.name);
		return STATUS_USAGE;
	}
	print_word(word, &style);
	return STATUS_DONE;
}
