// SPDX-License-Identifier: BSD-2-Clause
#include "cli/page/page.h"

#include <errno.h>
#include <locale.h>
#include <string.h>

#include "api/version.h"
#include "cli/page/assets.h"
#include "cli/page/data.h"
#include "cli/page/markup.h"
#include "cli/page/words.h"

/*
 * Even markup that got through could load nothing and send nothing: all sources are forbidden but
 * what stands in the page itself.
 */
#define POLICY                                                                                     \
	"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "              \
	"img-src data:; base-uri 'none'; form-action 'none'"

enum kind { KIND_NONE, KIND_REPORT, KIND_SWEEP };

static enum kind kind_of(const json_t *document)
{
	const char *schema = markup_string(document, "schema");

	if (schema && !strcmp(schema, REPORT_SCHEMA))
		return KIND_REPORT;
	return schema && !strcmp(schema, SWEEP_SCHEMA) ? KIND_SWEEP : KIND_NONE;
}

static void put_head(FILE *out, const json_t *document)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY "\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<link rel=\"icon\" href=\"data:,\">\n<title>",
	      out);
	words_subject(out, document);
	fputs(" – partrace</title>\n<style>\n", out);
	fputs(asset_style(), out);
	fputs("</style>\n</head>\n", out);
}

static void put_header(FILE *out, const json_t *document, const char *started_at)
{
	const json_t *host = json_object_get(document, "host");
	const json_t *cpus = json_object_get(host, "cpus");

	fputs("<body>\n<a class=\"skip\" href=\"#main\">Skip to the verdict</a>\n<header>\n"
	      "<p class=\"brand\">partrace</p>\n<h1>",
	      out);
	words_subject(out, document);
	fputs("</h1>\n<p class=\"meta\">", out);
	if (started_at) {
		fputs("<time>", out);
		markup_text(out, started_at);
		fputs("</time> ", out);
	}
	if (json_is_integer(cpus))
		fprintf(out, "<span>%lld CPU%s</span> ", (long long)json_integer_value(cpus),
			json_integer_value(cpus) == 1 ? "" : "s");
	if (markup_string(host, "cpu_model"))
		markup_element(out, "span", NULL, markup_string(host, "cpu_model"));
	if (markup_string(host, "kernel"))
		markup_element(out, "span", NULL, markup_string(host, "kernel"));
	fputs("</p>\n<nav id=\"nav\" aria-label=\"Sections\"></nav>\n</header>\n", out);
}

static int put_data(FILE *out, const json_t *document)
{
	json_t *data = page_data(document);
	int r;

	if (!data)
		return -ENOMEM;
	fputs("<script type=\"application/json\" id=\"data\">", out);
	r = markup_json(out, data);
	fputs("</script>\n", out);
	json_decref(data);
	return r;
}

static void put_footer(FILE *out, const json_t *document)
{
	const char *version = markup_string(document, "partrace");

	fputs("<footer><p>Made by partrace ", out);
	markup_text(out, version ? version : PARTRACE_VERSION);
	fprintf(out,
		". Percentiles are good to ± 12&nbsp;%%. The document is in this page, %sin the "
		"element "
		"<code>data</code>.</p></footer>\n",
		page_data_without(document));
}

static int put_page(FILE *out, const json_t *document, enum kind kind)
{
	const json_t *window = json_object_get(document, "window");
	int r;

	put_head(out, document);
	put_header(out, document,
		   markup_string(kind == KIND_SWEEP ? document : window, "started_at"));
	fputs("<main id=\"main\">\n", out);
	if (kind == KIND_SWEEP)
		words_sweep(out, document);
	else
		words_report(out, document);
	fputs("<noscript><p>The charts and tables below are drawn by a script of this page, which "
	      "your browser does not run.</p></noscript>\n<div id=\"charts\"></div>\n</main>\n",
	      out);
	put_footer(out, document);
	r = put_data(out, document);
	fputs("<script>\n", out);
	fputs(asset_script(), out);
	fputs("</script>\n</body>\n</html>\n", out);
	return r;
}

int page_write(const json_t *document, FILE *out)
{
	enum kind kind = kind_of(document);
	locale_t plain, before;
	int r;

	if (kind == KIND_NONE)
		return -EBADMSG;
	/* Numbers have points, whatever the user's have. */
	plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
	before = plain ? uselocale(plain) : (locale_t)0;
	r = put_page(out, document, kind);
	if (plain) {
		uselocale(before);
		freelocale(plain);
	}
	errno = 0;
	if (!r && (fflush(out) || ferror(out)))
		r = errno ? -errno : -EIO;
	return r;
}
