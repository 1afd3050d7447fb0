// SPDX-License-Identifier: BSD-2-Clause
/*
 * slow_leader: another thread than the first one replaces the program, by itself with "sleep",
 * which sleeps SLEEPS times on both of two CPUs. Meanwhile the first one, whose TID it takes, has
 * yet to make its last switch: it traces dead processes, and the kernel buries them one by one at
 * its end.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <unistd.h>

#define SLEEPS 200
#define DEAD   500

static volatile int traced;

static void run_on(int cpu)
{
	cpu_set_t only;

	CPU_ZERO(&only);
	CPU_SET(cpu, &only);
	sched_setaffinity(0, sizeof(only), &only);
	usleep(100);
}

/* Their parent does not ask for their end, so that it is their tracer's to bury them. */
static void make_children(int numbers)
{
	signal(SIGCHLD, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < DEAD; i++) {
		pid_t child = fork();

		if (!child) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			pause();
			_exit(0);
		}
		if (write(numbers, &child, sizeof(child)) != sizeof(child))
			break;
	}
	pause();
	_exit(0);
}

static void trace_dead_processes(void)
{
	pid_t children[DEAD];
	int numbers[2];

	if (pipe(numbers))
		return;
	if (!fork())
		make_children(numbers[1]);
	for (int i = 0; i < DEAD; i++)
		if (read(numbers[0], &children[i], sizeof(children[i])) == sizeof(children[i]))
			ptrace(PTRACE_SEIZE, children[i], 0, 0);
	for (int i = 0; i < DEAD; i++)
		kill(children[i], SIGKILL);
	usleep(200000);
}

static void *replace(void *nothing)
{
	run_on(0);
	run_on(1);
	while (!traced)
		usleep(1000);
	execl("/proc/self/exe", "slow_leader", "sleep", NULL);
	return nothing;
}

int main(int argc, char **argv)
{
	pthread_t other;

	for (int i = 0; argc > 1 && !strcmp(argv[1], "sleep") && i < SLEEPS / 2; i++) {
		run_on(i & 1);
		usleep(50);
	}
	if (argc > 1)
		return 0;
	trace_dead_processes();
	run_on(1);
	pthread_create(&other, NULL, replace, NULL);
	usleep(20000);
	run_on(0);
	traced = 1;
	for (;;)
		pause();
}
