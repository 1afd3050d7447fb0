// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/lineage.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/owned.h"

/* Says who it is once it is sure to end with its parent, and waits for that. */
static void tell_and_wait(int fd)
{
	pid_t self = getpid();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(fd, &self, sizeof(self)) > 0)
		pause();
	_exit(0);
}

/* A child that ends with us and has a child itself, whose number that tells. */
static pid_t start_family(pid_t *ret_grandchild)
{
	int ends[2];
	pid_t child;

	cr_assert_eq(pipe(ends), 0);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!fork())
			tell_and_wait(ends[1]);
		pause();
		_exit(0);
	}
	cr_assert_eq(read(ends[0], ret_grandchild, sizeof(*ret_grandchild)),
		     (ssize_t)sizeof(*ret_grandchild));
	close(ends[0]);
	close(ends[1]);
	return child;
}

static bool has(const pid_t *pids, ssize_t count, pid_t pid)
{
	for (ssize_t i = 0; i < count; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

Test(lineage, has_children_and_their_children_but_not_the_roots)
{
	_cleanup_free_ pid_t *pids = NULL;
	pid_t grandchild, child = start_family(&grandchild), self = getpid();
	ssize_t count = lineage_descendants(&self, 1, &pids);

	cr_assert_eq(count, 2);
	cr_assert(has(pids, count, child) && has(pids, count, grandchild));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

Test(lineage, of_who_is_a_root_himself_only_his_children_are_counted)
{
	pid_t grandchild, child = start_family(&grandchild);
	pid_t roots[] = { getpid(), child };

	cr_assert_eq(lineage_descendants(roots, 2, NULL), 1);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

Test(lineage, a_child_that_has_ended_is_none)
{
	pid_t self = getpid(), child = fork();

	if (!child)
		_exit(0);
	waitid(P_PID, (id_t)child, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	cr_assert_eq(lineage_descendants(&self, 1, NULL), 0);
	waitpid(child, NULL, 0);
}

Test(lineage, nobody_descends_from_who_is_not_there)
{
	pid_t nobody = 999999999;

	cr_assert_eq(lineage_descendants(&nobody, 1, NULL), 0);
}
