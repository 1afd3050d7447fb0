// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/victim.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/owned.h"

#define STOP_TRIES 500

struct victim victim_start(const char *command, unsigned int ms)
{
	struct victim victim = { .leader = fork() };
	char script[1024];

	if (victim.leader == 0) {
		setsid();
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(126);
		snprintf(script, sizeof(script), "exec %s", command);
		execl("/bin/sh", "sh", "-c", script, NULL);
		_exit(127);
	}
	usleep(ms * 1000);
	return victim;
}

static size_t read_text(const char *path, char *text, size_t size)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	size_t got = file ? fread(text, 1, size - 1, file) : 0;

	text[got] = '\0';
	return got;
}

/* State and session out of a stat file; what is before the last ')' may be anything. */
static int read_stat(const char *path, char *state, pid_t *session)
{
	char text[1024], *end;

	if (!read_text(path, text, sizeof(text)))
		return -1;
	end = strrchr(text, ')');
	return end && sscanf(end + 1, " %c %*d %*d %d", state, session) == 2 ? 0 : -1;
}

static void find_processes(struct victim *victim)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	char path[64], state;
	pid_t session;

	victim->count = 0;
	while ((entry = readdir(processes))) {
		pid_t pid = (pid_t)atoi(entry->d_name);

		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		if (pid <= 0 || read_stat(path, &state, &session) < 0 ||
		    session != victim->leader || state == 'Z')
			continue;
		cr_assert(victim->count < VICTIM_PROCESSES_MAX, "too many processes");
		victim->pids[victim->count++] = pid;
	}
	closedir(processes);
}

static void each_thread(const struct victim *victim, void (*fn)(const char *folder, void *context),
			void *context)
{
	for (size_t i = 0; i < victim->count; i++) {
		char path[64], folder[400];
		struct dirent *entry;
		DIR *threads;

		snprintf(path, sizeof(path), "/proc/%d/task", victim->pids[i]);
		threads = opendir(path);
		while (threads && (entry = readdir(threads))) {
			snprintf(folder, sizeof(folder), "%s/%s", path, entry->d_name);
			if (*entry->d_name != '.')
				fn(folder, context);
		}
		if (threads)
			closedir(threads);
	}
}

/* For the sentence of a test that gives up. */
static char last_moving[500];

static void count_moving(const char *folder, void *context)
{
	unsigned int *moving = context;
	char path[420], state;
	pid_t session;

	snprintf(path, sizeof(path), "%s/stat", folder);
	if (read_stat(path, &state, &session) || state == 'T' || state == 'Z' || state == 'X')
		return;
	(*moving)++;
	snprintf(last_moving, sizeof(last_moving), "%s is %c", folder, state);
}

/* Children that are born meanwhile are met in the next round. */
void victim_stop(struct victim *victim)
{
	unsigned int moving = 1;
	size_t before = 0;

	for (int tries = 0; tries < STOP_TRIES && (moving || before != victim->count); tries++) {
		before = victim->count;
		find_processes(victim);
		for (size_t i = 0; i < victim->count; i++)
			kill(victim->pids[i], SIGSTOP);
		usleep(2000);
		moving = 0;
		each_thread(victim, count_moving, &moving);
	}
	cr_assert(!moving && victim->count, "%zu processes, %u threads do not stop: %s",
		  victim->count, moving, last_moving);
}

void victim_continue(const struct victim *victim)
{
	for (size_t i = 0; i < victim->count; i++)
		kill(victim->pids[i], SIGCONT);
}

void victim_kill(struct victim *victim)
{
	find_processes(victim);
	for (size_t i = 0; i < victim->count; i++)
		kill(victim->pids[i], SIGKILL);
	waitpid(victim->leader, NULL, 0);
}

static double number_after(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? strtod(at + strlen(key), NULL) : 0;
}

static void add_thread(const char *folder, void *context)
{
	struct victim_account *account = context;
	double running_ns, ready_ns;
	char path[420], text[4096];

	snprintf(path, sizeof(path), "%s/status", folder);
	if (!read_text(path, text, sizeof(text)))
		return;
	/* The first key is within the second: only a line's beginning counts. */
	account->voluntary += number_after(text, "\nvoluntary_ctxt_switches:");
	account->involuntary += number_after(text, "\nnonvoluntary_ctxt_switches:");
	snprintf(path, sizeof(path), "%s/schedstat", folder);
	if (!read_text(path, text, sizeof(text)) ||
	    sscanf(text, "%lf %lf", &running_ns, &ready_ns) != 2)
		return;
	account->running_ns += running_ns;
	account->ready_ns += ready_ns;
	account->threads++;
}

struct victim_account victim_account(const struct victim *victim)
{
	struct victim_account account = { 0 };

	each_thread(victim, add_thread, &account);
	return account;
}
