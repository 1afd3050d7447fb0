// SPDX-License-Identifier: BSD-2-Clause
/* openmp critical|named|lock|nested|barrier|ordered SECONDS: a team of four that waits for that. */
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "timed.h"

#define HELD_US 2000

static omp_lock_t lock;
static omp_nest_lock_t nested;

static void in_critical(void)
{
	uint64_t from = timed_now();

#pragma omp critical
	{
		timed_ns += timed_now() - from;
		timed_sleep(HELD_US);
	}
}

static void in_named(void)
{
	uint64_t from = timed_now();

#pragma omp critical(ledger)
	{
		timed_ns += timed_now() - from;
		timed_sleep(HELD_US);
	}
}

static void in_lock(void)
{
	TIMED(omp_set_lock(&lock));
	timed_sleep(HELD_US);
	omp_unset_lock(&lock);
}

static void in_nested(void)
{
	TIMED(omp_set_nest_lock(&nested));
	timed_sleep(HELD_US);
	omp_unset_nest_lock(&nested);
}

static void once(const char *what)
{
	if (!strcmp(what, "critical"))
		in_critical();
	else if (!strcmp(what, "named"))
		in_named();
	else if (!strcmp(what, "lock"))
		in_lock();
	else
		in_nested();
}

static void meet(int rounds)
{
#pragma omp parallel
	for (int i = 0; i < rounds; i++) {
		timed_sleep(HELD_US * (1 + omp_get_thread_num()));
		uint64_t from = timed_now();
#pragma omp barrier
		timed_ns += timed_now() - from;
	}
}

static void take_turns(int rounds)
{
#pragma omp parallel for ordered schedule(static, 1)
	for (int i = 0; i < rounds; i++) {
		uint64_t from = timed_now();
#pragma omp ordered
		{
			timed_ns += timed_now() - from;
			timed_sleep(HELD_US);
		}
	}
}

int main(int count, char **words)
{
	const char *what = count == 3 ? words[1] : "";
	double seconds = count == 3 ? strtod(words[2], NULL) : 0;
	uint64_t until = timed_now() + (uint64_t)(seconds * 1e9);

	omp_set_num_threads(4);
	omp_init_lock(&lock);
	omp_init_nest_lock(&nested);
	if (!strcmp(what, "barrier")) {
		meet((int)(seconds * 1e6 / HELD_US / 4));
	} else if (!strcmp(what, "ordered")) {
		take_turns((int)(seconds * 1e6 / HELD_US));
	} else {
#pragma omp parallel
		while (timed_now() < until) {
			once(what);
			timed_sleep(100);
		}
	}
	timed_print("openmp");
	return 0;
}
