// SPDX-License-Identifier: BSD-2-Clause
/* What the manuals say beside what the programs say of themselves. */
#include <criterion/criterion.h>

#include "tests/support/command.h"

TestSuite(manual, .timeout = 60);

Test(manual, has_the_options_of_each_verb_and_of_the_daemon_as_help_lists_them)
{
	assert_prints("/usr/bin/python3 tests/support/manual.py $PARTRACE_BUILD", "alike\n");
}
