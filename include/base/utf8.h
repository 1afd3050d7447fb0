/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of files, threads and commands are bytes; JSON and terminals take UTF-8 alone. */
#ifndef PARTRACE_BASE_UTF8_H
#define PARTRACE_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the sequence at `text`, `ret` its code point; 0 for none: overlong, surrogate, cut off.
 */
static inline size_t utf8_decode(const char *text, uint32_t *ret)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)*text;
	size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
	uint32_t point = first;

	*ret = point;
	if (first < 0x80)
		return 1;
	if (length == 1 || first >= 0xf8)
		return 0;
	point &= 0xffu >> (length + 1);
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text[i] & 0x3f);
	}
	if (point < smallest[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return 0;
	*ret = point;
	return length;
}

/* As utf8_decode, where only the length counts. */
static inline size_t utf8_length(const char *text)
{
	uint32_t point;

	return utf8_decode(text, &point);
}

#endif
