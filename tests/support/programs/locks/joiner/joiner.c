// SPDX-License-Identifier: BSD-2-Clause
/* joiner: joins three threads, each of which sleeps 100 ms longer than the one before. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define STEP_US 100000

static void *sleep_for(void *steps)
{
	usleep((unsigned int)(size_t)steps * STEP_US);
	return NULL;
}

int main(void)
{
	pthread_t threads[3];

	for (size_t i = 0; i < 3; i++)
		if (pthread_create(&threads[i], NULL, sleep_for, (void *)(i + 1)))
			return 1;
	for (size_t i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	puts("{\"program\": \"joiner\"}");
	return 0;
}
