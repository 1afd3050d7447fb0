// SPDX-License-Identifier: BSD-2-Clause
/* Sweeps that were written, read back. */
#include "cli/sweep/read.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/owned.h"
#include "cli/sweep/document.h"
#include "tests/unit/sweep_scene.h"

static void assert_reads_back(void)
{
	_cleanup_free_ char *before = sweep_scene_print(100, true), *after = NULL, *dump = NULL;
	json_t *document = sweep_document(&sweep.result), *parsed;
	struct sweep_result original = sweep.result;
	struct sweep_kept kept;
	char why[256];

	dump = json_dumps(document, 0);
	parsed = json_loads(dump, 0, NULL);
	cr_assert_eq(sweep_read(parsed, &kept, why, sizeof(why)), 0, "%s", why);
	json_decref(parsed);
	sweep.result = kept.result;
	after = sweep_scene_print(100, true);
	sweep.result = original;
	cr_assert_str_eq(after, before);
	sweep_kept_release(&kept);
	json_decref(document);
}

Test(sweep_read, prints_what_was_printed_before_it_was_written)
{
	sweep_scene_make(NULL, 8);
	sweep_scene_finish();
	assert_reads_back();
	sweep_scene_free();
	sweep_scene_make("pigz -p {n}", 2);
	for_each_run (run, &sweep.result.curves[0].points[3])
		run->failure = strdup("exit status 3: no");
	sweep.result.interrupted = true;
	sweep.result.curves[0].points[7].runs[1].order = 0;
	sweep_scene_finish();
	assert_reads_back();
	sweep_scene_free();
}

static void refuse_to_read(const char *text, const char *says)
{
	json_t *document = json_loads(text, 0, NULL);
	struct sweep_kept kept;
	char why[256] = "";

	cr_assert(document, "%s", text);
	cr_assert_eq(sweep_read(document, &kept, why, sizeof(why)), -EBADMSG, "%s", text);
	cr_assert(strstr(why, says), "%s: %s", text, why);
	sweep_kept_release(&kept);
	json_decref(document);
}

#define ONE_CURVE(head, curve) "{\"repeat\": 1" head ", \"curves\": [" curve "]}"
#define ONE_POINT(name, runs)                                                                      \
	ONE_CURVE("", "{" name ", \"points\": [{\"workers\": 1, \"runs\": [" runs "]}]}")

Test(sweep_read, refuses_what_is_damaged_and_says_what)
{
	refuse_to_read("{}", "there is none");
	refuse_to_read("[]", "there is none");
	refuse_to_read("{\"repeat\": 1000000, \"curves\": [{}]}", "no number of repeats");
	refuse_to_read(ONE_CURVE("", "{}"), "it has no points");
	refuse_to_read(ONE_CURVE("", "{\"points\": [{\"workers\": -1}]}"), "its workers");
	refuse_to_read(ONE_POINT("\"cpus\": 0", ""), "its CPUs");
	refuse_to_read(ONE_POINT("\"cpus\": 2", ""), "neither workload nor command");
	refuse_to_read(ONE_POINT("\"cpus\": 2, \"workload\": \"nothing\"", ""),
		       "a workload that this partrace does not know");
	refuse_to_read(ONE_POINT("\"cpus\": 2, \"workload\": \"cpu\"", "{}"), "a run of it");
	refuse_to_read(ONE_POINT("\"cpus\": 2, \"workload\": \"cpu\"",
				 "{\"elapsed_ns\": 1}, {\"elapsed_ns\": 1}"),
		       "a run of it");
}
