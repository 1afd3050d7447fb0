// SPDX-License-Identifier: BSD-2-Clause
/* Who gets a place at the daemon, and who reaches one at all. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"
#include "tests/support/api.h"
#include "tests/support/command.h"

TestSuite(api_connections, .timeout = 60);

static void connect_and_leave(const struct api_daemon *daemon, size_t count)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fds[128];

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", daemon->socket);
	for (size_t i = 0; i < count; i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		cr_assert_eq(connect(fds[i], (struct sockaddr *)&address, sizeof(address)), 0);
	}
	usleep(300000);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	usleep(300000);
}

/* There are places for 64; the others wait in the queue. */
Test(api_connections, answers_again_after_every_place_was_taken)
{
	static const size_t crowds[] = { 64, 70, 128, 64 };
	struct api_daemon daemon = api_start();

	for (size_t i = 0; i < sizeof(crowds) / sizeof(crowds[0]); i++) {
		struct api_answer answer;

		connect_and_leave(&daemon, crowds[i]);
		answer = api_ask(&daemon, "GET", "/v1/health", NULL);
		cr_assert_eq(answer.status, 200, "after %zu", crowds[i]);
		api_release(&answer);
	}
	cr_assert_eq(api_stop(&daemon), 0);
}

/* Nobody's, and many, each with half a request that never becomes a whole one. */
static pid_t start_strangers(const struct api_daemon *daemon, int count)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", daemon->socket);
	if (setgid(65534) < 0 || setuid(65534) < 0)
		_exit(1);
	for (int i = 0; i < count; i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
			_exit(1);
		send(fd, "GET /v1/he", 10, MSG_NOSIGNAL);
	}
	pause();
	_exit(0);
}

/* As a socket that systemd makes is, unless its unit says otherwise. */
Test(api_connections, strangers_who_take_every_place_are_not_in_roots_way)
{
	struct api_daemon daemon = api_start();
	struct api_answer answer;
	uint64_t asked_ns;
	pid_t strangers;

	cr_assert_eq(chmod(daemon.socket, 0666), 0);
	strangers = start_strangers(&daemon, 200);
	usleep(500000);
	asked_ns = monotonic_ns();
	answer = api_ask(&daemon, "GET", "/v1/health", NULL);
	cr_assert_eq(answer.status, 200);
	cr_assert_lt(monotonic_ns() - asked_ns, NSEC_PER_SEC);
	cr_assert_eq(waitpid(strangers, NULL, WNOHANG), 0, "they are still there");
	api_release(&answer);
	kill(strangers, SIGKILL);
	waitpid(strangers, NULL, 0);
	cr_assert_eq(api_stop(&daemon), 0);
}

/* The name that the kernel shows everybody leads nowhere. */
Test(api_connections, only_its_client_reaches_a_private_daemon)
{
	struct command_result result = command_run(
		"$P attach -q -d 2s $$ > /dev/null & c=$!; sleep 1; "
		"setpriv --reuid 65534 --regid 65534 --clear-groups /usr/bin/python3 -c '\n"
		"import socket, sys\n"
		"names = [l.split()[7] for l in open(\"/proc/net/unix\") if sys.argv[1] in l]\n"
		"for name in names:\n"
		"    try:\n"
		"        s = socket.socket(socket.AF_UNIX)\n"
		"        s.connect(name.replace(\"@\", \"\\0\"))\n"
		"        print(\"reached\", name)\n"
		"    except OSError as error:\n"
		"        print(type(error).__name__)\n"
		"' partrace-$c- | sort -u; wait $c");

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert_str_eq(result.out, "FileNotFoundError\n");
	command_release(&result);
}

/* A private daemon that is this script, which has its socket as descriptor 3. */
static void assert_unserved(const char *daemon, const char *says)
{
	char script[512];
	struct command_result result;

	snprintf(script, sizeof(script),
		 "d=$(mktemp -d); cp $P $d/partrace; printf '#!/bin/sh\n%s\n' > $d/partraced; "
		 "chmod +x $d/partraced; timeout 20 $d/partrace attach -q -d 1s $$; s=$?; "
		 "rm -r $d; exit $s",
		 daemon);
	result = command_run(script);
	assert_sentence(&result, daemon, 1, says);
	command_release(&result);
}

Test(api_connections, a_private_daemon_that_does_not_come_to_serve_is_said)
{
	assert_unserved("exec 3<&-; exec sleep 60", "partraced does not answer");
	assert_unserved("kill -KILL $$", "partraced was ended by signal 9");
}
