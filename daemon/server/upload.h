/* SPDX-License-Identifier: BSD-2-Clause */
/* One request while its body arrives: how much is kept, and what is refused. */
#ifndef PARTRACE_SERVER_UPLOAD_H
#define PARTRACE_SERVER_UPLOAD_H

#include <microhttpd.h>

#include "daemon/server/routes.h"

struct upload {
	char *body;
	size_t size;
	size_t discarded;
	unsigned int refused; /* status, or 0 */
	/* while it waits for names (waiting.h) */
	bool has_asked;
	char asked[SESSION_ID_LEN]; /* whose names; empty: nobody's */
	uint64_t asked_ns;
	/* while its answer is written: with gaps, and as far as they are filled */
	bool is_answered;
	struct answer answer;
	struct writer whole;
	struct MHD_Connection *suspended;
	struct upload *next;
};

/* False: enough of a body that nobody wants. */
bool upload_take(struct upload *upload, const char *data, size_t size);
/* Why it is refused, as a problem document. */
void upload_answer_refusal(const struct upload *upload, struct answer *ret);
void upload_free(struct upload *upload);

#endif
