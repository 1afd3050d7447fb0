// SPDX-License-Identifier: BSD-2-Clause
/*
 * crowd COUNT: COUNT processes of its name, itself included, that do nothing until it is sent
 * SIGTERM, or for a minute. They share its memory and files, so that thousands of them are cheap;
 * they die with it.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_BYTES 4096

static int rest(void *leader)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == *(pid_t *)leader)
		pause();
	return 0;
}

static pid_t clone_at(char *stack, pid_t *leader)
{
	return clone(rest, stack + STACK_BYTES, CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD,
		     leader);
}

int main(int argc, char **argv)
{
	size_t count = argc > 1 ? (size_t)atol(argv[1]) : 10, made = 1;
	pid_t leader = getpid(), *pids = calloc(count, sizeof(*pids));
	char *stacks = mmap(NULL, count * STACK_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigset_t ending;
	int signal;

	alarm(60);
	sigemptyset(&ending);
	sigaddset(&ending, SIGTERM);
	sigprocmask(SIG_BLOCK, &ending, NULL);
	for (; pids && stacks != MAP_FAILED && made < count; made++) {
		pids[made] = clone_at(stacks + made * STACK_BYTES, &leader);
		if (pids[made] < 0)
			break;
	}
	printf("%zu\n", made);
	fflush(stdout);
	sigwait(&ending, &signal);
	for (size_t i = 1; i < made; i++)
		kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	return made == count ? 0 : 1;
}
