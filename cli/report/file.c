/* SPDX-License-Identifier: BSD-2-Clause */
/* How the file that a report was read from is named in commands. */
#include <string.h>

#include "cli/report/section.h"

/* "  partrace report", its longest view and a note's gap need the rest of 80 columns. */
#define NAME_BYTES 40u

#define SAFE                                                                                       \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"                           \
	"_./+:@%,-"

/* Printable ASCII without a quote goes through a shell, and to a terminal, as it is. */
static bool can_be_quoted(const char *name)
{
	for (; *name; name++)
		if (*name < ' ' || *name > '~' || *name == '\'')
			return false;
	return true;
}

const char *section_file(const struct page *page, char ret[SECTION_FILE_BYTES])
{
	const char *name = page->style->file, *quote;

	*ret = '\0';
	if (!name)
		return ret;
	quote = name[strspn(name, SAFE)] ? "'" : "";
	if (strlen(name) <= NAME_BYTES && *name != '-' && can_be_quoted(name))
		snprintf(ret, SECTION_FILE_BYTES, " %s%s%s", quote, name, quote);
	else
		snprintf(ret, SECTION_FILE_BYTES, " FILE");
	return ret;
}
