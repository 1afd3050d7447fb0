/* SPDX-License-Identifier: BSD-2-Clause */
/* Text of strangers within HTML: thread names, symbols, commands are nobody's markup. */
#ifndef PARTRACE_PAGE_MARKUP_H
#define PARTRACE_PAGE_MARKUP_H

#include <jansson.h>
#include <stdio.h>

/* For element content and quoted attributes; control characters become U+FFFD. */
void markup_text(FILE *out, const char *text);

/* <TAG CLASS>text</TAG>, or nothing when there is no text. `class` may be NULL. */
void markup_element(FILE *out, const char *tag, const char *class, const char *text);

/* The same, with what stands between backticks as code. */
void markup_prose(FILE *out, const char *tag, const char *class, const char *text);

/* JSON for a script element: no '<' in it can end the element or begin a comment. 0 or -ENOMEM. */
int markup_json(FILE *out, const json_t *document);

/* A string of an object; NULL when it is not there or no string. */
const char *markup_string(const json_t *object, const char *key);

#endif
