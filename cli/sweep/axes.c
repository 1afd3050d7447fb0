// SPDX-License-Identifier: BSD-2-Clause
#include "cli/sweep/axes.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EVERY_NUMBER_TO 8u
#define TIMES_CPUS      4u
#define WHAT_IT_TAKES   "such as 1-8 or 1,2,4,8"

size_t axes_curves(const struct sweep_axes *axes)
{
	size_t runtimes = axes->runtime_count ? axes->runtime_count : 1;

	return (axes->workload_count ? axes->workload_count * runtimes * axes->mode_count : 1) *
	       axes->cpus_count;
}

struct sweep_curve_name axes_curve(const struct sweep_axes *axes, size_t index)
{
	struct sweep_curve_name name = { 0 };

	if (axes->workload_count) {
		name.mode = axes->modes[index % axes->mode_count];
		index /= axes->mode_count;
	}
	name.cpus = axes->cpus[index % axes->cpus_count];
	if (!axes->workload_count)
		return name;
	index /= axes->cpus_count;
	if (axes->runtime_count) {
		name.runtime = axes->runtimes[index % axes->runtime_count];
		index /= axes->runtime_count;
	}
	name.workload = axes->workloads[index];
	return name;
}

bool axes_include(const struct sweep_axes *axes, enum workload_runtime runtime)
{
	for (size_t i = 0; i < axes->runtime_count; i++)
		if (axes->runtimes[i] == runtime)
			return true;
	return false;
}

static int parse_number(const char **text, unsigned int limit, unsigned int *ret, char *why,
			size_t why_size)
{
	unsigned long number;
	char *end;

	if (!isdigit((unsigned char)**text)) {
		snprintf(why, why_size, "is not understood; it takes numbers, " WHAT_IT_TAKES);
		return -EINVAL;
	}
	errno = 0;
	number = strtoul(*text, &end, 10);
	if (*end && *end != ',' && *end != '-') {
		snprintf(why, why_size, "is not understood; it takes numbers, " WHAT_IT_TAKES);
		return -EINVAL;
	}
	if (errno || !number || number > limit) {
		snprintf(why, why_size, "names %.*s, which is not from 1 to %u", (int)(end - *text),
			 *text, limit);
		return -EINVAL;
	}
	*text = end;
	*ret = (unsigned int)number;
	return 0;
}

/* N or N-M */
static int parse_range(const char **text, unsigned int limit, unsigned int *first,
		       unsigned int *last, char *why, size_t why_size)
{
	int r = parse_number(text, limit, first, why, why_size);

	if (r < 0)
		return r;
	*last = *first;
	if (**text != '-')
		return 0;
	++*text;
	r = parse_number(text, limit, last, why, why_size);
	if (r < 0)
		return r;
	if (*last < *first) {
		snprintf(why, why_size, "descends from %u to %u; give the smaller one first",
			 *first, *last);
		return -EINVAL;
	}
	if (**text == '-') {
		snprintf(why, why_size, "is not understood; it takes numbers, " WHAT_IT_TAKES);
		return -EINVAL;
	}
	return 0;
}

static int check_order(unsigned int before, unsigned int number, char *why, size_t why_size)
{
	if (number > before)
		return 0;
	if (number == before)
		snprintf(why, why_size, "names %u twice; --repeat measures each more often",
			 number);
	else
		snprintf(why, why_size,
			 "descends from %u to %u; name the smallest first, for the "
			 "order of the runs is shuffled anyway",
			 before, number);
	return -EINVAL;
}

int axes_parse_numbers(const char *text, unsigned int limit, unsigned int *ret, size_t room,
		       size_t *ret_count, char *why, size_t why_size)
{
	size_t count = 0;

	for (;; text++) {
		unsigned int first, last;
		int r = parse_range(&text, limit, &first, &last, why, why_size);

		if (!r && count)
			r = check_order(ret[count - 1], first, why, why_size);
		if (r < 0)
			return r;
		if (last - first >= room - count) {
			snprintf(why, why_size, "names more than %zu numbers", room);
			return -EINVAL;
		}
		while (first <= last)
			ret[count++] = first++;
		if (!*text)
			break;
	}
	*ret_count = count;
	return 0;
}

/* "processes" is what the reports call them. */
static int mode_of(const char *name, size_t length, enum worker_mode *ret)
{
	static const struct {
		const char *name;
		enum worker_mode mode;
	} modes[] = { { "threads", WORKER_THREADS },
		      { "procs", WORKER_PROCESSES },
		      { "processes", WORKER_PROCESSES } };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strlen(modes[i].name) != length || strncmp(modes[i].name, name, length) != 0)
			continue;
		*ret = modes[i].mode;
		return 0;
	}
	return -ENOENT;
}

int axes_parse_modes(const char *text, struct sweep_axes *axes, char *why, size_t why_size)
{
	size_t count = 0;

	for (;; text++) {
		size_t length = strcspn(text, ",");
		enum worker_mode mode;

		if (mode_of(text, length, &mode) < 0) {
			snprintf(why, why_size,
				 "is not understood; it takes threads, procs or "
				 "threads,procs");
			return -EINVAL;
		}
		if (count && (count == 2 || axes->modes[0] == mode)) {
			snprintf(why, why_size, "names a mode twice");
			return -EINVAL;
		}
		axes->modes[count++] = mode;
		text += length;
		if (!*text)
			break;
	}
	axes->mode_count = count;
	return 0;
}

int axes_parse_runtimes(const char *text, struct sweep_axes *axes, char *why, size_t why_size)
{
	size_t count = 0;

	for (;; text++) {
		size_t length = strcspn(text, ",");
		enum workload_runtime runtime = RUNTIME_NATIVE;

		if (length == strlen("python") && !strncmp(text, "python", length))
			runtime = RUNTIME_PYTHON;
		else if (length != strlen("native") || strncmp(text, "native", length) != 0) {
			snprintf(why, why_size,
				 "is not understood; it takes native, python or native,python");
			return -EINVAL;
		}
		if (count && (count == 2 || axes->runtimes[0] == runtime)) {
			snprintf(why, why_size, "names a runtime twice");
			return -EINVAL;
		}
		axes->runtimes[count++] = runtime;
		text += length;
		if (!*text)
			break;
	}
	axes->runtime_count = count;
	return 0;
}

void axes_default_workers(struct sweep_axes *axes, unsigned int cpus, unsigned int fewest)
{
	unsigned int number = fewest;

	axes->workers_count = 0;
	for (; number <= cpus && number <= EVERY_NUMBER_TO; number++)
		axes->workers[axes->workers_count++] = number;
	if (!axes->workers_count)
		axes->workers[axes->workers_count++] = fewest;
	number = axes->workers[axes->workers_count - 1];
	for (number *= 2; number <= TIMES_CPUS * cpus && number <= WORKLOAD_WORKERS_MAX;
	     number *= 2)
		axes->workers[axes->workers_count++] = number;
}
