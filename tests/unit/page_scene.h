/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages as text, and whether their markup is whole. */
#ifndef PARTRACE_TESTS_PAGE_SCENE_H
#define PARTRACE_TESTS_PAGE_SCENE_H

#include <jansson.h>

/* Of an interrupted sweep whose last point failed in part. */
#define SWEEP                                                                                      \
	"{\"schema\": \"partrace.sweep/1\", \"command\": \"x\", \"interrupted\": true,"            \
	" \"curves\": [{\"workload\": \"x\", \"mode\": \"x\", \"runtime\": \"x\", \"cpus\": 2,"    \
	" \"cause\": {\"sentence\": \"x\"}, \"law\": {\"sentence\": \"x\", \"law\": \"amdahl\","   \
	" \"amdahl\": {\"formula\": \"x\", \"serial\": 0.125}}, \"points\": ["                     \
	"{\"workers\": 1, \"failed\": 0, \"runs\": [{\"failure\": null}], \"report\": {\"a\": "    \
	"1}},"                                                                                     \
	"{\"workers\": 4, \"failed\": 2, \"runs\": [{\"failure\": null},"                          \
	" {\"failure\": \"exit status 9\"}, {\"failure\": \"x\"}]}]}]}"

/* The page of a document, or of the text of one; the caller frees it. */
char *page_of(const json_t *document);
char *page_of_text(const char *json);

/* What is opened is closed, in order. */
void assert_balanced(const char *page);
/* The document as it stands in the page. */
json_t *data_of(const char *page);

#endif
