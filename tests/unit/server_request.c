// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/server/request.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static char why[256];

static int parse(const char *body)
{
	struct request request;
	int r = request_parse(body, strlen(body), &request, why, sizeof(why));

	if (!r)
		request_release(&request);
	return r;
}

Test(request, takes_processes_and_threads)
{
	cr_assert_eq(parse("{\"targets\":{\"pids\":[1,2],\"tids\":[3]}}"), 0, "%s", why);
}

Test(request, refuses_what_is_no_json_and_what_is_no_object)
{
	cr_assert_eq(parse("{"), -EINVAL);
	cr_assert_eq(parse("[]"), -EINVAL);
	cr_assert_eq(parse(""), -EINVAL);
}

Test(request, refuses_ids_that_are_none)
{
	cr_assert_eq(parse("{\"targets\":{\"pids\":[0]}}"), -EINVAL);
	cr_assert_eq(parse("{\"targets\":{\"pids\":[\"1\"]}}"), -EINVAL);
	cr_assert_eq(parse("{\"targets\":{\"pids\":[99999999999]}}"), -EINVAL);
	cr_assert_eq(parse("{\"targets\":{\"pids\":7}}"), -EINVAL);
}

Test(request, names_a_key_that_it_does_not_know)
{
	cr_assert_eq(parse("{\"targets\":{\"pids\":[1]},\"optoins\":{}}"), -EINVAL);
	cr_assert(strstr(why, "optoins"));
}

Test(request, refuses_values_of_the_wrong_type)
{
	cr_assert_eq(parse("{\"targets\":{\"pids\":[1]},\"options\":{\"follow\":1}}"), -EINVAL);
	cr_assert_eq(parse("{\"targets\":{\"pids\":[1]},\"target\":{\"kind\":7}}"), -EINVAL);
	cr_assert_eq(parse("{\"targets\":{\"pids\":[1]},\"target\":{\"kind\":\"x\"}}"), -EINVAL);
	cr_assert_eq(parse("{\"targets\":{\"pids\":[1]},\"target\":{\"workers\":-4}}"), -EINVAL);
	cr_assert_eq(parse("{\"targets\":{\"pids\":[1]},\"target\":{\"command\":[1]}}"), -EINVAL);
}

Test(request, asks_for_a_tree_only_when_told)
{
	struct request request;
	const char *body = "{\"targets\":{\"pids\":[1],\"tree\":true}}";

	cr_assert_eq(request_parse(body, strlen(body), &request, why, sizeof(why)), 0, "%s", why);
	cr_assert(request.session.targets.tree);
	request_release(&request);
	cr_assert_eq(parse("{\"targets\":{\"pids\":[1],\"tree\":1}}"), -EINVAL);
	cr_assert(strstr(why, "targets.tree"), "%s", why);
}

Test(request, asks_for_stacks_only_when_told)
{
	static const char *const options[] = { "", ",\"options\":{\"stacks\":false}",
					       ",\"options\":{\"stacks\":true}" };

	for (int i = 0; i < 3; i++) {
		struct request request;
		char body[128];

		snprintf(body, sizeof(body), "{\"targets\":{\"pids\":[1]}%s}", options[i]);
		cr_assert_eq(request_parse(body, strlen(body), &request, why, sizeof(why)), 0, "%s",
			     why);
		cr_assert_eq(request.session.stacks, i == 2);
		cr_assert(request.session.targets.follow, "what was not given stays");
		request_release(&request);
	}
	cr_assert_eq(parse("{\"targets\":{\"pids\":[1]},\"options\":{\"stacks\":1}}"), -EINVAL);
	cr_assert(strstr(why, "options.stacks"), "%s", why);
}

Test(request, takes_null_for_absent)
{
	cr_assert_eq(parse("{\"targets\":{\"pids\":[1]},\"target\":{\"kind\":\"exec\","
			   "\"workload\":null,\"mode\":null,\"workers\":null}}"),
		     0, "%s", why);
}

Test(interval, needs_a_unit_and_stays_in_bounds)
{
	static const char *const bad[] = { "",     "1",    "s",   "-1s",
					   "1.5s", "99ms", "61m", "99999999999s",
					   "1 s",  "1h" };
	uint64_t us = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_eq(request_parse_interval(bad[i], &us, why, sizeof(why)), -EINVAL, "%s",
			     bad[i]);
	cr_assert_eq(request_parse_interval("100ms", &us, why, sizeof(why)), 0);
	cr_assert_eq(us, 100000);
	cr_assert_eq(request_parse_interval("60m", &us, why, sizeof(why)), 0);
	cr_assert_eq(us, 3600000000);
	cr_assert_eq(request_parse_interval(NULL, &us, why, sizeof(why)), 0);
	cr_assert_eq(us, 1000000);
}
