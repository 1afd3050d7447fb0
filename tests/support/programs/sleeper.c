// SPDX-License-Identifier: BSD-2-Clause
/* sleeper COUNT SECONDS: COUNT threads that sleep for so long. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static void *rest(void *seconds)
{
	sleep((unsigned int)(long)seconds);
	return NULL;
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 10, seconds = argc > 2 ? atol(argv[2]) : 1;
	pthread_t thread;
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 64 * 1024);
	for (long i = 0; i < count; i++)
		if (pthread_create(&thread, &attributes, rest, (void *)seconds))
			return 1;
	sleep((unsigned int)seconds);
	return 0;
}
