/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: from where the time of a run with k workers went, its serial share and the time that more
 * workers will take. It needs no curve.
 */
#ifndef PARTRACE_SCALING_PREDICT_H
#define PARTRACE_SCALING_PREDICT_H

/* One run's account, in nanoseconds. The first three are sums over the workers. */
struct predict_account {
	double running_ns;  /* on a CPU */
	double useful_ns;   /* running, and waiting for what no other worker keeps: I/O, sleep */
	double hindered_ns; /* waiting for another worker (lock, condition…), or out of work */
	double alone_ns;    /* wall time in which no more than one of them was on a CPU */
	unsigned int workers;
};

/*
 * The serial share as measured, 0…1. While one worker of n does what cannot be divided, n - 1 are
 * hindered, and no more than one is on a CPU; so the serial time is at most
 *
 *	S = min(hindered / (n - 1), alone)
 *
 * and the share is S / useful. Where there are CPUs for all, n T(n) = useful + hindered makes that
 * the very s of Amdahl's law. NaN where it cannot be known: one worker hinders nobody.
 */
double predict_serial(const struct predict_account *account);

/*
 * W = useful_ns, R = running_ns, s as above (0 where unknown):
 *
 *	T(N) = s W + (1 - s) × max(W / N, R / CPUs)
 *
 * NaN when the account has no time in it.
 */
double predict_time_ns(const struct predict_account *account, unsigned int workers,
		       unsigned int cpus);

#endif
