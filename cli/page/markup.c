// SPDX-License-Identifier: BSD-2-Clause
#include "cli/page/markup.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static void put_character(FILE *out, unsigned char c)
{
	switch (c) {
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '&':
		fputs("&amp;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	case '\'':
		fputs("&#39;", out);
		break;
	default:
		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			fputs("\xef\xbf\xbd", out);
		else
			fputc(c, out);
	}
}

void markup_text(FILE *out, const char *text)
{
	for (; *text; text++)
		put_character(out, (unsigned char)*text);
}

static void open_element(FILE *out, const char *tag, const char *class)
{
	if (class)
		fprintf(out, "<%s class=\"%s\">", tag, class);
	else
		fprintf(out, "<%s>", tag);
}

void markup_element(FILE *out, const char *tag, const char *class, const char *text)
{
	if (!text || !*text)
		return;
	open_element(out, tag, class);
	markup_text(out, text);
	fprintf(out, "</%s>\n", tag);
}

void markup_prose(FILE *out, const char *tag, const char *class, const char *text)
{
	bool code = false;

	if (!text || !*text)
		return;
	open_element(out, tag, class);
	for (; *text; text++) {
		/* One without its partner is only a backtick. */
		if (*text != '`' || (!code && !strchr(text + 1, '`'))) {
			put_character(out, (unsigned char)*text);
			continue;
		}
		fputs(code ? "</code>" : "<code>", out);
		code = !code;
	}
	fprintf(out, "</%s>\n", tag);
}

/* '<' stands in strings only, where JSON has another way to write it. */
static int put_json(const char *buffer, size_t size, void *data)
{
	FILE *out = data;

	for (size_t i = 0; i < size; i++)
		if (buffer[i] == '<')
			fputs("\\u003c", out);
		else
			fputc(buffer[i], out);
	return 0;
}

int markup_json(FILE *out, const json_t *document)
{
	return json_dump_callback(document, put_json, out, JSON_COMPACT) < 0 ? -ENOMEM : 0;
}

const char *markup_string(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}
