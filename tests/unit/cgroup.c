// SPDX-License-Identifier: BSD-2-Clause
/* A tree as container runtimes and systemd make it, in a folder of the test's own. */
#include "daemon/cgroup.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/owned.h"

#define ID "1f2e3d4c5b6a798081726354abcdef0011223344556677889900aabbccddeeff"

static char root[] = "/tmp/partrace-unit-XXXXXX";

static void make_root(void)
{
	cr_assert(mkdtemp(root));
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

static void remove_root(void)
{
	nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(cgroup, .init = make_root, .fini = remove_root);

static void make(const char *below)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", root, below);
	for (char *at = path + sizeof(root); *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		mkdir(path, 0700);
		*at = '/';
	}
	cr_assert_eq(mkdir(path, 0700), 0, "%s", path);
}

static void assert_found(const char *text, const char *below)
{
	char path[PATH_MAX] = "", expected[PATH_MAX];
	unsigned int matches = cgroup_search(root, text, path);

	snprintf(expected, sizeof(expected), "%s/%s", root, below);
	cr_assert_eq(matches, 1, "%s: %u matches", text, matches);
	cr_assert_str_eq(path, expected);
}

static void assert_matches(const char *text, unsigned int expected)
{
	char path[PATH_MAX];
	unsigned int matches = cgroup_search(root, text, path);

	cr_assert_eq(matches, expected, "%s: %u matches", text, matches);
}

/* Whole, and as the runtimes print it. */
static void assert_container(const char *below)
{
	make(below);
	assert_found(ID, below);
	assert_found("1f2e3d4c5b6a", below);
}

Test(cgroup, of_docker_with_systemd_is_found_by_its_id)
{
	assert_container("system.slice/docker-" ID ".scope");
}

Test(cgroup, of_docker_without_systemd_is_found_by_its_id)
{
	assert_container("docker/" ID);
}

Test(cgroup, of_containerd_is_found_by_its_id)
{
	assert_container("system.slice/nerdctl-" ID ".scope");
}

Test(cgroup, of_kubernetes_with_systemd_is_found_by_its_id)
{
	make("kubepods.slice/kubepods-besteffort.slice");
	assert_container("kubepods.slice/kubepods-burstable.slice/"
			 "kubepods-burstable-pod0a1b2c3d_1111_2222_3333_444455556666.slice/"
			 "cri-containerd-" ID ".scope");
}

Test(cgroup, of_kubernetes_without_systemd_is_found_by_its_id)
{
	assert_container("kubepods/burstable/pod0a1b2c3d-1111-2222-3333-444455556666/" ID);
}

Test(cgroup, of_podman_is_the_containers_and_not_its_monitors)
{
	make("machine.slice/libpod-conmon-" ID ".scope");
	assert_container("machine.slice/libpod-" ID ".scope");
	make("machine.slice/libpod-" ID ".scope/container");
	assert_found(ID, "machine.slice/libpod-" ID ".scope");
}

Test(cgroup, of_rootless_podman_is_found_by_its_id)
{
	assert_container("user.slice/user-1000.slice/user@1000.service/user.slice/"
			 "libpod-" ID ".scope");
}

Test(cgroup, of_cri_o_is_the_containers_and_not_its_monitors)
{
	make("kubepods.slice/crio-conmon-" ID ".scope");
	assert_container("kubepods.slice/crio-" ID ".scope");
}

Test(cgroup, of_a_unit_is_found_with_and_without_service)
{
	make("system.slice/cron.service");
	assert_found("cron", "system.slice/cron.service");
	assert_found("cron.service", "system.slice/cron.service");
	make("system.slice/system-getty.slice/getty@tty1.service");
	assert_found("getty@tty1", "system.slice/system-getty.slice/getty@tty1.service");
}

Test(cgroup, of_a_users_unit_is_found_like_the_systems)
{
	make("user.slice/user-1000.slice/user@1000.service/app.slice/orderd.service");
	assert_found("orderd",
		     "user.slice/user-1000.slice/user@1000.service/app.slice/orderd.service");
	assert_found("user-1000.slice", "user.slice/user-1000.slice");
}

Test(cgroup, of_a_name_that_is_only_begun_is_not_found)
{
	make("system.slice/cron.service");
	make("system.slice/docker-" ID ".scope");
	assert_matches("cro", 0);
	assert_matches("ron", 0);
	assert_matches("1f2e3d4c5b6", 0);
	assert_matches("2e3d4c5b6a79", 0);
}

Test(cgroup, of_a_name_that_several_bear_is_not_chosen)
{
	make("system.slice/orderd.service");
	make("user.slice/user-1000.slice/user@1000.service/app.slice/orderd.service");
	assert_matches("orderd", 2);
	make("docker/" ID);
	make("docker/1f2e3d4c5b6affffffffffffffffffffffffffffffffffffffffffffffffffff");
	assert_matches("1f2e3d4c5b6a", 2);
	assert_matches(ID, 1);
}
