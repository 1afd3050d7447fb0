/* SPDX-License-Identifier: BSD-2-Clause */
/* A key of a document: where it stands in a struct, and what it is. */
#ifndef PARTRACE_API_FIELD_H
#define PARTRACE_API_FIELD_H

#include <stdbool.h>
#include <stddef.h>

enum field_kind {
	FIELD_U64,     /* uint64_t; NO_VALUE is null */
	FIELD_I64,     /* int64_t */
	FIELD_REAL,    /* double; NaN is null */
	FIELD_BOOL,    /* bool */
	FIELD_TEXT,    /* const char *; NULL is null */
	FIELD_OBJECT,  /* a struct inside this one, an object of its own in the document */
	FIELD_EMBED,   /* a struct inside this one whose keys stand among this one's */
	FIELD_LIST,    /* array of structs: pointer, and a size_t count */
	FIELD_U64S,    /* array of uint64_t */
	FIELD_U8S,     /* array of uint8_t */
	FIELD_TEXTS,   /* array of const char * */
	FIELD_FIGURES, /* array of struct report_evidence, an object in the document */
	FIELD_ABSENT,  /* in no struct: null, until the client knows better */
};

/* A table ends with a field that has no name. */
struct field {
	const char *name;
	enum field_kind kind;
	bool lasts; /* the daemon keeps a FIELD_LIST as it is, whatever comes after the report */
	size_t offset;
	size_t count_offset;        /* of the lists */
	size_t size;                /* of one element of a FIELD_LIST */
	const struct field *fields; /* of objects and lists */
};

#define FIELD(kind_, type, member, key)                                                            \
	{                                                                                          \
		.name = key, .kind = kind_, .offset = offsetof(type, member)                       \
	}
#define FIELD_NESTED(kind_, type, member, key, table)                                              \
	{                                                                                          \
		.name = key, .kind = kind_, .offset = offsetof(type, member), .fields = table      \
	}
#define FIELD_ARRAY(kind_, type, member, counter, key)                                             \
	{                                                                                          \
		.name = key, .kind = kind_, .offset = offsetof(type, member),                      \
		.count_offset = offsetof(type, counter)                                            \
	}
#define FIELD_ROWS(type, member, counter, key, table)                                              \
	{                                                                                          \
		.name = key, .kind = FIELD_LIST, .offset = offsetof(type, member),                 \
		.count_offset = offsetof(type, counter), .size = sizeof(*((type *)0)->member),     \
		.fields = table                                                                    \
	}
#define FIELD_LASTING_ROWS(type, member, counter, key, table)                                      \
	{                                                                                          \
		.name = key, .kind = FIELD_LIST, .offset = offsetof(type, member),                 \
		.count_offset = offsetof(type, counter), .size = sizeof(*((type *)0)->member),     \
		.fields = table, .lasts = true                                                     \
	}

#endif
