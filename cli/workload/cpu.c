// SPDX-License-Identifier: BSD-2-Clause
#include "base/units.h"
#include "cli/workload/run.h"

#define CALIBRATION_ROUNDS 2000000ull
#define CALIBRATIONS       8

/* Arithmetic that depends on itself and that no compiler may drop. */
static void spin(uint64_t rounds)
{
	uint64_t state = rounds | 1;

	for (uint64_t i = 0; i < rounds; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		__asm__ volatile("" : "+r"(state));
	}
}

/* The best of a few: whatever disturbs can only make it slower. */
double cpu_calibrate(void)
{
	uint64_t best_ns = UINT64_MAX;

	for (int i = 0; i < CALIBRATIONS; i++) {
		uint64_t from_ns = clock_now_ns(CLOCK_THREAD_CPUTIME_ID), took_ns;

		spin(CALIBRATION_ROUNDS);
		took_ns = clock_now_ns(CLOCK_THREAD_CPUTIME_ID) - from_ns;
		if (took_ns < best_ns)
			best_ns = took_ns;
	}
	return (double)CALIBRATION_ROUNDS / (double)best_ns;
}

double workload_calibrate(void)
{
	return cpu_calibrate();
}

void cpu_work(const struct arena *arena, uint64_t ns)
{
	spin((uint64_t)((double)ns * arena->rounds_per_ns));
}

int cpu_task_of(struct worker *worker, uint64_t ns)
{
	for (uint64_t done_ns = 0; done_ns < ns && !worker->arena->stop; done_ns += SLICE_NS)
		cpu_work(worker->arena, ns - done_ns < SLICE_NS ? ns - done_ns : SLICE_NS);
	return 0;
}

static int cpu_task(struct worker *worker)
{
	return cpu_task_of(worker, worker->arena->plan.task_time_ns);
}

const struct workload workload_cpu = {
	.name = "cpu",
	.summary = "arithmetic only: gains with the workers until the CPUs run out",
	.details =
		"Each task is a fixed amount of arithmetic, calibrated before the start. The "
		"report "
		"shows running and ready time only; with more workers than CPUs, ready grows.\n"
		"Try next: sudo partrace run cpu --procs 8, sudo partrace run cpu --runtime python "
		"--threads 8, sudo partrace run io --threads 8",
	.knows = OPTION_TASKS | OPTION_TASK_TIME | OPTION_WORK,
	.has_python_twin = true,
	.task = cpu_task,
};
