// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bench/bench.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static bool info_of(__u32 id, struct bpf_prog_info *ret)
{
	__u32 size = sizeof(*ret);
	int fd = bpf_prog_get_fd_by_id(id);
	bool found;

	if (fd < 0)
		return false;
	memset(ret, 0, sizeof(*ret));
	found = !bpf_obj_get_info_by_fd(fd, ret, &size);
	close(fd);
	return found;
}

struct cost_sample cost_of(const char *program_name)
{
	struct cost_sample sample = { 0, 0 };
	struct bpf_prog_info info;
	__u32 id = 0;

	while (!bpf_prog_get_next_id(id, &id))
		if (info_of(id, &info) && !strcmp(info.name, program_name))
			sample = (struct cost_sample){ (double)info.run_time_ns,
						       (double)info.run_cnt };
	return sample;
}

static bool is_loaded(const char *program_name)
{
	struct bpf_prog_info info;
	__u32 id = 0;

	while (!bpf_prog_get_next_id(id, &id))
		if (info_of(id, &info) && !strcmp(info.name, program_name))
			return true;
	return false;
}

bool cost_is_unique(const char *program_name)
{
	bool loaded = true;

	/* The kernel takes its time to unload what the bench before this one had. */
	for (int i = 0; i < 50 && (loaded = is_loaded(program_name)); i++)
		bench_sleep_ms(100);
	return !loaded;
}

/* The program behind a file descriptor of the process; 0: it is none (links have IDs, too). */
static __u32 program_at(pid_t pid, const char *fd)
{
	char path[300], line[128];
	unsigned int id = 0, found = 0, jited;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", pid, fd);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		sscanf(line, "prog_id: %u", &id);
		found += sscanf(line, "prog_jited: %u", &jited) == 1;
	}
	if (file)
		fclose(file);
	return found ? id : 0;
}

struct cost_sample cost_in(pid_t pid, const char *program_name)
{
	struct cost_sample sum = { 0, 0 };
	struct bpf_prog_info info;
	struct dirent *entry;
	char path[64];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		__u32 id = program_at(pid, entry->d_name);

		if (!id || !info_of(id, &info) ||
		    (program_name && strncmp(info.name, program_name, sizeof(info.name) - 1)))
			continue;
		sum.run_time_ns += (double)info.run_time_ns;
		sum.runs += (double)info.run_cnt;
	}
	if (folder)
		closedir(folder);
	return sum;
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
		/* Also when the bench gives up in the middle. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
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

int bench_check(const char *what, double value, double bound, const char *unit)
{
	int over = isnan(value) || (bound > 0 && value > bound);

	printf("%-46s %8.2f %s", what, value, unit);
	if (bound > 0)
		printf("   at most %.2f %s  %s", bound, unit, over ? "OVER" : "ok");
	printf("\n");
	return over;
}

pid_t bench_daemon_of(pid_t client)
{
	char command[64], line[32] = "";
	FILE *answer;

	snprintf(command, sizeof(command), "pgrep -P %d -x partraced", client);
	answer = popen(command, "r");
	if (answer) {
		if (!fgets(line, sizeof(line), answer))
			line[0] = '\0';
		pclose(answer);
	}
	return atoi(line);
}

double bench_resident_mb(pid_t pid)
{
	char path[64], line[256];
	double kb = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmRSS: %lf", &kb) == 1)
			break;
	if (file)
		fclose(file);
	return kb / 1024;
}
