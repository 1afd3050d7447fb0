// SPDX-License-Identifier: BSD-2-Clause
/* The tables that builds of 3.13 publish, where there is no such build to run: as two had them. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "daemon/symbol/python_layout.h"

#define VERSION 0x030d05f0
#define COOKIE  8750607829840520312ull /* xdebugpy */
#define RUNTIME 0x1000

struct published {
	uint64_t words[71];
};

/* 3.13.5 built with --disable-gil, x86-64. */
static const struct published free_threaded = { {
	COOKIE, VERSION, 1,   328320, 608, 632,  215616, 7272, 7264, 7344, 7400, 7664,
	7648,   7656,    16,  7760,   0,   7784, 7776,   304,  0,    8,    16,   72,
	152,    160,     232, 32,     80,  8,    0,      56,   72,   70,   224,  128,
	136,    144,     152, 84,     68,  112,  120,    216,  32,   24,   432,  40,
	104,    184,     48,  40,     32,  56,   40,     32,   64,   48,   56,   40,
	32,     48,      32,  40,     56,  32,   48,     80,   48,   32,   56,
} };

/* 3.13.0 as it comes. */
static const struct published with_gil = { {
	COOKIE, 0x030d00f0, 0,   283320, 608, 632,  194968, 7272, 7264, 7344, 7400, 7656,
	7640,   7648,       16,  7752,   0,   7768, 7760,   304,  0,    8,    16,   72,
	152,    160,        232, 32,     80,  8,    0,      56,   72,   70,   208,  112,
	120,    128,        136, 68,     52,  96,   104,    200,  16,   8,    416,  24,
	88,     168,        32,  24,     16,  40,   24,     16,   48,   32,   40,   24,
	16,     32,         16,  24,     40,  16,   32,     64,   32,   16,   40,
} };

static ssize_t read_published(void *context, uint64_t address, void *buffer, size_t size)
{
	const struct published *table = context;

	if (address != RUNTIME || size > sizeof(table->words))
		return -EFAULT;
	memcpy(buffer, table->words, size);
	return (ssize_t)size;
}

static int layout_of(const struct published *table, struct python_layout *ret)
{
	struct python_memory memory = { read_published, (void *)table };

	return python_layout(&memory, RUNTIME, VERSION, ret);
}

Test(python_layout, a_free_threaded_build_has_longer_objects_and_a_longer_gil)
{
	struct python_layout layout;

	cr_assert_eq(layout_of(&free_threaded, &layout), 0);
	cr_assert_eq(layout.object_type, 24);
	cr_assert_eq(layout.object_size, 32);
	cr_assert_eq(layout.bytes_data, 48);
	cr_assert_eq(layout.text_length, 32);
	cr_assert_eq(layout.text_state, 48);
	cr_assert_eq(layout.text_size, 56);
	cr_assert_eq(layout.text_ascii_data, 56);
	cr_assert_eq(layout.gil_head, 8);
}

Test(python_layout, a_build_with_a_gil_has_what_3_11_has)
{
	struct python_layout layout, old;
	struct python_memory none = { read_published, NULL };

	cr_assert_eq(layout_of(&with_gil, &layout), 0);
	cr_assert_eq(python_layout(&none, 0, 0x030b02f0, &old), 0);
	cr_assert_eq(layout.object_type, old.object_type);
	cr_assert_eq(layout.object_size, old.object_size);
	cr_assert_eq(layout.bytes_data, old.bytes_data);
	cr_assert_eq(layout.text_length, old.text_length);
	cr_assert_eq(layout.text_state, old.text_state);
	cr_assert_eq(layout.gil_head, 0);
}

Test(python_layout, a_table_that_cannot_be_right_is_refused)
{
	/* Each alone: no cookie, another version, a GIL too long, a str's length out of its head.
	 */
	static const struct {
		size_t index;
		uint64_t value;
	} wrong[] = { { 0, 1 },     { 1, 0x030e00f0 }, { 18, 7752 },
		      { 69, 4096 }, { 45, 1u << 20 },  { 66, 32 } };
	struct python_layout layout;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct published table = free_threaded;

		table.words[wrong[i].index] = wrong[i].value;
		cr_assert_eq(layout_of(&table, &layout), -EOPNOTSUPP, "word %zu", wrong[i].index);
	}
}
