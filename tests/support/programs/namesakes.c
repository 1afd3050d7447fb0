// SPDX-License-Identifier: BSD-2-Clause
/*
 * namesakes: threads that all bear the program's name and were started for two functions: one
 * producer() computes now and then, two consumer() sleep. A line on stdout for each: START TID.
 */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

/* Not a tail call, so that its caller stays on the stack. */
#define ANNOUNCE(start) (printf(start " %d\n", gettid()), fflush(stdout))

static volatile unsigned long sum;

static void *producer(void *unused)
{
	ANNOUNCE("producer");
	for (;;) {
		for (int i = 0; i < 1000000; i++)
			sum += (unsigned long)i;
		usleep(10000);
	}
	return unused;
}

static void *consumer(void *unused)
{
	ANNOUNCE("consumer");
	for (;;)
		usleep(60000000);
	return unused;
}

int main(void)
{
	pthread_t threads[3];

	ANNOUNCE("main");
	pthread_create(&threads[0], NULL, producer, NULL);
	pthread_create(&threads[1], NULL, consumer, NULL);
	pthread_create(&threads[2], NULL, consumer, NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
