// SPDX-License-Identifier: BSD-2-Clause
/*
 * rusage CMD ARGS…: runs the command and prints what the kernel counted for it (wait4) and for this
 * process: voluntary and involuntary switches, and CPU time in ns.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static long long cpu_ns(const struct rusage *usage)
{
	return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000000ll +
	       (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1000ll;
}

int main(int argc, char **argv)
{
	struct rusage child, self;
	pid_t pid = argc > 1 ? fork() : -1;

	if (pid < 0)
		return 1;
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	wait4(pid, NULL, 0, &child);
	getrusage(RUSAGE_SELF, &self);
	printf("%ld %ld %lld\n", child.ru_nvcsw + self.ru_nvcsw, child.ru_nivcsw + self.ru_nivcsw,
	       cpu_ns(&child) + cpu_ns(&self));
	return 0;
}
