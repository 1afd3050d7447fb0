/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that we did not write, in a session of its own, stopped and continued so that what the
 * kernel tells of it (/proc) and what is watched are the same window to the switch.
 */
#ifndef PARTRACE_TESTS_VICTIM_H
#define PARTRACE_TESTS_VICTIM_H

#include <stddef.h>
#include <sys/types.h>

#define VICTIM_PROCESSES_MAX 512

struct victim {
	pid_t leader; /* its shell */
	pid_t pids[VICTIM_PROCESSES_MAX];
	size_t count;
};

/* Sums over all threads of all its processes, of status and schedstat. */
struct victim_account {
	double voluntary;
	double involuntary;
	double running_ns;
	double ready_ns;
	unsigned int threads;
};

/* Started by a shell, and left alone for `ms`. */
struct victim victim_start(const char *command, unsigned int ms);
/* Until every thread of every process is stopped; victim->pids is what there is then. */
void victim_stop(struct victim *victim);
void victim_continue(const struct victim *victim);
void victim_kill(struct victim *victim);
struct victim_account victim_account(const struct victim *victim);

#endif
