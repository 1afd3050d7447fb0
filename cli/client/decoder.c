// SPDX-License-Identifier: BSD-2-Clause
#include "cli/client/decoder.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

void decoder_enter(struct decoder *decoder, const char *format, ...)
{
	size_t room = sizeof(decoder->path) - decoder->length;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(decoder->path + decoder->length, room, format, args);
	va_end(args);
	if (length > 0)
		decoder->length += (size_t)length < room ? (size_t)length : room - 1;
}

void decoder_leave(struct decoder *decoder, size_t length)
{
	decoder->length = length;
	decoder->path[length] = '\0';
}

int decoder_refuse(struct decoder *decoder, const char *what)
{
	snprintf(decoder->why, decoder->why_size, "%s %s",
		 decoder->length ? decoder->path : "the report", what);
	return -EBADMSG;
}

static int decode_number(struct decoder *decoder, const json_t *value, enum field_kind kind,
			 void *member)
{
	if (kind == FIELD_U64 && json_is_null(value)) {
		*(uint64_t *)member = NO_VALUE;
		return 0;
	}
	if (!json_is_integer(value))
		return decoder_refuse(decoder, "is not a whole number");
	if (kind == FIELD_U64 && json_integer_value(value) < 0)
		return decoder_refuse(decoder, "is negative");
	*(int64_t *)member = json_integer_value(value);
	return 0;
}

int decoder_scalar(struct decoder *decoder, const json_t *value, enum field_kind kind, void *member)
{
	switch (kind) {
	case FIELD_REAL:
		if (!json_is_number(value) && !json_is_null(value))
			return decoder_refuse(decoder, "is not a number");
		*(double *)member = json_is_null(value) ? NAN : json_number_value(value);
		return 0;
	case FIELD_BOOL:
		if (!json_is_boolean(value))
			return decoder_refuse(decoder, "is neither true nor false");
		*(bool *)member = json_is_true(value);
		return 0;
	case FIELD_TEXT:
		if (!json_is_string(value) && !json_is_null(value))
			return decoder_refuse(decoder, "is not text");
		*(const char **)member = json_string_value(value);
		return 0;
	default:
		return decode_number(decoder, value, kind, member);
	}
}

int decoder_figure(struct decoder *decoder, const json_t *value, struct report_evidence *ret)
{
	if (json_is_string(value)) {
		ret->text = json_string_value(value);
		return 0;
	}
	if (!json_is_number(value) && !json_is_null(value))
		return decoder_refuse(decoder, "is neither a number nor text");
	ret->value = json_is_null(value) ? NAN : json_number_value(value);
	return 0;
}
