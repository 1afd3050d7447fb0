/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/client/document.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/report_fields.h"
#include "cli/client/decoder.h"

/* A document's few bytes an element become a few hundred here: this bounds what a liar can cost. */
#define ELEMENTS_MAX 262144u

static int decode_fields(struct decoder *decoder, const json_t *object, const struct field *fields,
			 void *base);
static void release_fields(const struct field *fields, void *base);

/* Elements of lists have no null: a number is a number, a text a text. */
static int decode_element(struct decoder *decoder, const json_t *value, const struct field *field,
			  void *element)
{
	if (field->kind == FIELD_LIST)
		return decode_fields(decoder, value, field->fields, element);
	if (field->kind == FIELD_TEXTS) {
		if (!json_is_string(value))
			return decoder_refuse(decoder, "is not text");
		return decoder_scalar(decoder, value, FIELD_TEXT, element);
	}
	if (!json_is_integer(value))
		return decoder_refuse(decoder, "is not a whole number");
	if (field->kind == FIELD_U64S)
		return decoder_scalar(decoder, value, FIELD_U64, element);
	if (json_integer_value(value) < 0 || json_integer_value(value) > UINT8_MAX)
		return decoder_refuse(decoder, "is not from 0 to 255");
	*(uint8_t *)element = (uint8_t)json_integer_value(value);
	return 0;
}

static size_t size_of_element(const struct field *field)
{
	switch (field->kind) {
	case FIELD_LIST:
		return field->size;
	case FIELD_TEXTS:
		return sizeof(char *);
	case FIELD_U8S:
		return sizeof(uint8_t);
	default:
		return sizeof(uint64_t);
	}
}

static int decode_array(struct decoder *decoder, const json_t *array, const struct field *field,
			void *base)
{
	size_t size = size_of_element(field);
	size_t count = json_array_size(array), length = decoder->length;
	char *elements;

	if (!json_is_array(array))
		return decoder_refuse(decoder, "is not a list");
	if (count > ELEMENTS_MAX)
		return decoder_refuse(decoder, "is too long");
	if (!count)
		return 0;
	elements = calloc(count, size);
	if (!elements)
		return -ENOMEM;
	/* Owned by the report from here on, whole or not: report_release() frees it either way. */
	*(void **)((char *)base + field->offset) = elements;
	*(size_t *)((char *)base + field->count_offset) = count;
	for (size_t i = 0; i < count; i++) {
		int r;

		decoder_enter(decoder, "[%zu]", i);
		r = decode_element(decoder, json_array_get(array, i), field, elements + i * size);
		if (r < 0)
			return r;
		decoder_leave(decoder, length);
	}
	return 0;
}

static int decode_figures(struct decoder *decoder, const json_t *object, const struct field *field,
			  void *base)
{
	size_t count = json_object_size(object), length = decoder->length, i = 0;
	struct report_evidence *figures;
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return decoder_refuse(decoder, "is not an object");
	if (count > ELEMENTS_MAX)
		return decoder_refuse(decoder, "is too long");
	if (!count)
		return 0;
	figures = calloc(count, sizeof(*figures));
	if (!figures)
		return -ENOMEM;
	*(void **)((char *)base + field->offset) = figures;
	*(size_t *)((char *)base + field->count_offset) = count;
	json_object_foreach ((json_t *)object, name, value) {
		int r;

		decoder_enter(decoder, ".%s", name);
		figures[i].name = name;
		r = decoder_figure(decoder, value, &figures[i++]);
		if (r < 0)
			return r;
		decoder_leave(decoder, length);
	}
	return 0;
}

static bool holds_more(enum field_kind kind)
{
	return kind == FIELD_OBJECT || kind == FIELD_LIST || kind == FIELD_U64S ||
	       kind == FIELD_U8S || kind == FIELD_TEXTS || kind == FIELD_FIGURES;
}

static int decode_value(struct decoder *decoder, const json_t *value, const struct field *field,
			void *base)
{
	void *member = (char *)base + field->offset;

	/* What a report of --no-probe does not know, it says by null. */
	if (json_is_null(value) && holds_more(field->kind))
		return 0;
	switch (field->kind) {
	case FIELD_OBJECT:
		return decode_fields(decoder, value, field->fields, member);
	case FIELD_LIST:
	case FIELD_U64S:
	case FIELD_U8S:
	case FIELD_TEXTS:
		return decode_array(decoder, value, field, base);
	case FIELD_FIGURES:
		return decode_figures(decoder, value, field, base);
	case FIELD_ABSENT:
		return 0;
	default:
		return decoder_scalar(decoder, value, field->kind, member);
	}
}

static int decode_field(struct decoder *decoder, const json_t *object, const struct field *field,
			void *base)
{
	size_t length = decoder->length;
	const json_t *value;
	int r;

	if (field->kind == FIELD_EMBED)
		return decode_fields(decoder, object, field->fields, (char *)base + field->offset);
	value = json_object_get(object, field->name);
	if (!value)
		return 0;
	decoder_enter(decoder, "%s%s", length ? "." : "", field->name);
	r = decode_value(decoder, value, field, base);
	/* On failure the path stays, for it is in `why` already and nothing follows. */
	if (r == 0)
		decoder_leave(decoder, length);
	return r;
}

static int decode_fields(struct decoder *decoder, const json_t *object, const struct field *fields,
			 void *base)
{
	if (!json_is_object(object))
		return decoder_refuse(decoder, "is not an object");
	for (const struct field *field = fields; field->name; field++) {
		int r = decode_field(decoder, object, field, base);

		if (r < 0)
			return r;
	}
	return 0;
}

int report_decode(const json_t *document, struct report *ret, char *why, size_t why_size)
{
	struct decoder decoder = { .why = why, .why_size = why_size };
	struct report report = { 0 };
	int r = decode_fields(&decoder, document, report_fields, &report);

	if (r == -ENOMEM)
		snprintf(why, why_size, "out of memory");
	if (r < 0)
		report_release(&report);
	else
		*ret = report;
	return r;
}

static void release_array(const struct field *field, void *base)
{
	void **elements = (void **)((char *)base + field->offset);
	size_t *count = (size_t *)((char *)base + field->count_offset);

	for (size_t i = 0; field->kind == FIELD_LIST && i < *count; i++)
		release_fields(field->fields, (char *)*elements + i * field->size);
	free(*elements);
	*elements = NULL;
	*count = 0;
}

static void release_fields(const struct field *fields, void *base)
{
	for (const struct field *field = fields; field->name; field++) {
		switch (field->kind) {
		case FIELD_OBJECT:
		case FIELD_EMBED:
			release_fields(field->fields, (char *)base + field->offset);
			break;
		case FIELD_LIST:
		case FIELD_U64S:
		case FIELD_U8S:
		case FIELD_TEXTS:
		case FIELD_FIGURES:
			release_array(field, base);
			break;
		default:
			break;
		}
	}
}

void report_release(struct report *report)
{
	release_fields(report_fields, report);
}

int document_write(const json_t *document, FILE *out, bool one_line)
{
	/* Names can hold what moves a cursor: JSON escapes most controls itself, and here all. */
	size_t ascii = isatty(fileno(out)) ? JSON_ENSURE_ASCII : 0;
	size_t form = one_line ? JSON_COMPACT : JSON_INDENT(2);

	errno = 0;
	if (json_dumpf(document, out, form | ascii) < 0 || fputc('\n', out) == EOF)
		return errno ? -errno : -EIO;
	return fflush(out) ? -errno : 0;
}
