// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/server/upload.h"

#include <stdlib.h>
#include <string.h>

#include "api/routes.h"

/* A refused body is read to its end, so that the client reads our answer; but not for ever. */
#define REFUSED_BODY_MAX (16 * REQUEST_BODY_MAX)

bool upload_take(struct upload *upload, const char *data, size_t size)
{
	char *body = NULL;

	if (!upload->refused && upload->size + size > REQUEST_BODY_MAX)
		upload->refused = MHD_HTTP_CONTENT_TOO_LARGE;
	if (!upload->refused) {
		body = realloc(upload->body, upload->size + size);
		if (!body)
			upload->refused = MHD_HTTP_INTERNAL_SERVER_ERROR;
	}
	if (upload->refused) {
		upload->discarded += size;
		return upload->discarded <= REFUSED_BODY_MAX;
	}
	memcpy(body + upload->size, data, size);
	upload->body = body;
	upload->size += size;
	return true;
}

void upload_answer_refusal(const struct upload *upload, struct answer *ret)
{
	unsigned int status = upload->refused;

	answer_problem(ret, status,
		       status == MHD_HTTP_FORBIDDEN           ? "only root may ask this daemon"
		       : status == MHD_HTTP_CONTENT_TOO_LARGE ? "the request is larger than 4 MiB"
							      : "out of memory");
}

void upload_free(struct upload *upload)
{
	if (!upload)
		return;
	free(upload->body);
	writer_release(&upload->answer.body);
	writer_release(&upload->whole);
	free(upload);
}
