// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/server/writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/units.h"
#include "base/utf8.h"

void writer_release(struct writer *writer)
{
	free(writer->text);
	free(writer->gaps);
	*writer = (struct writer){ 0 };
}

static bool grow_room(struct writer *writer, size_t more)
{
	size_t room = writer->room ? writer->room : 4096;
	char *text;

	if (writer->failed)
		return false;
	while (room < writer->length + more + 1)
		room *= 2;
	text = realloc(writer->text, room);
	if (!text) {
		writer->failed = true;
		return false;
	}
	writer->text = text;
	writer->room = room;
	return true;
}

static bool make_room(struct writer *writer, size_t more)
{
	return writer->length + more < writer->room || grow_room(writer, more);
}

/* The event loop stands still while megabytes of a report go through here and write_text(). */
static inline void write_bytes(struct writer *writer, const char *bytes, size_t count)
{
	if (!make_room(writer, count))
		return;
	memcpy(writer->text + writer->length, bytes, count);
	writer->length += count;
	writer->text[writer->length] = '\0';
}

void write_format(struct writer *writer, const char *format, ...)
{
	char piece[256];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(piece, sizeof(piece), format, args);
	va_end(args);
	if (length > 0)
		write_bytes(writer, piece,
			    (size_t)length < sizeof(piece) ? (size_t)length : sizeof(piece) - 1);
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Of what stands for itself: nearly all there is. */
static size_t plain_length(const char *text)
{
	size_t length = 0;

	while (is_plain((unsigned char)text[length]))
		length++;
	return length;
}

void write_text(struct writer *writer, const char *text)
{
	if (!text) {
		write_bytes(writer, "null", 4);
		return;
	}
	write_bytes(writer, "\"", 1);
	while (*text) {
		size_t plain = plain_length(text), length;

		write_bytes(writer, text, plain);
		text += plain;
		if (!*text)
			break;
		length = utf8_length(text);
		if (!length)
			write_bytes(writer, "\\ufffd", 6);
		else if (*text == '"' || *text == '\\')
			write_format(writer, "\\%c", *text);
		else if ((unsigned char)*text < 0x20 || *text == 0x7f)
			write_format(writer, "\\u%04x", *text);
		else
			write_bytes(writer, text, length);
		text += length ? length : 1;
	}
	write_bytes(writer, "\"", 1);
}

/* Readers of JSON have 63 bits: more is no figure, and would cost them the whole document. */
static bool is_known(uint64_t value)
{
	return value <= INT64_MAX;
}

/* By hand: a large report is a million of them, and printf would be half of its cost. */
static void write_number(struct writer *writer, uint64_t value)
{
	char digits[20], *at = digits + sizeof(digits);

	if (!is_known(value)) {
		write_bytes(writer, "null", 4);
		return;
	}
	do
		*--at = (char)('0' + value % 10);
	while (value /= 10);
	write_bytes(writer, at, (size_t)(digits + sizeof(digits) - at));
}

static void write_real(struct writer *writer, double value)
{
	if (isfinite(value))
		write_format(writer, "%.9g", value);
	else
		write_bytes(writer, "null", 4);
}

static void write_element(struct writer *writer, const void *array, size_t i,
			  const struct field *field)
{
	if (field->kind == FIELD_U64S)
		write_number(writer, ((const uint64_t *)array)[i]);
	else if (field->kind == FIELD_U8S)
		write_number(writer, ((const uint8_t *)array)[i]);
	else if (field->kind == FIELD_TEXTS)
		write_text(writer, ((const char *const *)array)[i]);
	else
		write_object(writer, (const char *)array + i * field->size, field->fields);
}

static void write_elements(struct writer *writer, const void *array, size_t count,
			   const struct field *field)
{
	write_bytes(writer, "[", 1);
	for (size_t i = 0; i < count; i++) {
		if (i)
			write_bytes(writer, ",", 1);
		write_element(writer, array, i, field);
	}
	write_bytes(writer, "]", 1);
}

/* False: no memory, so it is written now. */
static bool leave_gap(struct writer *writer, const void *array, size_t count,
		      const struct field *field)
{
	struct writer_gap *gaps =
		grow(writer->gaps, writer->gaps_count, &writer->gaps_room, sizeof(*gaps));

	if (!gaps)
		return false;
	writer->gaps = gaps;
	gaps[writer->gaps_count++] = (struct writer_gap){ writer->length, array, count, field };
	return true;
}

static void write_list(struct writer *writer, const char *object, const struct field *field)
{
	const void *array = *(const void *const *)(object + field->offset);
	size_t count = *(const size_t *)(object + field->count_offset);

	if (!count || !field->lasts || !writer->leaves_gaps ||
	    !leave_gap(writer, array, count, field))
		write_elements(writer, array, count, field);
}

/* Above this a double has no room for every whole number. */
#define WHOLE_MAX 9007199254740992.0

static void write_figure(struct writer *writer, double value)
{
	if (value >= 0 && value < WHOLE_MAX && value == floor(value))
		write_number(writer, (uint64_t)value);
	else
		write_real(writer, value);
}

static void write_figures(struct writer *writer, const char *object, const struct field *field)
{
	const struct report_evidence *figures =
		*(const struct report_evidence *const *)(object + field->offset);
	size_t count = *(const size_t *)(object + field->count_offset);

	write_bytes(writer, "{", 1);
	for (size_t i = 0; i < count; i++) {
		write_format(writer, "%s\"%s\":", i ? "," : "", figures[i].name);
		if (figures[i].text)
			write_text(writer, figures[i].text);
		else
			write_figure(writer, figures[i].value);
	}
	write_bytes(writer, "}", 1);
}

static void write_truth(struct writer *writer, bool is_true)
{
	const char *text = is_true ? "true" : "false";

	write_bytes(writer, text, strlen(text));
}

static void write_value(struct writer *writer, const char *object, const struct field *field)
{
	const void *at = object + field->offset;

	switch (field->kind) {
	case FIELD_U64:
		write_number(writer, *(const uint64_t *)at);
		break;
	case FIELD_I64:
		write_format(writer, "%" PRId64, *(const int64_t *)at);
		break;
	case FIELD_REAL:
		write_real(writer, *(const double *)at);
		break;
	case FIELD_BOOL:
		write_truth(writer, *(const bool *)at);
		break;
	case FIELD_TEXT:
		write_text(writer, *(const char *const *)at);
		break;
	case FIELD_OBJECT:
	case FIELD_EMBED:
		write_object(writer, at, field->fields);
		break;
	case FIELD_LIST:
	case FIELD_U64S:
	case FIELD_U8S:
	case FIELD_TEXTS:
		write_list(writer, object, field);
		break;
	case FIELD_FIGURES:
		write_figures(writer, object, field);
		break;
	case FIELD_ABSENT:
		write_bytes(writer, "null", 4);
		break;
	}
}

static void write_members(struct writer *writer, const char *object, const struct field *fields,
			  bool *first)
{
	for (const struct field *field = fields; field->name; field++) {
		if (field->kind == FIELD_EMBED) {
			write_members(writer, object + field->offset, field->fields, first);
			continue;
		}
		write_bytes(writer, ",\"" + *first, 2 - (size_t)*first);
		write_bytes(writer, field->name, strlen(field->name));
		write_bytes(writer, "\":", 2);
		*first = false;
		write_value(writer, object, field);
	}
}

void write_object(struct writer *writer, const void *object, const struct field *fields)
{
	bool first = true;

	write_bytes(writer, "{", 1);
	write_members(writer, object, fields, &first);
	write_bytes(writer, "}", 1);
}

/* ---- what was left out ---- */

/* Gaps between two looks at the clock. */
#define GAPS_AT_ONCE 16

static void fill_gap(struct writer *draft, struct writer *whole)
{
	const struct writer_gap *gap = &draft->gaps[draft->gaps_filled];
	size_t from = draft->gaps_filled ? gap[-1].at : 0;

	write_bytes(whole, draft->text + from, gap->at - from);
	write_elements(whole, gap->array, gap->count, gap->field);
	draft->gaps_filled++;
}

bool writer_fill(struct writer *draft, struct writer *whole, uint64_t until_ns)
{
	size_t from;

	while (!draft->failed && draft->gaps_filled < draft->gaps_count) {
		fill_gap(draft, whole);
		if (draft->gaps_filled % GAPS_AT_ONCE == 0 &&
		    clock_now_ns(CLOCK_THREAD_CPUTIME_ID) > until_ns)
			return false;
	}
	from = draft->gaps_count ? draft->gaps[draft->gaps_count - 1].at : 0;
	if (draft->text && !draft->failed)
		write_bytes(whole, draft->text + from, draft->length - from);
	whole->failed |= draft->failed;
	writer_release(draft);
	return true;
}
