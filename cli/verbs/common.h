/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verbs share: common options, where the report goes, what the machine must offer. */
#ifndef PARTRACE_VERBS_COMMON_H
#define PARTRACE_VERBS_COMMON_H

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "api/report.h"
#include "cli/client/daemon.h"
#include "cli/report/print.h"
#include "cli/verbs/fail_on.h"

struct common_options {
	bool json;
	bool one_line; /* the document stands among others (NDJSON) */
	bool quiet;
	bool verbose;
	const char *output; /* NULL: the verb's own stream; "-": stdout */
	const char *html;   /* a file for the page as well; NULL: none */
	const char *input;  /* the file that is printed, "-": stdin; NULL: no file */
	enum colour_choice colour;
	uint64_t duration_ns; /* 0: not given */
	uint64_t max_threads; /* 0: not given */
	struct fail_on fail_on;
};

/* For `children` of a verb's argp; the verb sets state->child_inputs[0]. */
extern const struct argp common_argp;
/* Of these, only what says how a report is printed. */
extern const struct argp output_argp;

/* --html, of the verbs whose document can be a page. */
extern const struct argp html_argp;

/* --fail-on, of the verbs that judge a report. */
extern const struct argp fail_on_argp;

/* The daemon wanted: with room for as many threads as was given, else enough. */
struct daemon_wish common_wish(const struct common_options *common, uint32_t at_least);

/* A signalfd for what ends a watch: Ctrl-C, SIGTERM, SIGHUP (but under nohup); they are blocked
 * from here on. */
int common_signals(void);

/* Refuses an output or page that cannot be written, before anything runs. A status of verb.h. */
int output_check(const struct common_options *options);
/* The same for the file of another option, such as "--svg". */
int output_check_file(const char *option, const char *path);

/* Writes all of it: 0; -errno; -EBADMSG when what is wrong has been said already. */
typedef int (*output_writer)(const void *context, FILE *out);
/*
 * Has `write` write to --output, else to `stream`. A file is replaced at once or not at all. A
 * status of cli/verb.h; what went wrong has been said.
 */
int output_by(const struct common_options *options, FILE *stream, output_writer write,
	      const void *context);

/*
 * Writes the document as JSON or as one view of it to --output, else to `stream`. A file is
 * replaced at once or not at all. `probed` is false for a report of --no-probe. A status of
 * cli/verb.h; what went wrong has been said.
 */
int output_document(const struct common_options *options, FILE *stream, const json_t *document,
		    bool probed, enum report_view view);

/* Prints a report; 0 or -errno, -EBADMSG after it has said itself what was wrong. */
typedef int (*report_printer)(FILE *out, const struct report *report,
			      const struct report_style *style, const void *context);
/* The same, but for --json, with a printer of the verb's own. */
int output_printed(const struct common_options *options, FILE *stream, const json_t *document,
		   report_printer printer, const void *context);

/* Writes the document as a page to --html, if that was given; a status as above. */
int output_page(const struct common_options *options, const json_t *document);

/* Keeps it for `partrace report`; a failure is said, and is none of the verb. */
void output_save(const struct common_options *options, const json_t *document);
/* For a report that was just made: it is saved, and written as above, as a page too. */
int output_report(const struct common_options *options, FILE *stream, const json_t *document,
		  bool probed);

/* STATUS_MATCHED, with the reason on stderr, when the report meets --fail-on; else STATUS_DONE. */
int output_judge(const struct common_options *options, const json_t *document);

/* Root (or the capabilities) and BTF: 0, or the status after one sentence has been said. */
int require_machine(const char *instead);
/* The same checks one by one, for `doctor`: NULL when met, else what to do. */
const char *check_kernel(void);
const char *check_proc(void);
const char *check_btf(void);
const char *check_rights(void);
const char *check_lockdown(void);

/* What a session is asked for beside its targets; see api/routes.h. */
struct session_options {
	bool follow;
	bool stacks;
	uint64_t *ret_left_out; /* children of the PIDs that are not watched; may be NULL */
};

/*
 * A session on the daemon, which ends with this process. `targets` and `target` are as
 * api/routes.h has them, and are taken over.
 */
int session_create(struct daemon *daemon, json_t *targets, struct session_options wish,
		   json_t *target, char id[32], char *why, size_t why_size);
/* {"pids": [...]}, or whichever kind of number. */
json_t *session_ids(const char *kind, const pid_t *ids, size_t count);
/* GET of the session ("") or of what stands below it ("/report"). */
int session_ask(struct daemon *daemon, const char *id, const char *what, json_t **ret, char *why,
		size_t why_size);
/* Closes it: the final report. */
int session_finish(struct daemon *daemon, const char *id, json_t **ret, char *why, size_t why_size);

#endif
