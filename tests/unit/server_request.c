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
