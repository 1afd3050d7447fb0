// SPDX-License-Identifier: BSD-2-Clause
/*
 * sweep_probing PARTRACE: whether probing bends the curve. The same small sweep alternately with
 * and without probes; at each point the medians may differ by no more than the runs scatter.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

#define SWEEPS  7
#define POINTS  4
#define COLUMNS 8 /* of the CSV, up to the time */
/* Times of a run are told apart no finer than this, whatever the spread of a few. */
#define FLOOR 0.01

static const char *const workloads[] = { "cpu", "lock", "io" };

struct times {
	double ns[POINTS][SWEEPS];
};

static double time_in(const char *line)
{
	for (int column = 0; column < COLUMNS - 1 && line; column++) {
		line = strchr(line, ',');
		line = line ? line + 1 : NULL;
	}
	return line ? strtod(line, NULL) : 0;
}

/* 0, or 1 when not every point has a time. */
static int sweep(const char *partrace, const char *workload, const char *option, int index,
		 struct times *ret)
{
	char command[512], line[1024];
	int point = 0;
	FILE *out;

	snprintf(command, sizeof(command),
		 "%s sweep %s --mode threads --workers 1,2,4,8 --repeat 1 --tasks 40 --task-time "
		 "10ms --csv -q %s </dev/null",
		 partrace, workload, option);
	out = popen(command, "r");
	if (!out || !fgets(line, sizeof(line), out))
		return 1;
	while (point < POINTS && fgets(line, sizeof(line), out))
		ret->ns[point++][index] = time_in(line);
	if (pclose(out) != 0 || point < POINTS)
		return 1;
	for (point = 0; point < POINTS; point++)
		if (!(ret->ns[point][index] > 0))
			return 1;
	return 0;
}

/* bench_median() sorts them. */
static double spread_of(const double *sorted, double median)
{
	return (sorted[SWEEPS - 1] - sorted[0]) / median;
}

static int judge(const char *workload, struct times *alone, struct times *probed)
{
	int over = 0;

	for (int point = 0; point < POINTS; point++) {
		double without = bench_median(alone->ns[point], SWEEPS);
		double with = bench_median(probed->ns[point], SWEEPS);
		double spread = fmax(spread_of(alone->ns[point], without),
				     spread_of(probed->ns[point], with));
		char what[64];

		snprintf(what, sizeof(what), "%s, %d workers: apart by", workload, 1 << point);
		over += bench_check(what, fabs(with / without - 1) * 100, fmax(spread, FLOOR) * 100,
				    "%");
	}
	return over;
}

int main(int argc, char **argv)
{
	int over = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: sweep_probing PARTRACE\n");
		return 2;
	}
	printf("\nsweeps with probes against those without: no further apart than their spread\n");
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
		struct times alone, probed;

		for (int k = 0; k < SWEEPS; k++)
			if (sweep(argv[1], workloads[i], "--no-probe", k, &alone) ||
			    sweep(argv[1], workloads[i], "", k, &probed)) {
				fprintf(stderr, "sweep_probing: a sweep of %s failed\n",
					workloads[i]);
				return 1;
			}
		over += judge(workloads[i], &alone, &probed);
	}
	return over ? 1 : 0;
}
