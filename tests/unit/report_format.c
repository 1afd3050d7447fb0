/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/format.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "api/report.h"
#include "cli/report/bar.h"

static const struct report_style unicode = { .columns = 80, .unicode = true };
static const struct report_style ascii = { .columns = 80 };

Test(format, says_a_span_in_no_more_digits_than_it_needs)
{
	cr_assert_str_eq(format_span(1).text, "1 ns");
	cr_assert_str_eq(format_span(300000000).text, "300 ms");
	cr_assert_str_eq(format_span(1500000000).text, "1.5 s");
	cr_assert_str_eq(format_span(10000000000).text, "10 s");
	cr_assert_str_eq(format_span(12340000000).text, "12.34 s");
	cr_assert_str_eq(format_span(3600000000000).text, "3,600 s");
}

Test(format, gives_a_duration_the_unit_that_fits)
{
	cr_assert_str_eq(format_duration(0).text, "0 ns");
	cr_assert_str_eq(format_duration(104).text, "104 ns");
	cr_assert_str_eq(format_duration(1200).text, "1.20 µs");
	cr_assert_str_eq(format_duration(12000000).text, "12.0 ms");
	cr_assert_str_eq(format_duration(100300000).text, "100.3 ms");
	cr_assert_str_eq(format_duration(5070000000).text, "5.07 s");
	cr_assert_str_eq(format_duration(1234500000000).text, "1,234.50 s");
	cr_assert_str_eq(format_duration(NO_VALUE).text, "n/a");
}

Test(format, never_rounds_up_to_a_thousand_of_a_unit)
{
	cr_assert_str_eq(format_duration(999).text, "999 ns");
	cr_assert_str_eq(format_duration(999999).text, "1.00 ms");
	cr_assert_str_eq(format_duration(999999999).text, "1.00 s");
}

Test(format, keeps_a_column_of_parts_in_one_unit)
{
	cr_assert_str_eq(format_part(40000000, 10030000000).text, "0.04 s");
	cr_assert_str_eq(format_part(0, 5000000).text, "0.00 ms");
	cr_assert_str_eq(format_part(4999600000000, 50000000000000).text, "5,000 s");
}

Test(format, separates_thousands)
{
	cr_assert_str_eq(format_count(0).text, "0");
	cr_assert_str_eq(format_count(999).text, "999");
	cr_assert_str_eq(format_count(2519).text, "2,519");
	cr_assert_str_eq(format_count(1234567).text, "1,234,567");
	cr_assert_str_eq(format_count(UINT64_MAX - 1).text, "18,446,744,073,709,551,614");
}

Test(format, speaks_of_one_thread_and_of_two_processes)
{
	cr_assert_str_eq(format_things(1, "thread").text, "1 thread");
	cr_assert_str_eq(format_things(0, "thread").text, "0 threads");
	cr_assert_str_eq(format_things(1, "process").text, "1 process");
	cr_assert_str_eq(format_things(2, "process").text, "2 processes");
}

Test(format, gives_shares_of_nothing_and_of_too_much)
{
	cr_assert_str_eq(format_share(1, 4).text, "25.0 %");
	cr_assert_str_eq(format_share(0, 0).text, "0.0 %");
	cr_assert_str_eq(format_share(5, 4).text, "100.0 %");
	cr_assert_str_eq(format_small_share(0.00003).text, "0.003 %");
	cr_assert_str_eq(format_small_share(0.000001).text, "under 0.001 %");
	cr_assert_str_eq(format_small_share(0.12).text, "12.0 %");
	cr_assert_str_eq(format_small_share(NAN).text, "n/a");
	cr_assert_str_eq(format_small_share(INFINITY).text, "n/a");
}

Test(format, counts_bytes_and_rates)
{
	cr_assert_str_eq(format_bytes(512).text, "512 B");
	cr_assert_str_eq(format_bytes(11ull << 20).text, "11 MiB");
	cr_assert_str_eq(format_bytes(3ull << 29).text, "1.5 GiB");
	cr_assert_str_eq(format_bytes(NO_VALUE).text, "n/a");
	cr_assert_str_eq(format_rate(100, 5070000000).text, "19.7");
	cr_assert_str_eq(format_rate(100, 0).text, "0.0");
}

