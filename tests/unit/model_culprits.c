// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/culprits.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SET 2

static struct culprit_table table;
static struct culprit_sums sums;
static struct report_run_queue queue;

static void had_cpu(uint32_t at, uint32_t tid, const char *name, uint32_t sets, uint64_t ns)
{
	struct culprit *row = &table.rows[at];

	*row = (struct culprit){ .tid = tid, .shown_tid = tid, .pid = tid, .sets = sets };
	snprintf(row->comm, sizeof(row->comm), "%s", name);
	row->ahead_ns[SET] = ns;
	row->ahead[SET] = 1;
}

static void fill(uint64_t ready_ns)
{
	culprits_clear(&sums);
	queue = (struct report_run_queue){ 0 };
	culprits_add(&sums, &table, SET);
	culprits_fill(&sums, ready_ns, NULL, 0, &queue);
}

static uint64_t charged_ns(void)
{
	uint64_t sum_ns = queue.idle_ns + queue.more_ns + queue.earlier_ns + queue.short_ns;

	for (size_t i = 0; i < queue.culprits_count; i++)
		sum_ns += queue.culprits[i].ahead_ns;
	return sum_ns;
}

Test(culprits, a_target_is_known_by_its_set_though_it_has_no_row_among_the_threads)
{
	had_cpu(0, 7, "ours", 1 << SET, 100);
	had_cpu(1, 8, "theirs", 1 << (SET + 1), 300);
	fill(400);
	cr_assert_eq(queue.culprits_count, 2);
	cr_assert_str_eq(queue.culprits[0].kind, "other");
	cr_assert_str_eq(queue.culprits[1].kind, "target");
	cr_assert_eq(charged_ns(), 400);
}

Test(culprits, who_had_the_cpu_for_longer_comes_before_who_took_it_often)
{
	had_cpu(0, 7, "brief", 0, 10);
	table.rows[0].taken_ns[SET] = 1000;
	table.rows[0].taken[SET] = 50;
	had_cpu(1, 8, "long", 0, 500);
	fill(600);
	cr_assert_str_eq(queue.culprits[0].name, "long");
	cr_assert_str_eq(queue.culprits[1].name, "brief");
}

Test(culprits, what_is_nobodys_by_name_is_told_to_be_own_or_not)
{
	for (uint32_t i = 0; i < CULPRITS_IN_REPORT + 4; i++)
		had_cpu(i, 100 + i, "x", i & 1 ? 1 << SET : 0, 1000 - i);
	table.own_ns[SET] = 40;
	table.others_ns[SET] = 5;
	table.idle_ns[SET] = 3;
	table.earlier_ns[SET] = 2;
	fill(30000);
	cr_assert_eq(queue.culprits_count, CULPRITS_IN_REPORT);
	cr_assert_eq(queue.more_own_ns, 40 + 983 + 981);
	cr_assert_eq(queue.more_ns, queue.more_own_ns + 5 + 984 + 982);
	cr_assert_eq(queue.earlier_ns, 2);
	cr_assert_eq(queue.idle_ns, 3);
	cr_assert_eq(charged_ns(), 30000);
}
