// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "base/units.h"

static const struct {
	const char *name;
	double ns;
} units[] = {
	{ "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { "m", 60e9 }, { "h", 3600e9 },
};

#define DURATION_MAX_NS (365.0 * 24 * 3600e9)

/* Digits and at most one point: no sign, no exponent, no hexadecimal, no blanks. */
static int parse_decimal(const char *text, double *ret, const char **ret_end)
{
	size_t length = strspn(text, "0123456789.");
	char *end;

	if (!length || !isdigit((unsigned char)text[0]))
		return -EINVAL;
	*ret = strtod(text, &end);
	if (end != text + length)
		return -EINVAL;
	*ret_end = end;
	return 0;
}

int parse_duration(const char *text, uint64_t *ret_ns)
{
	const char *unit;
	double number;

	if (parse_decimal(text, &number, &unit) < 0)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strcmp(units[i].name, unit))
			continue;
		number *= units[i].ns;
		if (number > DURATION_MAX_NS)
			return -ERANGE;
		*ret_ns = (uint64_t)(number + 0.5);
		return 0;
	}
	return -EINVAL;
}

int parse_count(const char *text, uint64_t low, uint64_t high, uint64_t *ret)
{
	unsigned long long value;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno || value < low || value > high)
		return -ERANGE;
	*ret = value;
	return 0;
}

static int parse_range(const char *text, const char **ret_end, uint64_t *first, uint64_t *last)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	*first = *last = strtoul(text, &end, 10);
	if (*end == '-') {
		if (!isdigit((unsigned char)end[1]))
			return -EINVAL;
		*last = strtoul(end + 1, &end, 10);
	}
	*ret_end = end;
	return *first <= *last && *last < CPU_SETSIZE ? 0 : -EINVAL;
}

int parse_cpus(const char *text, cpu_set_t *ret)
{
	uint64_t first, last;

	CPU_ZERO(ret);
	for (;;) {
		if (parse_range(text, &text, &first, &last) < 0)
			return -EINVAL;
		for (uint64_t cpu = first; cpu <= last; cpu++)
			CPU_SET(cpu, ret);
		if (!*text)
			return 0;
		if (*text++ != ',')
			return -EINVAL;
	}
}

int parse_share(const char *text, double *ret)
{
	const char *end;
	double number;

	if (parse_decimal(text, &number, &end) < 0)
		return -EINVAL;
	if (!strcmp(end, "%"))
		number /= 100;
	else if (*end)
		return -EINVAL;
	if (number > 1)
		return -ERANGE;
	*ret = number;
	return 0;
}