static void assert_bar(double share, unsigned int columns, const char *expected)
{
	struct line line;

	line_start(&line, &unicode);
	bar_add(&line, share, columns);
	cr_assert_str_eq(line.text, expected);
}

Test(bar, draws_in_eighths)
{
	assert_bar(0, 10, "");
	assert_bar(0.5, 4, "██");
	assert_bar(0.5, 1, "▌");
	assert_bar(1, 3, "███");
	assert_bar(0.0001, 10, "▏");
}

Test(bar, stays_within_its_columns_whatever_comes)
{
	assert_bar(7, 2, "██");
	assert_bar(-1, 2, "");
	assert_bar(NAN, 2, "");
	assert_bar(INFINITY, 2, "██");
	assert_bar(0.5, 0, "");
}

Test(bar, fills_two_states_and_leaves_the_third_empty)
{
	struct line line;

	line_start(&line, &unicode);
	bar_add_states(&line, 0.25, 0.5, 4);
	cr_assert_str_eq(line.text, "▓░░ ");
	line_start(&line, &unicode);
	bar_add_states(&line, 1, 1, 3);
	cr_assert_str_eq(line.text, "▓▓▓");
}

Test(line, lets_no_control_character_through)
{
	struct line line;

	line_start(&line, &unicode);
	line_add(&line, "%s",
		 "a\033[31m\n\x7f\r\xff\xc2\x9b\xe2\x80\xae"
		 "b");
	cr_assert_str_eq(line.text, "a?[31m?????"
				    "?b");
}

Test(line, refuses_broken_utf8_byte_by_byte)
{
	struct line line;

	line_start(&line, &unicode);
	line_add(&line, "%s", "\xe2\x82|\xc0\xaf|\xed\xa0\x80|\xf8");
	cr_assert_str_eq(line.text, "??|??|???|?");
}

Test(line, becomes_ascii_where_the_charset_is_poor)
{
	struct line line;

	line_start(&line, &ascii);
	line_add(&line, "3 µs × 2 · █▏é");
	cr_assert_str_eq(line.text, "3 us x 2 | #.?");
}

Test(line, ends_at_the_edge)
{
	const struct report_style narrow = { .columns = 5, .unicode = true };
	struct line line;

	line_start(&line, &narrow);
	line_add(&line, "1234567");
	cr_assert_str_eq(line.text, "12345");
	line_start(&line, &narrow);
	line_add_cut(&line, "1234567", 4);
	cr_assert_str_eq(line.text, "123…");
	line_to(&line, 90);
	cr_assert_eq(line.used, 5);
}

static const char *name_in(const char *name, unsigned int columns)
{
	static struct line line;

	line_start(&line, &unicode);
	line_add_name(&line, name, columns);
	return line.text;
}

Test(line, keeps_of_a_name_the_number_that_tells_it_from_others)
{
	cr_assert_str_eq(name_in("pool-1-thread-7", 15), "pool-1-thread-7");
	cr_assert_str_eq(name_in("pool-1-thread-7", 12), "pool-1-th…-7");
	cr_assert_str_eq(name_in("pool-1-thread-1…8", 12), "pool-1-…-1…8");
	cr_assert_str_eq(name_in("pool-1-thread-1…3,7", 12), "pool-…-1…3,7");
	cr_assert_str_eq(name_in("compactor", 5), "comp…");
	cr_assert_str_eq(name_in("1234567", 4), "123…");
	cr_assert_str_eq(name_in("worker-1234567", 5), "work…", "no room for it");
}

Test(line, has_colour_only_when_asked)
{
	const struct report_style coloured = { .columns = 80, .colour = true };
	struct line line;

	line_start(&line, &unicode);
	line_emphasis(&line, EMPHASIS_STRONG);
	cr_assert_str_empty(line.text);
	line_start(&line, &coloured);
	line_emphasis(&line, EMPHASIS_STRONG);
	cr_assert_str_eq(line.text, "\033[1m");
	cr_assert_eq(line.used, 0);
}
