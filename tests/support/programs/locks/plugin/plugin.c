// SPDX-License-Identifier: BSD-2-Clause
/* A library with a lock of its own, which goes away while the program that loaded it goes on. */
#include <pthread.h>

pthread_mutex_t plugin_lock = PTHREAD_MUTEX_INITIALIZER;

int plugin_try(void);
int plugin_enter(void);
int plugin_leave(void);
void *plugin_address(void);

int plugin_try(void)
{
	return pthread_mutex_trylock(&plugin_lock);
}

/* Not a tail call: its frame is to be there while it waits. */
__attribute__((noinline)) int plugin_enter(void)
{
	volatile int error = pthread_mutex_lock(&plugin_lock);

	return error;
}

int plugin_leave(void)
{
	return pthread_mutex_unlock(&plugin_lock);
}

void *plugin_address(void)
{
	return &plugin_lock;
}
