// SPDX-License-Identifier: BSD-2-Clause
/*
 * code parts|serial: computes in functions of known names, and says on stderr for how long by the
 * threads' own clock, a line each: NAME NANOSECONDS.
 *
 * parts: one thread, three quarters of its time in heavy_part(), one in light_part().
 * serial: serial_part() in one thread while three wait, then parallel_part() in all four.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define THREADS 4
#define MS      1000000ull

static pthread_barrier_t barrier;
static atomic_ulong serial_ns, parallel_ns;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000 * MS + (uint64_t)now.tv_nsec;
}

/* Four times the same body, of which the compiler shall not make one. */
#define PART(name)                                                                                 \
	__attribute__((noipa, no_icf)) static uint64_t name(uint64_t ns)                           \
	{                                                                                          \
		uint64_t from = now_ns(), now = from;                                              \
                                                                                                   \
		while (now - from < ns) {                                                          \
			for (volatile int i = 0; i < 100000; i++)                                  \
				;                                                                  \
			now = now_ns();                                                            \
		}                                                                                  \
		return now - from;                                                                 \
	}

PART(heavy_part)
PART(light_part)
PART(serial_part)
PART(parallel_part)

static void run_parts(void)
{
	uint64_t heavy_ns = 0, light_ns = 0;

	for (int i = 0; i < 10; i++) {
		heavy_ns += heavy_part(225 * MS);
		light_ns += light_part(75 * MS);
	}
	fprintf(stderr, "heavy_part %lu\nlight_part %lu\n", heavy_ns, light_ns);
}

static void *work(void *first)
{
	for (int i = 0; i < 12; i++) {
		pthread_barrier_wait(&barrier);
		if (first)
			serial_ns += serial_part(140 * MS);
		pthread_barrier_wait(&barrier);
		parallel_ns += parallel_part(30 * MS);
	}
	return NULL;
}

static void run_serial(void)
{
	pthread_t threads[THREADS];

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 1; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	work(&barrier);
	for (int i = 1; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	fprintf(stderr, "serial_part %lu\nparallel_part %lu\n", serial_ns, parallel_ns);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "parts"))
		run_parts();
	else if (argc == 2 && !strcmp(argv[1], "serial"))
		run_serial();
	else
		return 2;
	return 0;
}
