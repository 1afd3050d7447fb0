// SPDX-License-Identifier: BSD-2-Clause
/*
 * futexes lock|phase|state SECONDS: four threads wait for a word of the program's own, by syscall()
 * as C++'s std::atomic and other libraries do, for a lock, for a phase of a barrier, or for one
 * among them to change a state that is 2 for most of the time.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "timed.h"

#define THREADS 4
#define STATE   2

static atomic_uint word, arrived;
static uint64_t until_ns;
static unsigned int rounds;

static __attribute__((noinline)) void wait_while(unsigned int value)
{
	while (word == value)
		syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void wake(int count)
{
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static void take(void)
{
	while (atomic_exchange(&word, 1))
		wait_while(1);
}

static void *lock(void *nothing)
{
	while (timed_now() < until_ns) {
		TIMED(take());
		timed_sleep(2000);
		word = 0;
		wake(1);
		timed_sleep(200);
	}
	return nothing;
}

/* All go on to the next phase by the call of whoever comes last. */
static void meet(void)
{
	unsigned int phase = word;

	if (++arrived == THREADS) {
		arrived = 0;
		word = phase + 1;
		wake(THREADS);
	} else {
		TIMED(wait_while(phase));
	}
}

static void *phase(void *number)
{
	for (unsigned int i = 0; i < rounds; i++) {
		timed_sleep(2000 * (1 + (long)(i + (uintptr_t)number) % THREADS));
		meet();
	}
	return NULL;
}

static void *state(void *number)
{
	while (timed_now() < until_ns) {
		if (number) {
			TIMED(wait_while(STATE));
			timed_sleep(500);
			continue;
		}
		timed_sleep(3000);
		word = STATE + 1;
		wake(THREADS);
		timed_sleep(100);
		word = STATE;
	}
	word = STATE + 1;
	wake(THREADS);
	return NULL;
}

int main(int count, char **words)
{
	const char *what = count == 3 ? words[1] : "lock";
	void *(*run)(void *) = !strcmp(what, "lock")    ? lock
			       : !strcmp(what, "phase") ? phase
							: state;
	pthread_t threads[THREADS];
	double seconds;

	if (run == state)
		word = STATE;
	seconds = strtod(words[count - 1], NULL);
	until_ns = timed_now() + (uint64_t)(seconds * 1e9);
	rounds = (unsigned int)(seconds * 1e9 / (THREADS * 2e6));
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, run, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	timed_print("futexes");
	return 0;
}
