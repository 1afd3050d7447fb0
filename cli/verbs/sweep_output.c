// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/sweep_output.h"

#include <errno.h>
#include <string.h>

#include "cli/client/document.h"
#include "cli/sweep/document.h"
#include "cli/sweep/print.h"
#include "cli/sweep/svg.h"
#include "cli/verb.h"
#include "cli/verbs/usage.h"

enum { KEY_CSV = 768, KEY_SVG };

static const struct argp_option options[] = {
	{ "csv", KEY_CSV, NULL, 0, "Print a line of CSV for each run of a sweep", 0 },
	{ "svg", KEY_SVG, "FILE", 0, "Draw a sweep's curves into FILE as well", 0 },
	{ 0 },
};

static bool is_same_file(const char *path, const struct common_options *common)
{
	return (common->output && !strcmp(path, common->output)) ||
	       (common->html && !strcmp(path, common->html));
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct sweep_output *output = state->input;

	switch (key) {
	case KEY_CSV:
		output->csv = true;
		return 0;
	case KEY_SVG:
		/* The report itself may go to stdout. */
		if (!*argument || !strcmp(argument, "-"))
			usage_error(state,
				    "--svg '%s' is not understood; it takes the name of a file",
				    argument);
		output->svg = argument;
		return 0;
	case ARGP_KEY_SUCCESS:
		if (output->svg && is_same_file(output->svg, output->common))
			usage_error(state,
				    "--svg and another option name the same file, %s; give two",
				    output->svg);
		return 0;
	case ARGP_KEY_END:
		if (output->csv && output->common->json)
			usage_error(state, "--csv and --json exclude each other; give one of them");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp sweep_output_argp = { .options = options, .parser = parse_option };

/* The picture goes where --output would. */
static struct common_options svg_options(const struct sweep_output *output)
{
	struct common_options common = *output->common;

	common.output = output->svg;
	return common;
}

int sweep_output_check(const struct sweep_output *output)
{
	int status = output_check(output->common);

	if (status == STATUS_DONE && output->svg)
		status = output_check_file("--svg", output->svg);
	return status;
}

struct writing {
	const struct sweep_output *output;
	const struct sweep_result *result;
	const json_t *document;
};

static int write_result(const void *context, FILE *out)
{
	const struct writing *writing = context;
	const struct common_options *common = writing->output->common;
	struct report_style style = report_style_for(out, common->colour);

	if (common->json)
		return document_write(writing->document, out, common->one_line);
	if (!writing->output->csv)
		return sweep_print(out, writing->result, &style);
	sweep_csv(out, writing->result);
	return fflush(out) ? -errno : 0;
}

static int write_svg(const void *context, FILE *out)
{
	const struct writing *writing = context;

	return sweep_svg(out, writing->result);
}

int sweep_output_write(const struct sweep_output *output, const struct sweep_result *result,
		       const json_t *document)
{
	struct writing writing = { output, result, document };
	struct common_options svg = svg_options(output);
	int page = output_page(output->common, document), picture = STATUS_DONE, status;

	if (output->svg)
		picture = output_by(&svg, stdout, write_svg, &writing);
	status = output_by(output->common, stdout, write_result, &writing);
	if (status == STATUS_DONE)
		status = picture;
	return status == STATUS_DONE ? page : status;
}
