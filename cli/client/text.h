/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that may be no UTF-8, as a JSON string. */
#ifndef PARTRACE_CLIENT_TEXT_H
#define PARTRACE_CLIENT_TEXT_H

#include <jansson.h>

/* What is no UTF-8 becomes U+FFFD, byte by byte, as the daemon writes it; NULL: out of memory. */
json_t *text_json(const char *text);

#endif
