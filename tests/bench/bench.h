/* SPDX-License-Identifier: BSD-2-Clause */
/* What the benchmarks share: commands in the background, and what the kernel says of a program. */
#ifndef PARTRACE_TESTS_BENCH_H
#define PARTRACE_TESTS_BENCH_H

#include <stdbool.h>
#include <sys/types.h>

#define PIPE_BENCH "perf bench sched pipe -T"

/* Of one loaded BPF program; bpf_stats must be on. Zeros if there is none of that name. */
struct cost_sample {
	double run_time_ns;
	double runs;
};
struct cost_sample cost_of(const char *program_name);
/* Whether none of that name is loaded yet: with two, cost_of() could not tell whose it reads. */
bool cost_is_unique(const char *program_name);
/* Of the program of that name that this process has loaded; of all that it has, if NULL. */
struct cost_sample cost_in(pid_t pid, const char *program_name);
/* Nanoseconds a run between two samples; 0 if it never ran. */
double cost_between(struct cost_sample from, struct cost_sample to);

/* A shell command in a process group of its own. `held`: it waits for SIGCONT before it starts. */
pid_t bench_start(const char *command, int held);
void bench_resume(pid_t pid);
/* SIGINT to the whole group, as Ctrl-C would, then waits for the command. */
void bench_stop(pid_t pid);
/* Waits for the command to end by itself; its exit status. */
int bench_finish(pid_t pid);

void bench_sleep_ms(unsigned int ms);
double bench_median(double *values, unsigned int count);

/* Prints one row; a bound of 0 or less: shown only. Returns 1 if over it, or not a number. */
int bench_check(const char *what, double value, double bound, const char *unit);

/* The private daemon of a partrace that runs; 0: none. */
pid_t bench_daemon_of(pid_t client);
/* VmRSS; 0 if there is no such process. */
double bench_resident_mb(pid_t pid);

#endif
