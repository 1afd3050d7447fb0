// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/common.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "api/routes.h"
#include "cli/verbs/parse.h"
#include "cli/verbs/usage.h"

enum { OPTION_MAX_THREADS = 512, OPTION_FAIL_ON, OPTION_HTML };

static const struct argp_option output_options[] = {
	{ "json", 'j', NULL, 0, "Print the report document instead of the human report", 0 },
	{ "output", 'o', "FILE", 0, "Write the report to FILE (- is stdout)", 0 },
	{ "color", 'c', "WHEN", 0, "auto, always or never", 0 },
	{ 0 },
};

static const struct argp_option fail_on_options[] = {
	{ "fail-on", OPTION_FAIL_ON, "WHAT", 0,
	  "Exit status 4 when the report has such a finding, or meets a condition: lock-bound, "
	  "problem, 'lock-wait>20%'",
	  0 },
	{ 0 },
};

static const struct argp_option html_options[] = {
	{ "html", OPTION_HTML, "FILE", 0,
	  "Write a page with charts into FILE as well; it needs nothing else to be looked at", 0 },
	{ 0 },
};

static const struct argp_option options[] = {
	{ "duration", 'd', "TIME", 0, "How long, with a unit: " DURATION_FORMS, 0 },
	{ "quiet", 'q', NULL, 0, "Say nothing on stderr but errors (exec: and the report)", 0 },
	{ "verbose", 'v', NULL, 0, "Say on stderr what partraced is asked, and for how long", 0 },
	{ "max-threads", OPTION_MAX_THREADS, "N", 0,
	  "Watch at most N threads that live at once (default 16384)", 0 },
	{ 0 },
};

static void parse_colour(struct argp_state *state, const char *text, struct common_options *common)
{
	if (!strcmp(text, "auto"))
		common->colour = COLOUR_AUTO;
	else if (!strcmp(text, "always"))
		common->colour = COLOUR_ALWAYS;
	else if (!strcmp(text, "never"))
		common->colour = COLOUR_NEVER;
	else
		usage_error(state, "--color %s is not understood; it takes auto, always or never",
			    text);
}

static error_t parse_output_option(int key, char *argument, struct argp_state *state)
{
	struct common_options *common = state->input;

	switch (key) {
	case 'j':
		common->json = true;
		return 0;
	case 'o':
		common->output = argument;
		return 0;
	case 'c':
		parse_colour(state, argument, common);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct common_options *common = state->input;
	int r;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = common;
		return 0;
	case 'q':
		common->quiet = true;
		return 0;
	case 'v':
		common->verbose = true;
		return 0;
	case OPTION_MAX_THREADS:
		if (parse_count(argument, 1, MAX_THREADS_LIMIT, &common->max_threads) < 0)
			usage_error(state,
				    "--max-threads %s is not understood; it takes a whole number "
				    "from 1 to %u",
				    argument, MAX_THREADS_LIMIT);
		return 0;
	case 'd':
		r = parse_duration(argument, &common->duration_ns);
		if (r == -ERANGE)
			usage_error(state, "--duration %s is more than a year, which is the most",
				    argument);
		if (r < 0 || !common->duration_ns)
			usage_error(state,
				    "--duration %s is not understood; it takes a number with its "
				    "unit: " DURATION_FORMS,
				    argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_fail_on(int key, char *argument, struct argp_state *state)
{
	struct common_options *common = state->input;
	char why[160] = "out of memory";

	if (key != OPTION_FAIL_ON)
		return ARGP_ERR_UNKNOWN;
	if (fail_on_parse(argument, &common->fail_on, why, sizeof(why)) < 0)
		usage_error(state, "--fail-on '%s' is not understood: %s; it takes " FAIL_ON_FORMS,
			    argument, why);
	return 0;
}

static error_t parse_html(int key, char *argument, struct argp_state *state)
{
	struct common_options *common = state->input;

	switch (key) {
	case OPTION_HTML:
		/* The report itself may go to stdout, and a page is not to be mixed with it. */
		if (!*argument || !strcmp(argument, "-"))
			usage_error(state,
				    "--html '%s' is not understood; it takes the name of a file",
				    argument);
		common->html = argument;
		return 0;
	case ARGP_KEY_SUCCESS:
		if (common->html && common->output && !strcmp(common->html, common->output))
			usage_error(state, "--html and --output name the same file, %s; give two",
				    common->html);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp html_argp = { .options = html_options, .parser = parse_html };

const struct argp fail_on_argp = { .options = fail_on_options, .parser = parse_fail_on };

const struct argp output_argp = { .options = output_options, .parser = parse_output_option };

static const struct argp_child children[] = { { &output_argp, 0, NULL, 0 }, { 0 } };

const struct argp common_argp = { .options = options,
				  .parser = parse_option,
				  .children = children };

struct daemon_wish common_wish(const struct common_options *common, uint32_t at_least)
{
	uint32_t slots = common->max_threads ? (uint32_t)common->max_threads : MAX_THREADS_DEFAULT;

	if (!common->max_threads && slots < at_least)
		slots = at_least;
	return (struct daemon_wish){ .max_threads = slots, .verbose = common->verbose };
}

/* As nohup wants it: a signal that is blocked would be taken all the same. */
static bool ignores_hangup(void)
{
	struct sigaction action;

	return !sigaction(SIGHUP, NULL, &action) && action.sa_handler == SIG_IGN;
}

int common_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (!ignores_hangup())
		sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* ---- sessions ---- */

int session_create(struct daemon *daemon, json_t *targets, struct session_options wish,
		   json_t *target, char id[32], char *why, size_t why_size)
{
	json_t *answer = NULL, *request;
	const char *text;
	int r;

	request = json_pack("{s:o,s:{s:b,s:b},s:o}", "targets", targets, "options", "follow",
			    wish.follow, "ends_with_client", true, "target", target);
	if (!request)
		return -ENOMEM;
	/* Only when wanted: a daemon of an older version does not know the key. */
	if (wish.stacks)
		json_object_set_new(json_object_get(request, "options"), "stacks", json_true());
	r = daemon_request(daemon, "POST", ROUTE_SESSIONS, request, &answer, why, why_size);
	text = json_string_value(json_object_get(answer, "id"));
	if (!r && !text) {
		snprintf(why, why_size, "partraced answered without a session");
		r = -EPROTO;
	}
	if (!r)
		snprintf(id, 32, "%s", text);
	/* A daemon of an older version does not tell: then none. */
	if (!r && wish.ret_left_out)
		*wish.ret_left_out =
			(uint64_t)json_integer_value(json_object_get(answer, "left_out"));
	json_decref(answer);
	json_decref(request);
	return r;
}

json_t *session_ids(const char *kind, const pid_t *ids, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_integer(ids[i]));
	return json_pack("{s:o}", kind, list);
}

int session_ask(struct daemon *daemon, const char *id, const char *what, json_t **ret, char *why,
		size_t why_size)
{
	char path[96];

	snprintf(path, sizeof(path), ROUTE_SESSIONS "/%s%s", id, what);
	return daemon_request(daemon, "GET", path, NULL, ret, why, why_size);
}

int session_finish(struct daemon *daemon, const char *id, json_t **ret, char *why, size_t why_size)
{
	char path[96];

	snprintf(path, sizeof(path), ROUTE_SESSIONS "/%s", id);
	return daemon_request(daemon, "DELETE", path, NULL, ret, why, why_size);
}
