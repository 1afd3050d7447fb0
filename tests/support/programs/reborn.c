// SPDX-License-Identifier: BSD-2-Clause
/* reborn: two children, one after the other, of the same PID: "first" sleeps, then `sleep 0.2`. */
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Root may choose a child's PID, where it is free. 0 in the child; -1 and errno. */
static pid_t fork_as(pid_t pid)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = pid ? (uint64_t)(uintptr_t)&pid : 0,
		.set_tid_size = pid ? 1 : 0,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

int main(void)
{
	pid_t pid = fork_as(0);

	if (pid == 0) {
		prctl(PR_SET_NAME, "first");
		usleep(100000);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
	if (pid > 0 && fork_as(pid) == 0) {
		execlp("sleep", "sleep", "0.2", NULL);
		_exit(127);
	}
	if (pid > 0 && wait(NULL) == pid)
		return 0;
	perror("reborn");
	return 1;
}
