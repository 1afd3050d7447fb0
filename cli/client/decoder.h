/* SPDX-License-Identifier: BSD-2-Clause */
/* One value of a document: where it stands, whether it is of its kind, into its member. */
#ifndef PARTRACE_CLIENT_DECODER_H
#define PARTRACE_CLIENT_DECODER_H

#include <jansson.h>

#include "api/report.h"
#include "api/report_fields.h"

struct decoder {
	char path[256]; /* such as "locks[3].name" */
	size_t length;
	char *why;
	size_t why_size;
};

/* Appends to the path; decoder_leave() puts back the length it had. */
__attribute__((format(printf, 2, 3))) void decoder_enter(struct decoder *decoder,
							 const char *format, ...);
void decoder_leave(struct decoder *decoder, size_t length);

/* -EBADMSG; `why` becomes the path and what is wrong there. */
int decoder_refuse(struct decoder *decoder, const char *what);

/* One number, truth or text; texts stay the document's. 0 or -EBADMSG. */
int decoder_scalar(struct decoder *decoder, const json_t *value, enum field_kind kind,
		   void *member);
int decoder_figure(struct decoder *decoder, const json_t *value, struct report_evidence *ret);

#endif
