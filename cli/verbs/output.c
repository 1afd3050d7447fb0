// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/owned.h"
#include "cli/client/document.h"
#include "cli/page/page.h"
#include "cli/saved/store.h"
#include "cli/verb.h"
#include "cli/verbs/common.h"

static bool is_file(const struct common_options *options)
{
	return options->output && strcmp(options->output, "-");
}

/* A device or a pipe is written to as it is; only a file can be replaced. */
static bool is_special(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

/* A file beside `path`, so that rename() can put it in its place. */
static int open_sibling(const char *path, char *sibling, size_t size)
{
	int fd;

	if ((size_t)snprintf(sibling, size, "%s.XXXXXX", path) >= size)
		return -ENAMETOOLONG;
	fd = mkostemp(sibling, O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int output_check_file(const char *option, const char *path)
{
	char sibling[4096];
	struct stat status;
	int fd;

	if (!*path) {
		log_line("%s '' names no file; - is stdout", option);
		return STATUS_USAGE;
	}
	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
		log_line("%s %s is a folder; name a file", option, path);
		return STATUS_FAILED;
	}
	if (is_special(path))
		return STATUS_DONE;
	fd = open_sibling(path, sibling, sizeof(sibling));
	if (fd < 0) {
		log_line("cannot write the report to %s: %s; choose another file with %s", path,
			 strerror(-fd), strcmp(option, "--output") ? option : "-o");
		return STATUS_FAILED;
	}
	close(fd);
	unlink(sibling);
	return STATUS_DONE;
}

int output_check(const struct common_options *options)
{
	int status =
		is_file(options) ? output_check_file("--output", options->output) : STATUS_DONE;

	if (status == STATUS_DONE && options->html)
		status = output_check_file("--html", options->html);
	return status;
}

/* A report that is printed, and how. */
struct output {
	const struct common_options *options;
	const json_t *document;
	report_printer printer;
	const void *context;
};

static int print(const void *context, FILE *out)
{
	const struct output *output = context;
	struct report_style style = report_style_for(out, output->options->colour);
	struct report report;
	char why[256];
	int r;

	if (output->options->json)
		return document_write(output->document, out, output->options->one_line);
	r = report_decode(output->document, &report, why, sizeof(why));
	if (r < 0) {
		log_line("the report cannot be read: %s", why);
		return r;
	}
	style.file = output->options->input;
	r = output->printer(out, &report, &style, output->context);
	report_release(&report);
	return fflush(out) ? -errno : r;
}

/* Printers know that something went wrong, not what: a full disk says it again. */
static int write_stream(output_writer print_it, const void *context, FILE *out)
{
	int r = print_it(context, out);

	if (r == -EIO && write(fileno(out), "\n", 1) < 0)
		r = -errno;
	return r;
}

static int write_to(output_writer print_it, const void *context, int fd)
{
	_cleanup_fclose_ FILE *out = fdopen(fd, "w");

	if (out)
		return write_stream(print_it, context, out);
	close(fd);
	return -errno;
}

/* As a shell's > would leave it: what is there keeps its mode, what is new has that of the umask.
 */
static mode_t mode_for(const char *path)
{
	struct stat status;
	mode_t mask;

	if (stat(path, &status) == 0)
		return status.st_mode & 0777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

static int write_file(const char *path, output_writer write, const void *context)
{
	char sibling[4096];
	int r, fd;

	if (is_special(path)) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		return fd < 0 ? -errno : write_to(write, context, fd);
	}
	fd = open_sibling(path, sibling, sizeof(sibling));
	if (fd < 0)
		return fd;
	fchmod(fd, mode_for(path));
	r = write_to(write, context, fd);
	if (!r && rename(sibling, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(sibling);
	return r;
}

static const char *name_of(FILE *stream)
{
	if (isatty(fileno(stream)))
		return "the terminal";
	return stream == stderr ? "standard error" : "standard output";
}

int output_by(const struct common_options *options, FILE *stream, output_writer write,
	      const void *context)
{
	FILE *out = options->output ? stdout : stream;
	int r = is_file(options) ? write_file(options->output, write, context)
				 : write_stream(write, context, out);

	if (r >= 0)
		return STATUS_DONE;
	if (r == -EBADMSG)
		return STATUS_FAILED;
	log_line("cannot write the report to %s: %s",
		 is_file(options) ? options->output : name_of(out), strerror(-r));
	return STATUS_FAILED;
}

int output_printed(const struct common_options *options, FILE *stream, const json_t *document,
		   report_printer printer, const void *context)
{
	struct output output = { options, document, printer, context };

	return output_by(options, stream, print, &output);
}

/* A view of the human report, and what it needs of the document. */
struct viewed {
	const json_t *workload;
	bool probed;
	enum report_view view;
};

static int print_viewed(FILE *out, const struct report *report, const struct report_style *style,
			const void *context)
{
	const struct viewed *viewed = context;

	if (!viewed->probed)
		return report_print_unprobed(out, report, viewed->workload, style);
	return report_print_view(out, report, viewed->workload, style, viewed->view);
}

int output_document(const struct common_options *options, FILE *stream, const json_t *document,
		    bool probed, enum report_view view)
{
	struct viewed viewed = { json_object_get(document, "workload"), probed, view };

	return output_printed(options, stream, document, print_viewed, &viewed);
}

static int write_page(const void *context, FILE *out)
{
	int r = page_write(context, out);

	if (r == -EBADMSG)
		log_line("there is no page of this document: it is neither a report nor a sweep");
	return r;
}

int output_page(const struct common_options *options, const json_t *document)
{
	struct common_options page = *options;

	if (!options->html)
		return STATUS_DONE;
	page.output = options->html;
	return output_by(&page, stdout, write_page, document);
}

int output_judge(const struct common_options *options, const json_t *document)
{
	struct report report;
	char why[512];
	bool matched;

	if (!options->fail_on.count)
		return STATUS_DONE;
	if (report_decode(document, &report, why, sizeof(why)) < 0) {
		log_line("the report cannot be read: %s", why);
		return STATUS_FAILED;
	}
	matched = fail_on_matches(&options->fail_on, &report, why, sizeof(why));
	if (matched)
		log_line("--fail-on: %s", why);
	else if (fail_on_is_open(&options->fail_on, &report))
		log_line("--fail-on: nothing matched, but the verdict was withheld: too much was "
			 "not seen");
	report_release(&report);
	return matched ? STATUS_MATCHED : STATUS_DONE;
}

void output_save(const struct common_options *options, const json_t *document)
{
	char why[512];

	if (saved_write(document, why, sizeof(why)) < 0 && !options->quiet)
		log_line("%s", why);
}

int output_report(const struct common_options *options, FILE *stream, const json_t *document,
		  bool probed)
{
	int status, page;

	/* First: whoever reads what is printed may close the pipe before its end. */
	output_save(options, document);
	page = output_page(options, document);
	status = output_document(options, stream, document, probed, VIEW_SUMMARY);
	if (status == STATUS_DONE)
		status = page;
	return status == STATUS_DONE ? output_judge(options, document) : status;
}
