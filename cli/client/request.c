// SPDX-License-Identifier: BSD-2-Clause
/* Asks the daemon: HTTP over its socket. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/owned.h"
#include "base/units.h"
#include "cli/client/daemon_parts.h"
#include "base/log.h"

#define ANSWER_MAX (512u << 20)
/* One that is stopped is not waited for any longer than this. */
#define STOPPED_NS (3 * NSEC_PER_SEC)

struct answer {
	char *text;
	size_t size;
	size_t room;
};

static size_t take_answer(char *data, size_t one, size_t count, void *context)
{
	struct answer *answer = context;
	char *text;

	(void)one;
	if (answer->size + count > ANSWER_MAX)
		return 0;
	if (answer->size + count + 1 > answer->room) {
		answer->room = 2 * (answer->size + count + 1);
		text = realloc(answer->text, answer->room);
		if (!text)
			return 0;
		answer->text = text;
	}
	memcpy(answer->text + answer->size, data, count);
	answer->size += count;
	return count;
}

static int read_answer(const struct answer *answer, long status, json_t **ret, char *why,
		       size_t why_size)
{
	json_t *document = json_loadb(answer->text ? answer->text : "", answer->size, 0, NULL);
	const char *detail = json_string_value(json_object_get(document, "detail"));

	if (document && status < 400) {
		*ret = document;
		return 0;
	}
	snprintf(why, why_size, "%s", detail ? detail : "partraced answered what is not JSON");
	json_decref(document);
	return status == 404 ? -ENOENT : status == 403 ? -EPERM : -EPROTO;
}

/* The letter in /proc/PID/stat; '?' when it is not known. */
static char state_of(pid_t pid)
{
	char path[32], text[512], state = '?';
	_cleanup_fclose_ FILE *file = NULL;
	const char *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	/* The name before it may hold anything. */
	if (file && fgets(text, sizeof(text), file)) {
		end = strrchr(text, ')');
		if (end && end[1] == ' ')
			state = end[2];
	}
	return state;
}

static bool is_stopped(const struct daemon *daemon)
{
	char state = state_of(daemon->peer);

	return state == 'T' || state == 't';
}

/* Is called about once a second while nothing comes; anything but 0 ends the request. */
static int look_at_peer(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
			curl_off_t up)
{
	const struct daemon *daemon = context;

	(void)down_total;
	(void)down;
	(void)up_total;
	(void)up;
	return monotonic_ns() - daemon->asked_ns > STOPPED_NS && is_stopped(daemon);
}

/* Why nothing came, and what to do about it. */
static int say_silence(const struct daemon *daemon, CURLcode code, char *why, size_t why_size)
{
	if (code == CURLE_ABORTED_BY_CALLBACK && daemon->private)
		snprintf(
			why, why_size,
			"partraced was stopped by a signal (process %d) and does not answer; it is "
			"ended now: try again",
			daemon->peer);
	else if (code == CURLE_ABORTED_BY_CALLBACK)
		snprintf(why, why_size,
			 "partraced (process %d) is stopped and does not answer: continue it with "
			 "kill -CONT %d and try again",
			 daemon->peer, daemon->peer);
	else if (code == CURLE_OPERATION_TIMEDOUT && daemon->private)
		snprintf(why, why_size,
			 "partraced has not answered for long, and is ended now: try again, with "
			 "fewer targets if this machine is overloaded");
	else if (code == CURLE_OPERATION_TIMEDOUT)
		snprintf(why, why_size,
			 "partraced (process %d) has not answered for %ld s: restart it, or end it "
			 "with kill -KILL %d, and try again",
			 daemon->peer, SILENCE_S, daemon->peer);
	else
		snprintf(why, why_size, "partraced does not answer: %s", curl_easy_strerror(code));
	return code == CURLE_ABORTED_BY_CALLBACK || code == CURLE_OPERATION_TIMEDOUT ? -ETIMEDOUT
										     : -ECONNRESET;
}

static int perform(struct daemon *daemon, const char *method, const char *path, const char *text,
		   struct answer *answer, long *status, char *why, size_t why_size)
{
	char url[256];
	CURLcode code;

	snprintf(url, sizeof(url), "http://partraced%s", path);
	curl_easy_setopt(daemon->curl, CURLOPT_URL, url);
	curl_easy_setopt(daemon->curl, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(daemon->curl, CURLOPT_WRITEDATA, answer);
	if (text)
		curl_easy_setopt(daemon->curl, CURLOPT_POSTFIELDS, text);
	else
		curl_easy_setopt(daemon->curl, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(daemon->curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(daemon->curl, CURLOPT_XFERINFODATA, daemon);
	daemon->asked_ns = monotonic_ns();
	code = curl_easy_perform(daemon->curl);
	if (code != CURLE_OK)
		return say_silence(daemon, code, why, why_size);
	curl_easy_getinfo(daemon->curl, CURLINFO_RESPONSE_CODE, status);
	if (daemon->verbose)
		log_line("%s %s: status %ld, %zu bytes after %.1f ms", method, path, *status,
			 answer->size, (double)(monotonic_ns() - daemon->asked_ns) / NSEC_PER_MSEC);
	return 0;
}

int daemon_request(struct daemon *daemon, const char *method, const char *path, const json_t *body,
		   json_t **ret, char *why, size_t why_size)
{
	_cleanup_free_ char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	struct answer answer = { 0 };
	long status = 0;
	int r = perform(daemon, method, path, text, &answer, &status, why, why_size);

	if (!r)
		r = read_answer(&answer, status, ret, why, why_size);
	free(answer.text);
	return r;
}

int daemon_read(struct daemon *daemon, const char *path, char **ret, size_t *ret_size, char *why,
		size_t why_size)
{
	struct answer answer = { 0 };
	long status = 0;
	int r = perform(daemon, "GET", path, NULL, &answer, &status, why, why_size);

	if (!r && status >= 400) {
		snprintf(why, why_size, "partraced answers with status %ld", status);
		r = -EPROTO;
	}
	if (r < 0) {
		free(answer.text);
		return r;
	}
	*ret = answer.text;
	*ret_size = answer.size;
	return 0;
}

/* It is ours, and what is asked over it is asked by root: no command that we start shall have it.
 */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)context;
	(void)purpose;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

CURL *daemon_connection(void)
{
	CURL *curl = curl_easy_init();

	if (!curl)
		return NULL;
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	/* Of silence, not of the whole: a large report may take its time as long as it comes. */
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_at_peer);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, SILENCE_S);
	return curl;
}
