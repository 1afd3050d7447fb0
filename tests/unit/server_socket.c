// SPDX-License-Identifier: BSD-2-Clause
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/owned.h"
#include "daemon/server/server.h"

static char folder[32], path[64];

static void make_folder(void)
{
	strcpy(folder, "/tmp/partrace-test-XXXXXX");
	cr_assert(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/d.sock", folder);
}

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

TestSuite(listening, .init = make_folder, .fini = remove_folder);

Test(listening, makes_a_socket_that_others_cannot_reach)
{
	struct stat status;
	bool made;
	_cleanup_close_ int fd = server_listen(path, &made);

	cr_assert(fd >= 0);
	cr_assert(made);
	cr_assert_eq(stat(path, &status), 0);
	cr_assert_eq(status.st_mode & 0777, 0660);
}

Test(listening, refuses_where_a_living_daemon_listens)
{
	bool made;
	_cleanup_close_ int fd = server_listen(path, &made);

	cr_assert(fd >= 0);
	cr_assert_eq(server_listen(path, &made), -EADDRINUSE);
	cr_assert_not(made);
}

Test(listening, takes_the_place_of_a_dead_daemon)
{
	bool made;
	int dead = server_listen(path, &made);
	_cleanup_close_ int fd = -1;

	close(dead);
	fd = server_listen(path, &made);
	cr_assert(fd >= 0);
	cr_assert(made);
}

Test(listening, never_removes_what_is_no_socket)
{
	FILE *file = fopen(path, "w");
	bool made;

	cr_assert(file);
	fclose(file);
	cr_assert_eq(server_listen(path, &made), -EEXIST);
	cr_assert_eq(access(path, F_OK), 0);
}

Test(listening, refuses_a_path_that_is_too_long)
{
	char name[200];
	bool made;

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	cr_assert_eq(server_listen(name, &made), -ENAMETOOLONG);
}
