// SPDX-License-Identifier: BSD-2-Clause
#include "cli/client/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "base/utf8.h"

static const char replacement[] = "\xef\xbf\xbd";

json_t *text_json(const char *text)
{
	_cleanup_free_ char *clean = malloc(strlen(text) * strlen(replacement) + 1);
	char *at = clean;

	if (!clean)
		return NULL;
	while (*text) {
		size_t length = utf8_length(text);

		at = mempcpy(at, length ? text : replacement,
			     length ? length : strlen(replacement));
		text += length ? length : 1;
	}
	return json_stringn(clean, (size_t)(at - clean));
}
