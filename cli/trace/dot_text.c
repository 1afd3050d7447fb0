// SPDX-License-Identifier: BSD-2-Clause
#include "cli/trace/dot_text.h"

/* Bytes of the UTF-8 sequence that starts here; 0 for none. */
static size_t sequence_length(const unsigned char *text)
{
	size_t length = text[0] >= 0xf0 && text[0] < 0xf8   ? 4
			: text[0] >= 0xe0 && text[0] < 0xf0 ? 3
			: text[0] >= 0xc2 && text[0] < 0xe0 ? 2
							    : 0;

	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

void dot_quoted(FILE *out, const char *text)
{
	while (*text) {
		const unsigned char *at = (const unsigned char *)text;
		size_t length = *at < 0x80 ? 1 : sequence_length(at);

		if (*at == '"' || *at == '\\')
			fprintf(out, "\\%c", *at);
		else if (!length || *at < ' ' || *at == 0x7f)
			fputc('?', out);
		else
			fwrite(text, 1, length, out);
		text += length ? length : 1;
	}
}

void dot_edge(FILE *out, const char *from, const char *to, const char *label, const char *look)
{
	fprintf(out, "  %s -> %s [label=\"", from, to);
	dot_quoted(out, label);
	fprintf(out, "\"%s];\n", look);
}
