/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/report.h"
#include "base/owned.h"
#include "base/units.h"

static const struct unit {
	const char *name;
	double ns;
} units[] = {
	{ "ns", 1 },
	{ "µs", NSEC_PER_USEC },
	{ "ms", NSEC_PER_MSEC },
	{ "s", NSEC_PER_SEC },
};

/* The unit in which `ns` does not round up to 1000. */
static const struct unit *unit_for(uint64_t ns)
{
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(units) && (double)ns >= units[i].ns * 999.5)
		i++;
	return &units[i];
}

/* At least three digits that count; seconds always with hundredths. */
static int decimals_for(double value, const struct unit *unit)
{
	if (unit == &units[0])
		return 0;
	if (unit == &units[ARRAY_LEN(units) - 1])
		return 2;
	return value < 9.995 ? 2 : 1;
}

/* 1234.5 -> 1,234.5; the text holds a plain decimal number. */
static void separate_thousands(const char *plain, char *ret, size_t size)
{
	size_t whole = strcspn(plain, "."), at = 0;

	for (size_t i = 0; plain[i] && at + 2 < size; i++) {
		if (i && i < whole && (whole - i) % 3 == 0)
			ret[at++] = ',';
		ret[at++] = plain[i];
	}
	ret[at] = '\0';
}

static struct figure format_value(double value, int decimals, const char *unit)
{
	struct figure figure = { 0 };
	char plain[32], separated[44];

	snprintf(plain, sizeof(plain), "%.*f", decimals, value);
	separate_thousands(plain, separated, sizeof(separated));
	snprintf(figure.text, sizeof(figure.text), "%s%s%.16s", separated, *unit ? " " : "", unit);
	return figure;
}

static struct figure not_available(void)
{
	return (struct figure){ "n/a" };
}

struct figure format_duration(uint64_t ns)
{
	const struct unit *unit = unit_for(ns);
	double value = (double)ns / unit->ns;

	if (ns == NO_VALUE)
		return not_available();
	return format_value(value, decimals_for(value, unit), unit->name);
}

struct figure format_span(uint64_t ns)
{
	const struct unit *unit = unit_for(ns);
	double value = (double)ns / unit->ns, tenths = value * 10;
	int decimals = value == round(value) ? 0 : tenths == round(tenths) ? 1 : 2;

	return format_value(value, decimals, unit->name);
}

struct figure format_part(uint64_t ns, uint64_t whole_ns)
{
	const struct unit *unit = unit_for(whole_ns);
	double whole = (double)whole_ns / unit->ns;

	if (ns == NO_VALUE)
		return not_available();
	/* Hundredths of ten thousand seconds are no information, only width. */
	return format_value((double)ns / unit->ns, whole >= 9999.5 ? 0 : 2, unit->name);
}

struct figure format_count(uint64_t count)
{
	struct figure figure = { 0 };
	char plain[32];

	if (count == NO_VALUE)
		return not_available();
	snprintf(plain, sizeof(plain), "%llu", (unsigned long long)count);
	separate_thousands(plain, figure.text, sizeof(figure.text));
	return figure;
}

struct figure format_things(uint64_t count, const char *thing)
{
	struct figure figure = { 0 };
	size_t length = strlen(thing);
	const char *ending = "s";

	if (count == 1)
		ending = "";
	else if (length && thing[length - 1] == 's')
		ending = "es";
	snprintf(figure.text, sizeof(figure.text), "%.30s %.28s%s", format_count(count).text, thing,
		 ending);
	return figure;
}

struct figure format_bytes(uint64_t bytes)
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes;
	size_t i = 0;

	if (bytes == NO_VALUE)
		return not_available();
	for (; value >= 1023.5 && i + 1 < ARRAY_LEN(names); i++)
		value /= 1024;
	return format_value(value, i && value < 9.95 ? 1 : 0, names[i]);
}

struct figure format_rate(uint64_t count, uint64_t ns)
{
	double rate = ns ? (double)count * (double)NSEC_PER_SEC / (double)ns : 0;

	return format_value(rate, rate < 99.95 ? 1 : 0, "");
}

double share_of(uint64_t part, uint64_t whole)
{
	if (!whole)
		return 0;
	return part >= whole ? 1 : (double)part / (double)whole;
}

struct figure format_share(uint64_t part, uint64_t whole)
{
	return format_value(share_of(part, whole) * 100, 1, "%");
}

struct figure format_small_share(double share)
{
	double percent = share * 100;

	if (!isfinite(share))
		return not_available();
	/* A cost or a loss that exists is never printed as none. */
	if (percent > 0 && percent < 0.0005)
		return (struct figure){ "under 0.001 %" };
	if (percent > 1e6)
		percent = 1e6;
	return format_value(percent, percent < 0.0995 ? 3 : percent < 0.995 ? 2 : 1, "%");
}
