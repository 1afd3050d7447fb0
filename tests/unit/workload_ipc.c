/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "cli/workload/ipc_cost.h"
#include "cli/workload/ipc_message.h"

Test(message, comes_out_as_it_went_in)
{
	struct record sent[40], received[40];
	uint8_t bytes[40 * RECORD_BYTES];

	message_make(sent, 40);
	cr_assert_eq(message_encode(sent, bytes), sizeof(bytes));
	memset(received, 0xff, sizeof(received));
	message_decode(bytes, sizeof(bytes), received);
	for (size_t i = 0; i < 40; i++) {
		cr_assert_eq(received[i].id, i);
		cr_assert_eq(received[i].value, sent[i].value);
		cr_assert_str_eq(received[i].name, sent[i].name);
		cr_assert_eq(received[i].next, i < 39 ? &received[i + 1] : NULL);
	}
	cr_assert_eq(message_sum(received), message_sum(sent));
}

Test(message, is_in_network_order)
{
	struct record one = { .id = 0x0102 };
	uint8_t bytes[RECORD_BYTES];

	message_encode(&one, bytes);
	cr_assert_eq(bytes[6], 1);
	cr_assert_eq(bytes[7], 2);
}

Test(ipc_cost, is_the_line_through_small_and_large)
{
	struct ipc_batch small = { .messages = 10, .bytes = 1000, .elapsed_ns = 10 * 1050 };
	struct ipc_batch large = { .messages = 2, .bytes = 20000, .elapsed_ns = 2 * 6000 };
	struct ipc_cost cost = ipc_cost_of(&small, &large);

	cr_assert_float_eq(cost.per_byte_ns, 0.5, 1e-9);
	cr_assert_float_eq(cost.per_message_ns, 1000, 1e-9);
}

Test(ipc_cost, is_never_negative)
{
	struct ipc_batch small = { .messages = 1, .bytes = 64, .elapsed_ns = 900 };
	struct ipc_batch large = { .messages = 1, .bytes = 65536, .elapsed_ns = 800 };
	struct ipc_batch steep = { .messages = 1, .bytes = 128, .elapsed_ns = 9000 };

	cr_assert_eq(ipc_cost_of(&small, &large).per_byte_ns, 0);
	cr_assert_eq(ipc_cost_of(&small, &large).per_message_ns, 900);
	cr_assert_eq(ipc_cost_of(&small, &steep).per_message_ns, 0);
}

Test(ipc_work, that_was_interrupted_counts_as_the_rest_of_it)
{
	uint64_t took_ns[] = { 40000000, 4000, 100, 110, 90 };

	cr_assert_eq(ipc_worked_ns(took_ns + 2, 3), 300);
	cr_assert_eq(ipc_worked_ns(took_ns + 1, 4), 4300, "a cold cache is its own");
	cr_assert_eq(ipc_worked_ns(took_ns, 5), 4300 * 5 / 4);
	cr_assert_eq(ipc_worked_ns(took_ns, 1), 40000000, "nothing tells it from long work");
	cr_assert_eq(ipc_worked_ns(took_ns, 0), 0);
}

Test(ipc_cost, of_nothing_is_nothing)
{
	struct ipc_batch none = { 0 };

	cr_assert_eq(ipc_cost_of(&none, &none).per_message_ns, 0);
	cr_assert_eq(ipc_cost_of(&none, &none).per_byte_ns, 0);
}
