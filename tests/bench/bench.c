// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bench/bench.h"

#include <bpf/bpf.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct cost_sample cost_of(const char *program_name)
{
	struct cost_sample sample = { 0, 0 };
	__u32 id = 0;

	while (!bpf_prog_get_next_id(id, &id)) {
		struct bpf_prog_info info = { 0 };
		__u32 size = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id);

		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &info, &size) && !strcmp(info.name, program_name))
			sample = (struct cost_sample){ (double)info.run_time_ns,
						       (double)info.run_cnt };
		close(fd);
	}
	return sample;
}

double cost_between(struct cost_sample from, struct cost_sample to)
{
	return to.runs > from.runs ? (to.run_time_ns - from.run_time_ns) / (to.runs - from.runs)
				   : 0;
}

pid_t bench_start(const char *command, int held)
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		if (held)
			raise(SIGSTOP);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	setpgid(pid, pid);
	if (held)
		waitpid(pid, NULL, WUNTRACED);
	return pid;
}

void bench_resume(pid_t pid)
{
	kill(pid, SIGCONT);
}

void bench_stop(pid_t pid)
{
	kill(-pid, SIGINT);
	bench_sleep_ms(100);
	kill(-pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

int bench_finish(pid_t pid)
{
	int status = 0;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void bench_sleep_ms(unsigned int ms)
{
	struct timespec rest = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&rest, NULL);
}

static int compare(const void *one, const void *other)
{
	double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

double bench_median(double *values, unsigned int count)
{
	qsort(values, count, sizeof(*values), compare);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}
