// SPDX-License-Identifier: BSD-2-Clause
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/owned.h"
#include "cli/client/leftovers.h"

static char folder[64];

static void make_folder(void)
{
	strcpy(folder, "/tmp/partrace-test-XXXXXX");
	cr_assert(mkdtemp(folder));
}

static void remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	cr_assert_eq(system(command), 0);
}

TestSuite(client_leftovers, .init = make_folder, .fini = remove_folder);

static pid_t dead(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	cr_assert_eq(waitpid(child, NULL, 0), child);
	return child;
}

static void set_age(const char *path, time_t age_s)
{
	struct timespec then = { .tv_sec = time(NULL) - age_s };

	cr_assert_eq(utimensat(AT_FDCWD, path, (struct timespec[]){ then, then }, 0), 0);
}

/* A folder as `maker` would have made it, this long ago. */
static void leave(pid_t maker, time_t age_s, char path[96])
{
	snprintf(path, 96, LEFTOVER_FORMAT, folder, maker);
	cr_assert(mkdtemp(path));
	set_age(path, age_s);
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Is such a folder still there when leftovers have been removed? */
static bool stays(pid_t maker, time_t age_s)
{
	char path[96];

	leave(maker, age_s, path);
	leftovers_remove(folder);
	return is_there(path);
}

Test(client_leftovers, of_the_dead_are_removed)
{
	cr_assert_not(stays(dead(), LEFTOVER_AGE_S + 1));
}

Test(client_leftovers, are_removed_with_the_socket_in_them)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char path[96];

	leave(dead(), 0, path);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", path);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	set_age(path, LEFTOVER_AGE_S + 1);
	leftovers_remove(folder);
	close(fd);
	cr_assert_not(is_there(path));
}

Test(client_leftovers, of_the_living_stay)
{
	cr_assert(stays(getpid(), LEFTOVER_AGE_S + 1));
}

Test(client_leftovers, that_are_young_stay)
{
	cr_assert(stays(dead(), 0));
}

Test(client_leftovers, of_another_user_stay)
{
	char path[96];

	if (geteuid() != 0)
		cr_skip("needs root");
	leave(dead(), LEFTOVER_AGE_S + 1, path);
	cr_assert_eq(chown(path, 65534, 65534), 0);
	leftovers_remove(folder);
	cr_assert(is_there(path));
}

Test(client_leftovers, with_somebodys_file_in_them_stay)
{
	char path[96], file[112];

	leave(dead(), 0, path);
	snprintf(file, sizeof(file), "%s/socket", path);
	close(open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	set_age(path, LEFTOVER_AGE_S + 1);
	leftovers_remove(folder);
	cr_assert(is_there(file));
}

Test(client_leftovers, by_the_way_of_a_link_are_not_found)
{
	char path[96], link[128], elsewhere[96];

	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", folder);
	cr_assert_eq(mkdir(elsewhere, 0700), 0);
	set_age(elsewhere, LEFTOVER_AGE_S + 1);
	snprintf(link, sizeof(link), "%s/partrace-%d-abcdef", folder, dead());
	cr_assert_eq(symlink("elsewhere", link), 0);
	leave(dead(), LEFTOVER_AGE_S + 1, path);
	leftovers_remove(folder);
	cr_assert_not(is_there(path));
	cr_assert(is_there(link));
	cr_assert(is_there(elsewhere));
}

Test(client_leftovers, other_names_stay)
{
	static const char *const before[] = { "partrace", "partrace", "partrace", "xpartrace" };
	static const char *const after[] = { "abcde", "abcdefg", "abc.ef", "abcdef" };
	char path[112];

	for (size_t i = 0; i < ARRAY_LEN(after); i++) {
		snprintf(path, sizeof(path), "%s/%s-%d-%s", folder, before[i], dead(), after[i]);
		cr_assert_eq(mkdir(path, 0700), 0);
		set_age(path, LEFTOVER_AGE_S + 1);
		leftovers_remove(folder);
		cr_assert(is_there(path), "%s", path);
	}
}
