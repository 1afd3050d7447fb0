// SPDX-License-Identifier: BSD-2-Clause
/* spawner COUNT ALIVE: makes COUNT threads that live about a millisecond, ALIVE of them at once. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *live(void *nothing)
{
	usleep(1000);
	return nothing;
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 1000, alive = argc > 2 ? atol(argv[2]) : 64;
	pthread_t *threads = calloc((size_t)alive, sizeof(*threads));
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 64 * 1024);
	for (long i = 0; i < count; i++) {
		if (i >= alive)
			pthread_join(threads[i % alive], NULL);
		if (pthread_create(&threads[i % alive], &attributes, live, NULL))
			return 1;
	}
	for (long i = 0; i < alive && i < count; i++)
		pthread_join(threads[(count + i) % alive], NULL);
	printf("%ld\n", count);
	free(threads);
	return 0;
}
