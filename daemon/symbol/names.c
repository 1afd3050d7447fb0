// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/names.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <libiberty/demangle.h>

#include "base/owned.h"

/* What takes longer than it is worth; the demangler's own limit is on depth only. */
#define MANGLED_BYTES_MAX 4096u

static char *demangle(const char *symbol)
{
	if (strncmp(symbol, "_Z", 2) != 0 && strncmp(symbol, "_R", 2) != 0)
		return NULL;
	if (strlen(symbol) == MANGLED_BYTES_MAX - 1)
		return NULL;
	return cplus_demangle(symbol, DMGL_AUTO);
}

/* How many bytes of a character follow its first one; -1: it cannot be a first one. */
static int following(unsigned char first)
{
	if (first < 0x80)
		return 0;
	if (first >= 0xc2 && first <= 0xdf)
		return 1;
	if (first >= 0xe0 && first <= 0xef)
		return 2;
	return first >= 0xf0 && first <= 0xf4 ? 3 : -1;
}

/* Too long a form, a surrogate, or beyond the last character there is. */
static bool is_forbidden(const unsigned char *at)
{
	return (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
	       (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f);
}

static bool is_character(const unsigned char *at, int more)
{
	for (int i = 1; i <= more; i++)
		if ((at[i] & 0xc0) != 0x80)
			return false;
	return more >= 0 && !(more && is_forbidden(at));
}

/* Whoever made the file also made the names in it, for a terminal or a reader of JSON. */
static void clean(char *text)
{
	unsigned char *at = (unsigned char *)text;

	while (*at) {
		int more = following(*at);

		if (iscntrl(*at) || !is_character(at, more))
			*at++ = '?';
		else
			at += 1 + more;
	}
}

const char *names_keep_text(struct texts *texts, const char *text)
{
	char copy[PATH_MAX];

	snprintf(copy, sizeof(copy), "%s", text);
	clean(copy);
	return texts_keep(texts, copy);
}

/* What a compiler adds to the name of a function's clone: to the reader it is the function. */
static void cut_clone(char *name)
{
	static const char *const marks[] = { ".constprop.", ".isra.", ".part.", ".cold",
					     ".lto_priv." };
	char *first = NULL;

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		char *mark = strstr(name, marks[i]);

		if (mark && mark > name && (!first || mark < first))
			first = mark;
	}
	if (first)
		*first = '\0';
}

const char *names_keep(struct texts *texts, const char *symbol)
{
	_cleanup_free_ char *readable = NULL;
	char name[MANGLED_BYTES_MAX];
	const char *version = strchr(symbol, '@');
	size_t length = strnlen(symbol, sizeof(name) - 1);

	/* "name@VERSION", "name@@VERSION" */
	if (version && version > symbol && (size_t)(version - symbol) < length)
		length = (size_t)(version - symbol);
	memcpy(name, symbol, length);
	name[length] = '\0';
	cut_clone(name);
	readable = demangle(name);
	if (readable)
		snprintf(name, sizeof(name), "%s", readable);
	name[NAMES_BYTES_MAX - 1] = '\0';
	clean(name);
	return texts_keep(texts, name);
}
