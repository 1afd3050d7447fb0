// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/own_tids.h"

#include <criterion/criterion.h>

#include "base/owned.h"

TestSuite(own_tids);

#define CONTAINER 0xc0
#define OTHER     0xd0

/* Two processes of one container, one of another: all of them have a thread 7 or know of one. */
static struct own_tids scene(void)
{
	static const struct own_tid threads[] = {
		{ CONTAINER, 7, 4000, 4007 }, { OTHER, 7, 5000, 5007 },
		{ CONTAINER, 1, 4000, 4000 }, { CONTAINER, 9, 4100, 4109 },
		{ OTHER, 1, 5000, 5000 },
	};
	struct own_tids tids = { 0 };

	own_tids_begin(&tids);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		cr_assert_eq(own_tids_add(&tids, &threads[i]), 0);
	cr_assert_eq(own_tids_end(&tids), 0);
	return tids;
}

Test(own_tids, are_those_of_the_process_that_wrote_them)
{
	struct own_tids tids = scene();

	cr_assert_eq(own_tids_find(&tids, 4000, 7), 4007);
	cr_assert_eq(own_tids_find(&tids, 5000, 7), 5007);
	cr_assert_eq(own_tids_find(&tids, 4000, 1), 4000);
	own_tids_release(&tids);
}

Test(own_tids, in_private_memory_are_no_other_process_s)
{
	struct own_tids tids = scene();

	cr_assert_eq(own_tids_find(&tids, 4100, 7), 0);
	cr_assert_eq(own_tids_find(&tids, 4000, 4007), 0, "that is our number, not its");
	own_tids_release(&tids);
}

/* Processes of several namespaces may share a lock. */
Test(own_tids, in_shared_memory_may_be_of_any_namespace)
{
	struct own_tids tids = scene();
	const struct own_tid *threads = NULL;

	cr_assert_eq(own_tids_numbered(&tids, 7, &threads), 2);
	cr_assert_eq(threads[0].tid + threads[1].tid, 4007 + 5007);
	cr_assert_eq(own_tids_numbered(&tids, 1, &threads), 2);
	cr_assert_eq(threads[0].tid + threads[1].tid, 4000 + 5000);
	cr_assert_eq(own_tids_numbered(&tids, 9, &threads), 1);
	cr_assert_eq(threads[0].tid, 4109);
	threads = NULL;
	cr_assert_eq(own_tids_numbered(&tids, 4007, &threads), 0);
	cr_assert_null(threads, "it is written only if there are any");
	own_tids_release(&tids);
}

Test(own_tids, of_a_process_that_nobody_watches_are_nobody_s)
{
	struct own_tids tids = scene();
	uint64_t namespace = 0;

	cr_assert_eq(own_tids_find(&tids, 6000, 7), 0);
	cr_assert_not(own_tids_namespace(&tids, 6000, &namespace));
	cr_assert(own_tids_namespace(&tids, 5000, &namespace));
	cr_assert_eq(namespace, OTHER);
	own_tids_release(&tids);
}

Test(own_tids, are_forgotten_when_a_look_begins)
{
	struct own_tids tids = scene();

	own_tids_begin(&tids);
	cr_assert_eq(own_tids_end(&tids), 0);
	cr_assert_eq(own_tids_find(&tids, 4000, 7), 0);
	own_tids_release(&tids);
}
