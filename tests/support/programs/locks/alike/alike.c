// SPDX-License-Identifier: BSD-2-Clause
/*
 * alike NAME: what looks like a deadlock and is none. Runs until SIGTERM; then it says how often
 * something went on. `alike list` prints the names.
 */
#include "alike.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct alike_shared *alike_shared;
static volatile sig_atomic_t stop;

void alike_step(void)
{
	atomic_fetch_add(&alike_shared->steps, 1);
}

struct named {
	char name[16];
	void *(*run)(void *);
	void *context;
};

static void *run_named(void *argument)
{
	struct named named = *(struct named *)argument;

	free(argument);
	pthread_setname_np(pthread_self(), named.name);
	return named.run(named.context);
}

void alike_thread(const char *name, void *(*run)(void *), void *context)
{
	struct named *named = calloc(1, sizeof(*named));
	pthread_t thread;

	if (!named)
		abort();
	snprintf(named->name, sizeof(named->name), "%s", name);
	named->run = run;
	named->context = context;
	if (pthread_create(&thread, NULL, run_named, named))
		abort();
	pthread_detach(thread);
}

void alike_sleep_ms(unsigned int ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l };

	while (nanosleep(&time, &time))
		;
}

void alike_shared_mutex(pthread_mutex_t *lock, int robust)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	if (robust)
		pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(lock, &attributes);
}

static void on_signal(int signal_number)
{
	(void)signal_number;
	stop = 1;
}

static const struct alike *find(const struct alike *table, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (!name)
			puts(table[i].name);
		else if (!strcmp(table[i].name, name))
			return &table[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const char *name = argc == 2 && strcmp(argv[1], "list") ? argv[1] : NULL;
	const struct alike *alike = find(thread_alikes, thread_alikes_count, name);

	alike = alike ?: find(order_alikes, order_alikes_count, name);
	alike = alike ?: find(wait_alikes, wait_alikes_count, name);
	alike = alike ?: find(process_alikes, process_alikes_count, name);
	if (!alike)
		return argc == 2 && !name ? 0 : 2;
	alike_shared = mmap(NULL, sizeof(*alike_shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	signal(SIGTERM, on_signal);
	alike->start();
	while (!stop)
		usleep(50000);
	printf("{\"program\":\"alike\",\"name\":\"%s\",\"pid\":%d,\"steps\":%lu}\n", alike->name,
	       getpid(), atomic_load(&alike_shared->steps));
	fflush(stdout);
	_exit(0);
}
